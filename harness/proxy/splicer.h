/* Moves bytes from socket to socket without copying them, through a kernel pipe that is borrowed
   only while bytes flow; it refuses to know faults. Few pipes are kept: who gets none copies. */
#ifndef BASCULE_PROXY_SPLICER_H
#define BASCULE_PROXY_SPLICER_H

#include <stddef.h>
#include <sys/types.h>

#define SPLICER_BYTES  (1 << 20) /* a pipe's size, where the system grants it */
#define SPLICERS_SPARE 16
#define SPLICERS_MAX   256 /* borrowed and spare */

struct splicer {
    int read_fd;
    int write_fd;
    size_t bytes; /* inside */
};

struct splicers {
    struct splicer *spare[SPLICERS_SPARE];
    size_t spare_count;
    size_t count;
};

struct splicer *splicers_borrow(struct splicers *splicers); /* NULL: none to be had */
/* What is still inside is lost, and the pipe with it. */
void splicers_return(struct splicers *splicers, struct splicer *splicer);
void splicers_done(struct splicers *splicers); /* all have been returned */

/* Both give what the system call gives: bytes, 0 at the end of the input, or -1 and errno. */
ssize_t splicer_fill(struct splicer *splicer, int from_fd);
ssize_t splicer_drain(struct splicer *splicer, int to_fd);

#endif
