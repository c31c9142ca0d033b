/* Which node executed each request last, as far as execution logs tell while the run goes on; it
   refuses to know clients. */
#ifndef BASCULE_WORLD_SERVED_H
#define BASCULE_WORLD_SERVED_H

#include "base/arena.h"
#include "world/supervisor.h"

#include <stdint.h>

struct served;

/* request_count: numbers are below it. run: of the X-Request-Ids that count. */
struct served *served_new(struct arena *arena, uint64_t request_count, uint32_t run);
/* Accepts NULL, returns NULL. */
struct served *served_free(struct served *served);

/* NODE_NONE if no log holds the request. Reads what the logs hold beyond what was read before. */
uint16_t served_by(struct served *served, const struct supervisor *supervisor, uint32_t request);

#endif
