/* A budget of extra attempts: a share of the requests of the last ten seconds, and a small floor so
   that a client with few requests has one as well. It refuses to know what the attempts are for.
   The idea and the ten seconds are those of Finagle's RetryBudget; there the floor is added to the
   share, here the larger of both counts. */
#ifndef BASCULE_CORE_CLIENT_BUDGET_H
#define BASCULE_CORE_CLIENT_BUDGET_H

#include "base/nanos.h"

#include <stdbool.h>
#include <stdint.h>

#define BUDGET_SLOTS 10 /* of a second each */

struct budget {
    int64_t share_ppm; /* of a request, for each one */
    int64_t floor_ppm; /* of an attempt: what may be spent in ten seconds in any case */
    int64_t second;    /* that deposits[] and spent[] go up to */
    int64_t deposits[BUDGET_SLOTS]; /* by second, in millionths of an attempt */
    int64_t spent[BUDGET_SLOTS];
};

void budget_init(struct budget *budget, uint32_t share_ppm, uint32_t floor);
/* A request came. now never falls. */
void budget_deposit(struct budget *budget, nanos now);
/* One attempt is paid for; false, and nothing is spent, where the budget does not allow it. */
bool budget_spend(struct budget *budget, nanos now);

#endif
