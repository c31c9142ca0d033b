#include "proxy/queue.h"

#include "base/check.h"

#include <stdlib.h>
#include <string.h>

void queue_push(struct queue *queue, nanos due, const void *data, size_t size)
{
    struct chunk *chunk = NULL;

    if (size == 0) {
        return;
    }
    chunk = malloc(sizeof *chunk + size);
    CHECK_MEMORY(chunk != NULL);
    CHECK(queue->last == NULL || queue->last->due <= due);
    *chunk = (struct chunk){.due = due, .size = size};
    memcpy(chunk->data, data, size);
    if (queue->last == NULL) {
        queue->first = chunk;
    } else {
        queue->last->next = chunk;
    }
    queue->last = chunk;
    queue->bytes += sizeof *chunk + size;
}

size_t queue_due(const struct queue *queue, nanos now, const void **ret_data)
{
    const struct chunk *chunk = queue->first;

    if (chunk == NULL || chunk->due > now) {
        return 0;
    }
    *ret_data = chunk->data + chunk->sent;
    return chunk->size - chunk->sent;
}

static void drop_first(struct queue *queue)
{
    struct chunk *chunk = queue->first;

    queue->bytes -= sizeof *chunk + chunk->size;
    queue->first = chunk->next;
    if (queue->first == NULL) {
        queue->last = NULL;
    }
    free(chunk);
}

void queue_sent(struct queue *queue, size_t size)
{
    CHECK(queue->first != NULL && size <= queue->first->size - queue->first->sent);
    queue->first->sent += size;
    if (queue->first->sent == queue->first->size) {
        drop_first(queue);
    }
}

nanos queue_next(const struct queue *queue)
{
    return queue->first == NULL ? NANOS_NEVER : queue->first->due;
}

void queue_clear(struct queue *queue)
{
    while (queue->first != NULL) {
        drop_first(queue);
    }
}
