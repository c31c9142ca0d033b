#include "proxy/splicer.h"

#include "base/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct splicer *splicer_new(void)
{
    int fds[2];
    struct splicer *splicer = NULL;

    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) {
        return NULL;
    }
    (void)fcntl(fds[0], F_SETPIPE_SZ, SPLICER_BYTES); /* a smaller one works too */
    splicer = malloc(sizeof *splicer);
    CHECK_MEMORY(splicer != NULL);
    *splicer = (struct splicer){.read_fd = fds[0], .write_fd = fds[1]};
    return splicer;
}

static void splicer_free(struct splicer *splicer)
{
    (void)close(splicer->read_fd);
    (void)close(splicer->write_fd);
    free(splicer);
}

struct splicer *splicers_borrow(struct splicers *splicers)
{
    struct splicer *splicer = NULL;

    if (splicers->spare_count > 0) {
        return splicers->spare[--splicers->spare_count];
    }
    splicer = splicers->count < SPLICERS_MAX ? splicer_new() : NULL;
    if (splicer != NULL) {
        splicers->count++;
    }
    return splicer;
}

void splicers_return(struct splicers *splicers, struct splicer *splicer)
{
    if (splicer->bytes == 0 && splicers->spare_count < SPLICERS_SPARE) {
        splicers->spare[splicers->spare_count++] = splicer;
        return;
    }
    splicer_free(splicer);
    splicers->count--;
}

void splicers_done(struct splicers *splicers)
{
    while (splicers->spare_count > 0) {
        splicer_free(splicers->spare[--splicers->spare_count]);
        splicers->count--;
    }
    CHECK(splicers->count == 0);
}

ssize_t splicer_fill(struct splicer *splicer, int from_fd)
{
    ssize_t moved = splice(from_fd, NULL, splicer->write_fd, NULL, SPLICER_BYTES,
                           SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    if (moved > 0) {
        splicer->bytes += (size_t)moved;
    }
    return moved;
}

ssize_t splicer_drain(struct splicer *splicer, int to_fd)
{
    ssize_t moved = splice(splicer->read_fd, NULL, to_fd, NULL, splicer->bytes,
                           SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

    if (moved > 0) {
        splicer->bytes -= (size_t)moved;
    }
    return moved;
}
