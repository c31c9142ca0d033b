/* A listening TCP socket of IPv4; it refuses to know what is done with a connection.
   Descriptors are close-on-exec and belong to the caller. */
#ifndef BASCULE_STUB_LISTENER_H
#define BASCULE_STUB_LISTENER_H

#include "base/error.h"
#include "base/nanos.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* The address in host byte order. Tries again for so long while the port is taken. -1: *reterr has
   text and os_errno. */
int listener_open(
    uint32_t address, uint16_t port, uint32_t backlog, nanos patience, struct error *reterr);

/* The next connection, without blocking and not blocking itself; -1: see errno. */
int listener_accept(int fd, struct sockaddr_in *ret_peer);

/* Whether that errno means that nobody is waiting, and not that descriptors or memory ran out. */
bool listener_is_drained(int os_errno);

#endif
