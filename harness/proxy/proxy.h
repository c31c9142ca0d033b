/* The proxy's one loop: orders from the harness, relays, and the answers to the orders; it refuses
   to know what a fault does. Ends when the harness does, or at SIGTERM. */
#ifndef BASCULE_PROXY_PROXY_H
#define BASCULE_PROXY_PROXY_H

#include "base/error.h"

#include <stdint.h>

#define PROXY_RELAYS_MAX 1000

/* Takes the descriptor. descriptor_max: how many this process may have. */
int proxy_run(int control_fd, uint32_t descriptor_max, struct error *reterr);

#endif
