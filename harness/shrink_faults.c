/* Fewer faults, on named and fewer nodes, with plain parameters. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "shrink_parts.h"

#include <string.h>

/* ---- Fewer ------------------------------------------------------------------------------------
 */

/* Only those of [from, to), or all the others. */
static bool try_faults(struct shrinker *shrinker, size_t from, size_t to, bool others)
{
    struct scenario *draft = shrink_draft(shrinker);
    bool *keep = ARENA_ARRAY(&shrinker->draft, bool, draft->fault_count);
    for (size_t i = 0; i < draft->fault_count; i++) {
        keep[i] = (i >= from && i < to) != others;
    }
    edit_faults(draft, keep);
    return shrink_try(shrinker, draft);
}

/* The `parts` parts of the faults one by one, alone or left out. */
static bool try_parts(struct shrinker *shrinker, size_t parts, bool others)
{
    size_t count = shrinker->smallest->fault_count;
    for (size_t i = 0; i < parts; i++) {
        if (try_faults(shrinker, i * count / parts, (i + 1) * count / parts, others)) {
            return true;
        }
    }
    return false;
}

/* ddmin: into halves first, then into ever smaller parts. */
bool shrink_pass_faults(struct shrinker *shrinker)
{
    size_t before = shrinker->smallest->fault_count;
    size_t parts = 2;
    if (before > 0 && try_faults(shrinker, 0, 0, false)) {
        return true;
    }
    while (shrinker->smallest->fault_count >= 2 && !shrink_is_spent(shrinker)) {
        size_t count = shrinker->smallest->fault_count;
        if (try_parts(shrinker, parts, false)) {
            parts = 2;
        } else if (parts > 2 && try_parts(shrinker, parts, true)) {
            parts--;
        } else if (parts < count) {
            parts = 2 * parts < count ? 2 * parts : count;
        } else {
            break;
        }
    }
    return shrinker->smallest->fault_count < before;
}

/* ---- Targets ----------------------------------------------------------------------------------
 */

/* Those in whose place a word stands, as the last run chose them: all at once, since each choice
   may shift the next. */
static bool name_targets(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    bool any = false;
    for (size_t i = 0; i < draft->fault_count; i++) {
        const struct fault_record *record = shrink_record(shrinker, (uint32_t)i);
        if (draft->faults[i].target != TARGET_NODES && record != NULL && record->target_count > 0) {
            edit_target(&shrinker->draft, draft, &draft->faults[i], record->targets,
                        record->target_count);
            any = true;
        }
    }
    return any && shrink_try(shrinker, draft);
}

static bool drop_target(struct shrinker *shrinker, size_t index, size_t target)
{
    struct scenario *draft = shrink_draft(shrinker);
    struct fault *fault = &draft->faults[index];
    uint16_t *fewer = ARENA_ARRAY(&shrinker->draft, uint16_t, fault->node_count);
    size_t count = 0;
    for (size_t i = 0; i < fault->node_count; i++) {
        if (i != target) {
            fewer[count++] = fault->nodes[i];
        }
    }
    edit_target(&shrinker->draft, draft, fault, fewer, count);
    return shrink_try(shrinker, draft);
}

static bool fewer_targets(struct shrinker *shrinker, size_t index)
{
    bool any = false;
    size_t i = shrinker->smallest->faults[index].node_count;
    while (i > 0 && shrinker->smallest->faults[index].node_count > 1) {
        i--;
        any = drop_target(shrinker, index, i) || any;
    }
    return any;
}

bool shrink_pass_targets(struct shrinker *shrinker)
{
    bool any = name_targets(shrinker);
    for (size_t i = 0; i < shrinker->smallest->fault_count; i++) {
        any = fewer_targets(shrinker, i) || any;
    }
    return any;
}

/* ---- Parameters -------------------------------------------------------------------------------
 */

/* How often a fault acts, and on what: always and on everything is the plain way. */
static void make_constant(struct fault_parameters *parameters)
{
    parameters->of_ppm = (uint32_t)RATIO_ONE;
    parameters->jitter = 0;
    parameters->path = NULL;
    parameters->direction = DIRECTION_BOTH;
}

