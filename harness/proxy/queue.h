/* Bytes on their way, each chunk with the time at which it is due, in the order in which they came;
   it refuses to know sockets and clocks. Chunks are heap memory of the queue; `bytes` counts them
   with what they cost, for a queue of single bytes must not grow past its user's limit either. */
#ifndef BASCULE_PROXY_QUEUE_H
#define BASCULE_PROXY_QUEUE_H

#include "base/nanos.h"

#include <stddef.h>

struct chunk {
    struct chunk *next;
    nanos due;
    size_t size;
    size_t sent;
    unsigned char data[];
};

/* All zero: empty. */
struct queue {
    struct chunk *first;
    struct chunk *last;
    size_t bytes;
};

/* due must not be before that of the chunk pushed last. Copies; size 0 is ignored. */
void queue_push(struct queue *queue, nanos due, const void *data, size_t size);

/* What is left of the first chunk, if it is due; 0: nothing is. */
size_t queue_due(const struct queue *queue, nanos now, const void **ret_data);
/* That many bytes of the first chunk are gone. */
void queue_sent(struct queue *queue, size_t size);
nanos queue_next(const struct queue *queue); /* NANOS_NEVER: empty */
void queue_clear(struct queue *queue);

#endif
