/* One stub from its first order to its end: listener, control socket, timers and HTTP in one epoll
   loop; it refuses to know what the answers say. */
#ifndef BASCULE_STUB_SERVER_H
#define BASCULE_STUB_SERVER_H

#include "base/error.h"

#include <stdint.h>

/* Connections that may be open at once, given RLIMIT_NOFILE. */
#define SERVER_CONNECTIONS_MAX 65536

/* Serves until the harness is gone, SIGTERM comes or the settings say so: 0. -1: it could not
   listen (then the harness has been told), or an order made no sense. Takes over both descriptors.
 */
int server_run(int control_fd, int log_fd, uint32_t descriptor_max, struct error *reterr);

#endif
