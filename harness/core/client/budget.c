#include "core/client/budget.h"

#include "base/figure.h"

#include <string.h>

void budget_init(struct budget *budget, uint32_t share_ppm, uint32_t floor)
{
    *budget = (struct budget){
        .share_ppm = share_ppm,
        .floor_ppm = floor * RATIO_ONE,
        .second = INT64_MIN / 2,
    };
}

/* Of times before 0, too. */
static int64_t second_of(nanos now)
{
    return now / NANOS_PER_S - (now % NANOS_PER_S < 0);
}

static uint32_t slot_of(int64_t second)
{
    int64_t slot = second % BUDGET_SLOTS;

    return (uint32_t)(slot < 0 ? slot + BUDGET_SLOTS : slot);
}

/* Forgets what is older than the window. */
static uint32_t turn_to(struct budget *budget, nanos now)
{
    int64_t second = second_of(now);

    if (second - budget->second >= BUDGET_SLOTS) {
        memset(budget->deposits, 0, sizeof budget->deposits);
        memset(budget->spent, 0, sizeof budget->spent);
        budget->second = second;
    }
    while (budget->second < second) {
        uint32_t slot = slot_of(++budget->second);
        budget->deposits[slot] = 0;
        budget->spent[slot] = 0;
    }
    return slot_of(second);
}

void budget_deposit(struct budget *budget, nanos now)
{
    budget->deposits[turn_to(budget, now)] += budget->share_ppm;
}

bool budget_spend(struct budget *budget, nanos now)
{
    uint32_t slot = turn_to(budget, now);
    int64_t deposits = 0;
    int64_t spent = 0;

    for (uint32_t i = 0; i < BUDGET_SLOTS; i++) {
        deposits += budget->deposits[i];
        spent += budget->spent[i];
    }
    if (spent + RATIO_ONE > (deposits > budget->floor_ppm ? deposits : budget->floor_ppm)) {
        return false;
    }
    budget->spent[slot] += RATIO_ONE;
    return true;
}
