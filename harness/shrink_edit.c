/* Smaller scenarios out of a draft; what refers to what is gone follows. Pure. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "shrink_parts.h"

#include <string.h>

bool edit_is_failure(const struct failure *failure, const struct expectation *expectation)
{
    return text_equal(expectation->name, failure->name) &&
           text_equal(expectation->limit_text, failure->limit_text) &&
           (expectation->fault != FAULT_NONE) == failure->of_fault;
}

void edit_expectations(struct scenario *draft, const struct failure *failure)
{
    size_t count = 0;
    for (size_t i = 0; i < draft->expectation_count; i++) {
        if (edit_is_failure(failure, &draft->expectations[i])) {
            draft->expectations[count++] = draft->expectations[i];
        }
    }
    draft->expectation_count = count;
}

/* The new number of a fault: how many that stay come before it. */
static uint32_t number_after(const bool *keep, uint32_t fault)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < fault; i++) {
        number += keep[i] ? 1 : 0;
    }
    return number;
}

void edit_faults(struct scenario *draft, const bool *keep)
{
    size_t expectations = 0;
    for (size_t i = 0; i < draft->expectation_count; i++) {
        struct expectation expectation = draft->expectations[i];
        if (expectation.fault != FAULT_NONE && !keep[expectation.fault]) {
            continue;
        }
        if (expectation.fault != FAULT_NONE) {
            expectation.fault = number_after(keep, expectation.fault);
        }
        draft->expectations[expectations++] = expectation;
    }
    draft->expectation_count = expectations;
    size_t faults = 0;
    for (size_t i = 0; i < draft->fault_count; i++) {
        if (keep[i]) {
            draft->faults[faults++] = draft->faults[i];
        }
    }
    draft->fault_count = faults;
}

void edit_end(struct arena *arena, struct scenario *draft, nanos duration)
{
    bool *keep = ARENA_ARRAY(arena, bool, draft->fault_count);
    for (size_t i = 0; i < draft->fault_count; i++) {
        keep[i] = draft->faults[i].at_to < duration;
    }
    edit_faults(draft, keep);
    draft->duration = duration;
}

static bool is_needed(const struct scenario *draft, uint16_t node)
{
    for (size_t i = 0; i < draft->fault_count; i++) {
        for (size_t k = 0; k < draft->faults[i].node_count; k++) {
            if (draft->faults[i].nodes[k] == node) {
                return true;
            }
        }
    }
    for (size_t i = 0; i < draft->expectation_count; i++) {
        if (draft->expectations[i].node == node) {
            return true;
        }
    }
    return false;
}

static void move_node(struct arena *arena, struct fault *fault, uint16_t gone, size_t node_count)
{
    uint16_t *nodes = ARENA_ARRAY(arena, uint16_t, fault->node_count);
    for (size_t i = 0; i < fault->node_count; i++) {
        nodes[i] = (uint16_t)(fault->nodes[i] - (fault->nodes[i] > gone ? 1 : 0));
    }
    fault->nodes = nodes;
    if (fault->parameters.groups == NULL) {
        return;
    }
    uint8_t *groups = ARENA_ARRAY(arena, uint8_t, node_count);
    size_t count = 0;
    for (size_t i = 0; i < node_count; i++) {
        if (i != gone) {
            groups[count++] = fault->parameters.groups[i];
        }
    }
    fault->parameters.groups = groups;
}

bool edit_drop_node(struct arena *arena, struct scenario *draft, uint16_t node)
{
    size_t before = draft->node_count;
    const struct client_settings usual = defaults_client(draft->client.profile, before);
    if (before < 2 || is_needed(draft, node)) {
        return false;
    }
    for (size_t i = 0; i < draft->fault_count; i++) {
        move_node(arena, &draft->faults[i], node, before);
    }
    for (size_t i = 0; i < draft->expectation_count; i++) {
        struct expectation *expectation = &draft->expectations[i];
        if (expectation->node != NODE_NONE && expectation->node > node) {
            expectation->node--;
        }
    }
    memmove(&draft->nodes[node], &draft->nodes[node + 1],
            (draft->process_count - node - 1) * sizeof(*draft->nodes));
    draft->node_count--;
    draft->process_count--;
    /* One attempt a node, where nothing else was said. */
    if (draft->client.retry_attempts == usual.retry_attempts) {
        draft->client.retry_attempts =
            defaults_client(draft->client.profile, before - 1).retry_attempts;
    }
    return true;
}

void edit_target(struct arena *arena,
                 struct scenario *draft,
                 struct fault *fault,
                 const uint16_t *nodes,
                 size_t count)
{
    uint16_t *named = ARENA_ARRAY(arena, uint16_t, count);
    memcpy(named, nodes, count * sizeof(*named));
    fault->target = TARGET_NODES;
    fault->nodes = named;
    fault->node_count = count;
    if (fault->kind != FAULT_PARTITION) {
        return;
    }
    uint8_t *groups = ARENA_ARRAY(arena, uint8_t, draft->node_count);
    memset(groups, 1, draft->node_count);
    for (size_t i = 0; i < count; i++) {
        groups[named[i]] = 0;
    }
    fault->parameters.groups = groups;
}
