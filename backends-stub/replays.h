/* Requests that carried an Idempotency-Key, and what they were answered: who comes again with the
   same key gets the same answer, and nothing is executed. It lives as long as the process and is
   shared with no other node. Keys are told apart by 64 bits of their hash. */
#ifndef BASCULE_STUB_REPLAYS_H
#define BASCULE_STUB_REPLAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct replay {
    uint64_t key; /* 0: an empty place */
    char *body;   /* NULL: none */
    size_t body_length;
    unsigned status;
};

/* Open addressing with linear probing; never more than half full. All zero: empty. */
struct replays {
    struct replay *places;
    size_t capacity;
    size_t count;
};

/* The answer to that key, NULL if it is new. Valid until the next one is kept. */
const struct replay *replays_find(const struct replays *replays, const char *key);
/* Keeps a copy of body. False where there is no memory: then the key stays unknown. */
bool replays_keep(
    struct replays *replays, const char *key, unsigned status, const char *body, size_t length);
void replays_done(struct replays *replays);

#endif
