#include "proxy/grips.h"

#include "base/check.h"

#include <stdlib.h>

void grips_add(struct grip **grips, struct fault *fault, uint64_t from_bytes)
{
    struct grip *grip = malloc(sizeof *grip);

    CHECK_MEMORY(grip != NULL);
    *grip = (struct grip){.fault = fault, .from_bytes = from_bytes};
    while (*grips != NULL) {
        grips = &(*grips)->next;
    }
    *grips = grip;
}

bool grips_remove(struct grip **grips, const struct fault *fault)
{
    struct grip *grip = NULL;

    while (*grips != NULL && (*grips)->fault != fault) {
        grips = &(*grips)->next;
    }
    grip = *grips;
    if (grip == NULL) {
        return false;
    }
    *grips = grip->next;
    free(grip);
    return true;
}

void grips_free(struct grip **grips)
{
    while (*grips != NULL) {
        struct grip *grip = *grips;

        *grips = grip->next;
        free(grip);
    }
}
