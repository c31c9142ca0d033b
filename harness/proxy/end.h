/* One socket of a relayed connection: how it is watched, asked and closed; it refuses to know the
   other one and the bytes between. */
#ifndef BASCULE_PROXY_END_H
#define BASCULE_PROXY_END_H

#include "world/loop.h"

#include <stdbool.h>

struct end {
    struct loop_watch watch; /* fd -1: closed */
    bool deaf;               /* an error or hang-up was heard, and would be heard again and again */
};

/* The close that follows resets the peer, and what it has not read is lost. */
void end_make_abrupt(const struct end *end);
/* The peer gets its RST now. To give the socket back takes as long again: that comes later. */
void end_dissolve(const struct end *end);
void end_close(struct end *end, struct loop *loop); /* accepts a closed one */

int end_error(
    const struct end *end); /* errno of what became of it, 0: nothing; asking forgets it */

#endif
