#include "core/trace_parts.h"

#include "base/check.h"

#include <inttypes.h>

enum { PPM_PER_PERCENT = 10000 };

static void add_length(struct text *text, const char *name, nanos time)
{
    char buffer[NANOS_TEXT_MAX];

    text_printf(text, ", %s %s", name, nanos_text(time, buffer));
}

static void add_ratio(struct text *text, const char *name, uint32_t ppm)
{
    if (ppm == RATIO_ONE) {
        return;
    }
    text_printf(text, ", %s %" PRIu32, name, ppm / PPM_PER_PERCENT);
    if (ppm % PPM_PER_PERCENT != 0) {
        text_printf(text, ".%04" PRIu32, ppm % PPM_PER_PERCENT);
    }
    text_add(text, "%");
}

static void add_direction(struct text *text, enum direction direction)
{
    static const char *const words[] = {
        [DIRECTION_BOTH] = "", [DIRECTION_IN] = ", inwards", [DIRECTION_OUT] = ", outwards"};

    CHECK((unsigned)direction < sizeof(words) / sizeof(words[0]));
    text_add(text, words[direction]);
}

static void add_answer(struct text *text, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;

    for (uint32_t i = 0; i < parameters->status_count; i++) {
        text_printf(text, "%s%u", i == 0 ? ", status " : " ", parameters->statuses[i]);
    }
    add_ratio(text, "ratio", parameters->ratio_ppm);
    if (parameters->path != NULL) {
        text_printf(text, ", path %s", parameters->path);
    }
    if (parameters->retry_after > 0) {
        add_length(text, "retry after", parameters->retry_after);
    }
    if (parameters->after_commit) {
        text_add(text, ", after commit");
    }
}

static void add_flap(struct text *text, const struct fault *fault)
{
    add_length(text, fault_kind_word(scenario_fault_acts_as(fault)), fault->parameters.down);
    add_length(text, "every", fault->parameters.every);
}

/* What no other kind reads may hold anything. */
static void add_numbers(struct text *text, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;
    enum fault_kind kind = fault->kind;

    if (kind == FAULT_SLOW || kind == FAULT_DELAY || kind == FAULT_SLOW_CLOSE) {
        add_length(text, "by", parameters->by);
        add_length(text, "jitter", parameters->jitter);
    }
    if (kind == FAULT_STALL || kind == FAULT_TRUNCATE || kind == FAULT_RESET) {
        text_printf(text, ", after %" PRIu64 " bytes", parameters->after_bytes);
    }
    if (kind == FAULT_TRICKLE || kind == FAULT_THROTTLE) {
        text_printf(text, ", %" PRIu64 " bytes/s", parameters->rate_bytes);
    }
    if (kind == FAULT_CORRUPT) {
        add_ratio(text, "ratio", parameters->ratio_ppm);
    }
}

void trace_add_fault(struct story *story, const struct fault *fault)
{
    struct text *text = &story->text;
    enum fault_class class = fault_kind_class(fault->kind);

    text_add(text, fault_kind_word(fault->kind));
    if (class == FAULT_CLASS_ANSWER && fault->kind != FAULT_REFUSE) {
        add_answer(text, fault);
    }
    add_numbers(text, fault);
    if (class == FAULT_CLASS_WIRE || class == FAULT_CLASS_PACKET) {
        add_ratio(text, "of", fault->parameters.of_ppm);
        add_direction(text, fault->parameters.direction);
    }
    if (fault->kind == FAULT_FLAP) {
        add_flap(text, fault);
    }
    if (fault->hold != NANOS_NEVER) {
        add_length(text, "for", fault->hold);
    }
}