static void make_certain(struct fault *fault)
{
    fault->parameters.ratio_ppm = scenario_fault_defaults(fault->kind).ratio_ppm;
}

static void make_one_status(struct fault_parameters *parameters)
{
    parameters->status_count = parameters->status_count > 0 ? 1 : 0;
    parameters->retry_after = 0;
    parameters->after_commit = false;
}

static void make_usual(struct fault *fault)
{
    const struct fault_parameters usual = scenario_fault_defaults(fault->kind);
    fault->parameters.after_bytes = usual.after_bytes;
    if (fault->parameters.status_count > 0) {
        fault->parameters.statuses[0] = 503;
    }
}

enum plainness {
    PLAIN_IN_ALL,
    PLAIN_CONSTANT,
    PLAIN_CERTAIN,
    PLAIN_STATUS,
    PLAIN_USUAL,
    PLAINNESSES
};

static void make_plain(struct fault *fault, enum plainness plainness)
{
    bool all = plainness == PLAIN_IN_ALL;
    if (all || plainness == PLAIN_CONSTANT) {
        make_constant(&fault->parameters);
    }
    if (all || plainness == PLAIN_CERTAIN) {
        make_certain(fault);
    }
    if (all || plainness == PLAIN_STATUS) {
        make_one_status(&fault->parameters);
    }
    if (all || plainness == PLAIN_USUAL) {
        make_usual(fault);
    }
}

static bool plainer(struct shrinker *shrinker, size_t index)
{
    bool any = false;
    for (enum plainness i = PLAIN_IN_ALL; i < PLAINNESSES; i++) {
        struct scenario *draft = shrink_draft(shrinker);
        make_plain(&draft->faults[index], i);
        bool smaller = shrink_try(shrinker, draft);
        any = any || smaller;
        if (smaller && i == PLAIN_IN_ALL) {
            break;
        }
    }
    return any;
}

bool shrink_pass_parameters(struct shrinker *shrinker)
{
    bool any = false;
    for (size_t i = 0; i < shrinker->smallest->fault_count; i++) {
        any = plainer(shrinker, i) || any;
    }
    return any;
}

/* ---- Order and ids ----------------------------------------------------------------------------
 */

/* "kill-2" of a kill, and "chaos-2": given by nobody. */
static bool is_made_up(const struct fault *fault)
{
    const char *words[] = {fault_kind_word(fault->kind), "chaos"};
    for (size_t i = 0; i < 2; i++) {
        const char *rest = fault->id + strlen(words[i]);
        if (text_has_prefix(fault->id, words[i]) && rest[0] == '-' && rest[1] != '\0' &&
            rest[1 + strspn(rest + 1, "0123456789")] == '\0') {
            return true;
        }
    }
    return false;
}

static void swap_faults(struct scenario *draft, uint32_t a, uint32_t b)
{
    struct fault taken = draft->faults[a];
    draft->faults[a] = draft->faults[b];
    draft->faults[b] = taken;
    for (size_t i = 0; i < draft->expectation_count; i++) {
        uint32_t *fault = &draft->expectations[i].fault;
        if (*fault == a || *fault == b) {
            *fault = *fault == a ? b : a;
        }
    }
}

/* By insertion: few are left, and those of one time keep their order. */
static void sort_faults(struct scenario *draft)
{
    for (uint32_t i = 1; i < draft->fault_count; i++) {
        for (uint32_t k = i; k > 0 && draft->faults[k - 1].at_from > draft->faults[k].at_from;
             k--) {
            swap_faults(draft, k - 1, k);
        }
    }
}

bool shrink_pass_ids(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    sort_faults(draft);
    for (size_t i = 0; i < draft->fault_count; i++) {
        struct fault *fault = &draft->faults[i];
        if (is_made_up(fault)) {
            fault->id = defaults_fault_id(&shrinker->draft, fault->kind, i);
        }
    }
    return shrink_try(shrinker, draft);
}
