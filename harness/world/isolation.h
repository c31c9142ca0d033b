/* A world of its own for one scenario: user, network, PID and mount namespaces, with only a
   loopback interface. Ports never collide with anybody's, packets can be dropped without touching
   the host, and when the first process of it ends, by whatever signal, the kernel ends all others
   and the namespaces vanish. */
#ifndef BASCULE_WORLD_ISOLATION_H
#define BASCULE_WORLD_ISOLATION_H

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Like fork: the child runs as the first process (PID 1) of fresh namespaces, under its own user
   id, and dies when the caller does. -1 with the reason if the system does not permit it; nothing
   is left behind then. */
pid_t isolation_fork(struct error *reterr);

/* Is the caller such a child? */
bool isolation_is_inside(void);

/* Can it be done here? The answer is tried, not guessed; *ret_why (static or in reterr's text) says
 * why not. */
bool isolation_is_permitted(struct error *reterr);

#endif
