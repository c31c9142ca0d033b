/* Questions about a port: does it refuse, and who holds it. */
#ifndef BASCULE_WORLD_PORT_H
#define BASCULE_WORLD_PORT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_OWNER_TEXT_MAX 96

/* Nobody listens on that port of an own address (IPv4, host byte order) any more. Takes
 * microseconds if so, at most 20 ms if not. */
bool port_refuses(uint32_t address, uint16_t port);

/* count loopback ports that nobody uses now, all different. */
int port_find_free(uint16_t *ret_ports, size_t count, struct error *reterr);

/* "process 4711 (nginx)", or "another process" if the kernel does not tell us. */
void port_owner_text(uint16_t port, char ret_text[static PORT_OWNER_TEXT_MAX]);

#endif
