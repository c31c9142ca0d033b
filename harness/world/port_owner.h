/* Who listens on a loopback port: for a message that helps. */
#ifndef BASCULE_WORLD_PORT_OWNER_H
#define BASCULE_WORLD_PORT_OWNER_H

#include <stdint.h>

#define PORT_OWNER_TEXT_MAX 96

/* "process 4711 (nginx)", or "another process" if the kernel does not tell us. */
void port_owner_text(uint16_t port, char ret_text[static PORT_OWNER_TEXT_MAX]);

#endif
