/* The planned faults: time, kind and target first, then what is not as the kind has it. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "scenario/reader.h"
#include "scenario/write_sections.h"

#define PARAMETER(member, word, type) WRITTEN_FIELD(struct fault_parameters, member, word, type)

static void write_at(struct writing *writing, const struct fault *fault)
{
    writing_key(writing, "at");
    writing_duration(writing, fault->at_from);
    if (fault->at_to != fault->at_from) {
        writing_add(writing, "..");
        writing_duration(writing, fault->at_to);
    }
}

static void write_names(struct writing *writing,
                        const struct scenario *scenario,
                        const uint16_t *nodes,
                        size_t count)
{
    writing_open(writing, "[");
    for (size_t i = 0; i < count; i++) {
        writing_item(writing);
        writing_text(writing, scenario->nodes[nodes[i]].name);
    }
    writing_close(writing, "]");
}

static void
write_target(struct writing *writing, const struct scenario *scenario, const struct fault *fault)
{
    writing_key(writing, fault_kind_word(fault->kind));
    if (fault->kind == FAULT_RESET_FAILED) {
        writing_add(writing, "true");
    } else if (fault->target != TARGET_NODES) {
        writing_add(writing, target_word(fault->target));
    } else if (fault->node_count == 1) {
        writing_text(writing, scenario->nodes[fault->nodes[0]].name);
    } else {
        write_names(writing, scenario, fault->nodes, fault->node_count);
    }
}

static void write_statuses(struct writing *writing,
                           const struct fault_parameters *parameters,
                           const struct fault_parameters *defaults)
{
    if (parameters->status_count == 0 ||
        (parameters->status_count == defaults->status_count && parameters->status_count == 1 &&
         parameters->statuses[0] == defaults->statuses[0])) {
        return;
    }
    writing_key(writing, parameters->status_count == 1 ? "status" : "statuses");
    if (parameters->status_count == 1) {
        writing_printf(writing, "%u", parameters->statuses[0]);
        return;
    }
    writing_open(writing, "[");
    for (uint32_t i = 0; i < parameters->status_count; i++) {
        writing_item(writing);
        writing_printf(writing, "%u", parameters->statuses[i]);
    }
    writing_close(writing, "]");
}

/* Those that are hit against all others: what a partition means without groups. */
static bool are_default_groups(const uint8_t *groups, size_t node_count)
{
    for (size_t i = 0; i < node_count; i++) {
        if (groups[i] > 1) {
            return false;
        }
    }
    return true;
}

static void write_group(struct writing *writing,
                        const struct scenario *scenario,
                        const uint8_t *groups,
                        uint8_t number)
{
    writing_item(writing);
    writing_open(writing, "[");
    for (size_t i = 0; i < scenario->node_count; i++) {
        if (groups[i] == number) {
            writing_item(writing);
            writing_text(writing, scenario->nodes[i].name);
        }
    }
    writing_close(writing, "]");
}

static void
write_groups(struct writing *writing, const struct scenario *scenario, const uint8_t *groups)
{
    uint8_t count = 0;
    if (groups == NULL || are_default_groups(groups, scenario->node_count)) {
        return;
    }
    for (size_t i = 0; i < scenario->node_count; i++) {
        if (groups[i] != GROUP_NONE && groups[i] >= count) {
            count = (uint8_t)(groups[i] + 1);
        }
    }
    writing_key(writing, "groups");
    writing_open(writing, "[");
    for (uint8_t number = 0; number < count; number++) {
        write_group(writing, scenario, groups, number);
    }
    writing_close(writing, "]");
}

/* Whatever differs is of the fault's kind: no other key is read for it. */
static void write_parameters(struct writing *writing,
                             const struct scenario *scenario,
                             const struct fault *fault)
{
    static const struct written_field fields[] = {
        {PARAMETER(every, "every", WRITTEN_DURATION)},
        {PARAMETER(down, "down", WRITTEN_DURATION)},
        {PARAMETER(how, "how", WRITTEN_WORD), .words = flap_how_words},
        {PARAMETER(by, "by", WRITTEN_DURATION)},
        {PARAMETER(jitter, "jitter", WRITTEN_DURATION)},
        {PARAMETER(rate_bytes, "rate", WRITTEN_BYTE_RATE)},
        {PARAMETER(after_bytes, "after_bytes", WRITTEN_SIZE)},
        {PARAMETER(ratio_ppm, "ratio", WRITTEN_RATIO)},
        {PARAMETER(of_ppm, "of", WRITTEN_RATIO)},
        {PARAMETER(path, "path", WRITTEN_TEXT)},
        {PARAMETER(retry_after, "retry_after", WRITTEN_DURATION)},
        {PARAMETER(after_commit, "after_commit", WRITTEN_BOOL)},
        {PARAMETER(direction, "direction", WRITTEN_WORD), .words = direction_words},
    };
    const struct fault_parameters defaults = scenario_fault_defaults(fault->kind);
    write_statuses(writing, &fault->parameters, &defaults);
    writing_fields(writing, fields, sizeof(fields) / sizeof(fields[0]), &fault->parameters,
                   &defaults);
    write_groups(writing, scenario, fault->parameters.groups);
}

static bool has_expectations(const struct scenario *scenario, uint32_t fault)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        if (scenario->expectations[i].fault == fault) {
            return true;
        }
    }
    return false;
}

static void write_fault(struct writing *writing, const struct scenario *scenario, uint32_t index)
{
    const struct fault *fault = &scenario->faults[index];
    writing_open(writing, "{");
    write_at(writing, fault);
    if (fault->hold != NANOS_NEVER) {
        writing_key(writing, "for");
        writing_duration(writing, fault->hold);
    }
    if (!text_equal(fault->id, defaults_fault_id(writing->arena, fault->kind, index))) {
        writing_key(writing, "id");
        writing_text(writing, fault->id);
    }
    write_target(writing, scenario, fault);
    write_parameters(writing, scenario, fault);
    if (has_expectations(scenario, index)) {
        writing_key(writing, "expect");
        writing_open(writing, "{");
        write_expectations(writing, scenario, index);
        writing_close(writing, "}");
    }
    writing_close(writing, "}");
}

void write_faults(struct writing *writing,
                  const struct scenario *scenario,
                  const char *const *comments)
{
    if (scenario->fault_count == 0) {
        return;
    }
    writing_add(writing, "\n");
    writing_begin(writing, "faults");
    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (comments != NULL && comments[i] != NULL) {
            writing_add(writing, "\n  # ");
            writing_add(writing, comments[i]);
        }
        writing_add(writing, "\n  - ");
        write_fault(writing, scenario, (uint32_t)i);
    }
    writing_end(writing);
}
