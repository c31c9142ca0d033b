#include "core/trace_parts.h"

#include <inttypes.h>

/* Room for "100.000..130.000" before the words. */
enum { TIME_WIDTH = 16, TIME_BYTES = 64, DIGITS_EXACT = 6, DIGITS_RANGE = 3 };

/* Seconds, cut to that many digits. */
static void add_seconds(struct text *text, nanos at, int digits)
{
    uint64_t size = at < 0 ? 0 - (uint64_t)at : (uint64_t)at;
    uint64_t unit = digits == DIGITS_EXACT ? NANOS_PER_US : NANOS_PER_MS;

    text_printf(text, "%s%" PRIu64 ".%0*" PRIu64, at < 0 ? "-" : "", size / NANOS_PER_S, digits,
                size % NANOS_PER_S / unit);
}

static void begin(struct story *story, const char *time)
{
    text_init(&story->text, story->bytes, sizeof(story->bytes));
    text_printf(&story->text, "%*s  ", TIME_WIDTH, time);
}

void trace_begin(struct story *story, nanos at)
{
    char bytes[TIME_BYTES];
    struct text time;

    text_init(&time, bytes, sizeof(bytes));
    add_seconds(&time, at, DIGITS_EXACT);
    begin(story, bytes);
}

void trace_begin_range(struct story *story, nanos from, nanos to)
{
    char bytes[TIME_BYTES];
    struct text time;

    text_init(&time, bytes, sizeof(bytes));
    add_seconds(&time, from, DIGITS_RANGE);
    text_add(&time, "..");
    add_seconds(&time, to, DIGITS_RANGE);
    begin(story, bytes);
}

void trace_begin_untimed(struct story *story)
{
    text_init(&story->text, story->bytes, sizeof(story->bytes));
}

/* One event is one line, whatever bytes its names hold. */
void trace_end(struct story *story)
{
    for (size_t i = 0; i < story->text.length; i++) {
        unsigned char byte = (unsigned char)story->bytes[i];
        if (byte < ' ' || byte == 0x7f) {
            story->bytes[i] = '?';
        }
    }
    story->line(story->context, story->bytes);
}

void trace_add_time(struct story *story, nanos at)
{
    if (at == NANOS_NEVER) {
        text_add(&story->text, "never");
    } else {
        add_seconds(&story->text, at, DIGITS_EXACT);
    }
}

void trace_add_length(struct story *story, nanos time)
{
    uint64_t size = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;

    text_printf(&story->text, "%s%" PRIu64 ".%03" PRIu64 " ms", time < 0 ? "-" : "",
                size / NANOS_PER_MS, size % NANOS_PER_MS / NANOS_PER_US);
}

const char *trace_node(const struct story *story, uint16_t node)
{
    return node < story->scenario->node_count ? story->scenario->nodes[node].name : "nobody";
}

const char *trace_fault(const struct story *story, uint32_t fault)
{
    return fault < story->scenario->fault_count ? story->scenario->faults[fault].id : "?";
}
