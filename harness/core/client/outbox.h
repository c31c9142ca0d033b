/* Takes a policy's intentions in order: what does not fit into one step's outputs goes out with the
   next step. (Clearing the marks of a thousand nodes is one decision, but more than OUTPUTS_MAX
   outputs.) */
#ifndef BASCULE_CORE_CLIENT_OUTBOX_H
#define BASCULE_CORE_CLIENT_OUTBOX_H

#include "base/arena.h"
#include "core/client/policy.h"

#include <stdbool.h>
#include <stdint.h>

struct outbox {
    struct outputs *outputs; /* of the step that runs */
    struct output *late;     /* a ring; goes before anything newer */
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
};

/* capacity: of what may be late at the same time; more is a CHECK failure. */
void outbox_init(struct outbox *outbox, struct arena *arena, uint32_t capacity);
/* Begins a step: empties outputs and puts in what is late, as far as it fits. */
void outbox_open(struct outbox *outbox, struct outputs *outputs);
void outbox_add(struct outbox *outbox, struct output output);

static inline bool outbox_is_late(const struct outbox *outbox)
{
    return outbox->count > 0;
}

#endif
