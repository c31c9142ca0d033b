/* Questions about a loopback port: does it refuse, and who holds it. */
#ifndef BASCULE_WORLD_PORT_H
#define BASCULE_WORLD_PORT_H

#include <stdbool.h>
#include <stdint.h>

#define PORT_OWNER_TEXT_MAX 96

/* Nobody listens on 127.0.0.1:port any more. Takes microseconds if so, at most 20 ms if not. */
bool port_refuses(uint16_t port);

/* "process 4711 (nginx)", or "another process" if the kernel does not tell us. */
void port_owner_text(uint16_t port, char ret_text[static PORT_OWNER_TEXT_MAX]);

#endif
