/* Bytes of an event stream, cut by the first two bytes: cut or whole, the parser hears the same,
   and the same as one that has all lines before it. */
#include "core/stream/sse_parser.h"

#include "fuzz/fuzz.h"

#include <stdbool.h>

#define HEAD 2

static struct fuzz_log in_pieces;
static struct fuzz_log at_once;
static struct fuzz_log by_lines;
static char buffer[FUZZ_INPUT_MAX];

static void note(struct fuzz_log *log, const char *type, const char *id, const char *data, size_t n)
{
    fuzz_log_add_text(log, type);
    fuzz_log_add_text(log, id);
    fuzz_log_add(log, data, n);
}

/* False: it broke. */
static bool feed(struct sse_parser *parser, const char *bytes, size_t length, struct fuzz_log *log)
{
    const char *at = bytes;
    struct sse_event event;
    enum sse_step step = sse_parser_step(parser, &at, bytes + length, &event);

    while (step == SSE_EVENT) {
        CHECK(event.type[event.type_length] == '\0' && event.data[event.data_length] == '\0');
        CHECK(event.data_length < parser->capacity);
        note(log, event.type, event.id, event.data, event.data_length);
        step = sse_parser_step(parser, &at, bytes + length, &event);
    }
    CHECK((step == SSE_BROKEN) == (parser->why != NULL));
    CHECK(step == SSE_BROKEN || at == bytes + length);
    return step == SSE_MORE;
}

static void feed_pieces(struct sse_parser *parser, uint32_t seed, const char *bytes, size_t length)
{
    size_t done = 0;
    bool goes_on = true;

    while (goes_on && done < length) {
        size_t piece = fuzz_piece(&seed, length - done);

        goes_on = feed(parser, bytes + done, piece, &in_pieces);
        done += piece;
    }
}

/* ---- the other parser ---- */

struct naive {
    char data[FUZZ_INPUT_MAX + 1];
    size_t data_length;
    char type[FUZZ_INPUT_MAX + 1];
    char id[FUZZ_INPUT_MAX + 1];
};

static bool is_field(const char *line, size_t length, const char *name)
{
    return length == strlen(name) && memcmp(line, name, length) == 0;
}

static void naive_line(struct naive *naive, const char *line, size_t length)
{
    const char *colon = length == 0 ? NULL : memchr(line, ':', length);
    size_t name = colon == NULL ? length : (size_t)(colon - line);
    const char *value = colon == NULL ? line + length : colon + 1;
    size_t size = (size_t)(line + length - value);

    if (size > 0 && *value == ' ') {
        value++;
        size--;
    }
    if (length == 0) {
        if (naive->data_length > 0) {
            note(&by_lines, naive->type[0] == '\0' ? "message" : naive->type, naive->id,
                 naive->data, naive->data_length - 1);
        }
        naive->data_length = 0;
        naive->type[0] = '\0';
    } else if (is_field(line, name, "data")) {
        memcpy(naive->data + naive->data_length, value, size);
        naive->data_length += size;
        naive->data[naive->data_length++] = '\n';
    } else if (is_field(line, name, "event")) {
        memcpy(naive->type, value, size);
        naive->type[size] = '\0';
    } else if (is_field(line, name, "id") && (size == 0 || memchr(value, '\0', size) == NULL)) {
        memcpy(naive->id, value, size);
        naive->id[size] = '\0';
    }
}

static void naive_parse(const char *bytes, size_t length)
{
    static struct naive naive;
    const char *at = bytes;
    const char *end = bytes + length;

    naive = (struct naive){.data_length = 0};
    if (length >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) {
        at += 3;
    }
    for (const char *line = at; at < end; at++) {
        if (*at != '\r' && *at != '\n') {
            continue;
        }
        naive_line(&naive, line, (size_t)(at - line));
        at += *at == '\r' && at + 1 < end && at[1] == '\n';
        line = at + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data + HEAD;
    struct sse_parser parser;

    if (size < HEAD || size > FUZZ_INPUT_MAX) {
        return 0;
    }
    size_t length = size - HEAD;
    /* An odd first byte makes room so short that events do not fit. */
    size_t capacity = data[0] % 2 == 0 ? sizeof buffer : 1 + (size_t)data[0] / 4;
    in_pieces.length = at_once.length = by_lines.length = 0;
    sse_parser_init(&parser, buffer, capacity);
    feed_pieces(&parser, (uint32_t)data[0] << 8 | data[1], bytes, length);
    sse_parser_init(&parser, buffer, capacity);
    bool goes_on = feed(&parser, bytes, length, &at_once);
    fuzz_log_compare(&in_pieces, &at_once);
    naive_parse(bytes, length);
    if (goes_on && memchr(bytes, '\0', length) == NULL) {
        fuzz_log_compare(&at_once, &by_lines);
    }
    return 0;
}
