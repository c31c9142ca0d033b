/* Questions about a port: does somebody listen there, and who holds it. */
#ifndef BASCULE_WORLD_PORT_H
#define BASCULE_WORLD_PORT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define PORT_OWNER_TEXT_MAX 96

enum port_answer {
    PORT_REFUSES, /* nobody listens there */
    PORT_ACCEPTS,
    PORT_SILENT, /* packets are lost on the way, or its queue is full: nobody can tell */
};

/* Asks by a connection, which ends at once, to that port of a near address (IPv4, host byte order).
 * Takes microseconds, and 5 ms if it is silent. */
enum port_answer port_ask(uint32_t address, uint16_t port);

/* count loopback ports that nobody uses now, all different. */
int port_find_free(uint16_t *ret_ports, size_t count, struct error *reterr);

/* "process 4711 (nginx)", or "another process" if the kernel does not tell us. */
void port_owner_text(uint16_t port, char ret_text[static PORT_OWNER_TEXT_MAX]);

#endif
