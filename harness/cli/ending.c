#include "cli/ending.h"

#include "cli/command.h"

size_t ending_count(const struct ending_list *endings, enum verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < endings->count; i++) {
        count += endings->items[i].verdict == verdict ? 1 : 0;
    }
    return count;
}

static bool any_unmet(const struct ending_list *endings)
{
    for (size_t i = 0; i < endings->count; i++) {
        if (endings->items[i].must_unmet) {
            return true;
        }
    }
    return false;
}

int ending_exit_status(const struct ending_list *endings)
{
    size_t skipped = ending_count(endings, VERDICT_SKIPPED);

    if (endings->signal != 0) {
        return STATUS_SIGNAL + endings->signal;
    }
    if (ending_count(endings, VERDICT_FAIL) > 0 || any_unmet(endings)) {
        return STATUS_FAILED;
    }
    if (endings->count == 0 || endings->write_failed ||
        ending_count(endings, VERDICT_INCONCLUSIVE) > 0 || (endings->strict && skipped > 0)) {
        return STATUS_INCONCLUSIVE;
    }
    return skipped == endings->count ? STATUS_SKIPPED : STATUS_GOOD;
}
