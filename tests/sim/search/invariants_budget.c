#include "invariants_parts.h"

#include "base/check.h"

#include <inttypes.h>

#define WINDOW_SECONDS 10
#define PPM            1000000
#define RETRIES_FLOOR  100 /* in a window */
#define HEDGES_FLOOR   10

static uint32_t second_of(nanos now)
{
    int64_t second = (now + BUDGET_BEFORE * NANOS_PER_S) / NANOS_PER_S;

    CHECK(second >= WINDOW_SECONDS && second < BUDGET_SECONDS);
    return (uint32_t)second;
}

void budget_counts_request(struct invariants *invariants, uint16_t client)
{
    invariants->clients[client].retries.requests[second_of(invariants->now)]++;
    invariants->clients[client].hedges.requests[second_of(invariants->now)]++;
}

/* Extra attempts in the window that ends now, and what is allowed in it. */
static bool
has_left(const struct budget_model *budget, nanos now, uint32_t share_ppm, int64_t floor)
{
    uint32_t last = second_of(now);
    int64_t requests = 0;
    int64_t spent = 0;

    for (uint32_t second = last + 1 - WINDOW_SECONDS; second <= last; second++) {
        requests += budget->requests[second];
        spent += budget->spent[second];
    }
    return (spent + 1) * PPM <= nanos_max(requests * share_ppm, floor * PPM);
}

bool is_repeat(const struct request_model *request)
{
    return request->attempts > 0 && request->may_be_executed;
}

bool could_pay(const struct invariants *invariants, const struct request_model *request)
{
    uint32_t share_ppm = invariants->settings->retry_budget_ppm;

    return share_ppm == BUDGET_NONE || !is_repeat(request) ||
           has_left(&invariants->clients[request->client].retries, invariants->now, share_ppm,
                    RETRIES_FLOOR);
}

/* `hedge-budget`: no more hedges than their budget allows. */
void hedge_paid(struct invariants *invariants, const struct request_model *request)
{
    struct budget_model *hedges = &invariants->clients[request->client].hedges;

    if (!has_left(hedges, invariants->now, invariants->settings->hedge.budget_ppm, HEDGES_FLOOR)) {
        violated(invariants, "hedge-budget", request->client, -1, request->number,
                 "one hedge too many");
    }
    hedges->spent[second_of(invariants->now)]++;
}

/* `budget`: what may have been executed is repeated only as often as the budget allows. */
void repeat_paid(struct invariants *invariants, const struct request_model *request)
{
    if (!is_repeat(request)) {
        return;
    }
    if (!could_pay(invariants, request)) {
        violated(invariants, "budget", request->client, -1, request->number,
                 "attempt %" PRIu32 " is above the budget", request->attempts + 1);
    }
    invariants->clients[request->client].retries.spent[second_of(invariants->now)]++;
}
