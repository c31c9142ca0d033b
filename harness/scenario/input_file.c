#include "scenario/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITER_WITHIN_MS = 1000 };

/* Whoever writes may take as long as they want once they are there. */
static int await_writer(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    struct stat status;

    if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode)) {
        (void)poll(&ready, 1, WRITER_WITHIN_MS);
    }
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

int input_file_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0 && await_writer(fd) < 0) {
        int failure = errno;
        (void)close(fd);
        errno = failure;
        return -1;
    }
    return fd;
}

bool input_file_is_regular(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}
