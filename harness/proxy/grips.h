/* The faults that hit one connection, in the order in which they were set; it refuses to know why
   they hit it. Heap memory of the connection. */
#ifndef BASCULE_PROXY_GRIPS_H
#define BASCULE_PROXY_GRIPS_H

#include "proxy/shaper.h"

#include <stdbool.h>
#include <stdint.h>

/* from_bytes: what the node has sent so far. */
void grips_add(struct grip **grips, struct fault *fault, uint64_t from_bytes);
bool grips_remove(struct grip **grips, const struct fault *fault); /* false: it did not hit */
void grips_free(struct grip **grips);

#endif
