#include "core/client/outbox.h"

#include "base/check.h"

void outbox_init(struct outbox *outbox, struct arena *arena, uint32_t capacity)
{
    *outbox = (struct outbox){
        .late = ARENA_ARRAY(arena, struct output, capacity),
        .capacity = capacity,
    };
}

void outbox_open(struct outbox *outbox, struct outputs *outputs)
{
    outbox->outputs = outputs;
    outputs->count = 0;
    while (outbox->count > 0 && outputs->count < OUTPUTS_MAX) {
        outputs_add(outputs, outbox->late[outbox->first]);
        outbox->first = (outbox->first + 1) % outbox->capacity;
        outbox->count--;
    }
}

void outbox_add(struct outbox *outbox, struct output output)
{
    if (outbox->count == 0 && outbox->outputs->count < OUTPUTS_MAX) {
        outputs_add(outbox->outputs, output);
        return;
    }
    CHECK(outbox->count < outbox->capacity);
    outbox->late[(outbox->first + outbox->count) % outbox->capacity] = output;
    outbox->count++;
}
