#include "core/stream/sse_parser.h"

#include "base/check.h"

#include <string.h>

#define BOM_LENGTH 3

static const char byte_order_mark[BOM_LENGTH] = {'\xEF', '\xBB', '\xBF'};

static void begin_line(struct sse_parser *parser)
{
    parser->place = SSE_IN_NAME;
    parser->name_length = 0;
}

void sse_parser_init(struct sse_parser *parser, char *buffer, size_t capacity)
{
    CHECK(capacity > 0);
    *parser = (struct sse_parser){
        .retry = NANOS_NEVER,
        .data = buffer,
        .capacity = capacity < SSE_DATA_MAX + 1 ? capacity : SSE_DATA_MAX + 1,
    };
}

/* ---- fields ---- */

static enum sse_field field_of(const struct sse_parser *parser)
{
    static const struct {
        const char *name;
        size_t length;
    } fields[SSE_FIELD_UNKNOWN] = {
        [SSE_FIELD_DATA] = {"data", 4},
        [SSE_FIELD_EVENT] = {"event", 5},
        [SSE_FIELD_ID] = {"id", 2},
        [SSE_FIELD_RETRY] = {"retry", 5},
    };
    enum sse_field field = SSE_FIELD_DATA;

    while (field < SSE_FIELD_UNKNOWN &&
           (fields[field].length != parser->name_length ||
            memcmp(fields[field].name, parser->name, parser->name_length) != 0)) {
        field++;
    }
    return field;
}

static void begin_value(struct sse_parser *parser)
{
    parser->field = field_of(parser);
    parser->line_is_bad = false;
    if (parser->field == SSE_FIELD_EVENT) {
        parser->type_length = 0;
    } else if (parser->field == SSE_FIELD_ID) {
        parser->line_id_length = 0;
    } else if (parser->field == SSE_FIELD_RETRY) {
        parser->line_retry_ms = -1;
    }
}

static void add_data(struct sse_parser *parser, char byte)
{
    if (parser->data_length == parser->capacity) {
        parser->why = "an event's data is too long";
        return;
    }
    parser->data[parser->data_length++] = byte;
}

static void add_type(struct sse_parser *parser, char byte)
{
    if (parser->type_length == SSE_TYPE_MAX) {
        parser->why = "an event's type is too long";
        return;
    }
    parser->type[parser->type_length++] = byte;
}

static void add_id(struct sse_parser *parser, char byte)
{
    if (byte == '\0') {
        parser->line_is_bad = true;
    }
    if (parser->line_is_bad) {
        return;
    }
    if (parser->line_id_length == SSE_ID_MAX) {
        parser->why = "an event's id is too long";
        return;
    }
    parser->line_id[parser->line_id_length++] = byte;
}

static void add_retry(struct sse_parser *parser, char byte)
{
    nanos sum = 0;

    if (byte < '0' || byte > '9') {
        parser->line_is_bad = true;
        return;
    }
    sum = nanos_max(parser->line_retry_ms, 0) * 10 + (byte - '0');
    parser->line_retry_ms = nanos_min(sum, SSE_RETRY_MAX / NANOS_PER_MS);
}

static void add_to_value(struct sse_parser *parser, char byte)
{
    switch (parser->field) {
    case SSE_FIELD_DATA:
        add_data(parser, byte);
        break;
    case SSE_FIELD_EVENT:
        add_type(parser, byte);
        break;
    case SSE_FIELD_ID:
        add_id(parser, byte);
        break;
    case SSE_FIELD_RETRY:
        add_retry(parser, byte);
        break;
    case SSE_FIELD_UNKNOWN:
        break;
    }
}

static void end_value(struct sse_parser *parser)
{
    if (parser->field == SSE_FIELD_DATA) {
        add_data(parser, '\n');
    } else if (parser->field == SSE_FIELD_ID && !parser->line_is_bad) {
        memcpy(parser->id, parser->line_id, parser->line_id_length);
        parser->id[parser->line_id_length] = '\0';
    } else if (parser->field == SSE_FIELD_RETRY && !parser->line_is_bad &&
               parser->line_retry_ms >= 0) {
        parser->retry = parser->line_retry_ms * NANOS_PER_MS;
    }
}

/* ---- lines ---- */

/* An empty line: whether that makes an event. */
static bool dispatch(struct sse_parser *parser)
{
    memcpy(parser->last_id, parser->id, sizeof parser->last_id);
    if (parser->data_length == 0) {
        parser->type_length = 0;
        return false;
    }
    return true;
}

static bool end_line(struct sse_parser *parser)
{
    bool is_event = false;

    if (parser->place == SSE_IN_NAME && parser->name_length == 0) {
        is_event = dispatch(parser);
    } else if (parser->place == SSE_IN_NAME) {
        begin_value(parser);
        end_value(parser);
    } else if (parser->place != SSE_IN_COMMENT) {
        end_value(parser);
    }
    begin_line(parser);
    return is_event;
}

static void add_to_name(struct sse_parser *parser, char byte)
{
    if (byte == ':' && parser->name_length == 0) {
        parser->place = SSE_IN_COMMENT;
    } else if (byte == ':') {
        begin_value(parser);
        parser->place = SSE_AFTER_COLON;
    } else if (parser->name_length < sizeof parser->name) {
        parser->name[parser->name_length++] = byte;
    }
}

static void add_to_line(struct sse_parser *parser, char byte)
{
    switch (parser->place) {
    case SSE_IN_NAME:
        add_to_name(parser, byte);
        break;
    case SSE_AFTER_COLON:
        parser->place = SSE_IN_VALUE;
        if (byte != ' ') {
            add_to_value(parser, byte);
        }
        break;
    case SSE_IN_VALUE:
        add_to_value(parser, byte);
        break;
    case SSE_IN_COMMENT:
        break;
    }
}

/* What began like a mark and is none belongs to the first line. */
static bool is_mark(struct sse_parser *parser, char byte)
{
    unsigned seen = parser->bom;

    if (seen >= BOM_LENGTH) {
        return false;
    }
    if (byte == byte_order_mark[seen]) {
        parser->bom++;
        return true;
    }
    parser->bom = BOM_LENGTH;
    for (unsigned i = 0; i < seen; i++) {
        add_to_line(parser, byte_order_mark[i]);
    }
    return false;
}

/* Whether an event is complete. */
static bool take(struct sse_parser *parser, char byte)
{
    bool is_rest_of_crlf = parser->after_cr && byte == '\n';

    if (is_mark(parser, byte)) {
        return false;
    }
    parser->after_cr = byte == '\r';
    if (is_rest_of_crlf) {
        return false;
    }
    if (byte == '\r' || byte == '\n') {
        return end_line(parser);
    }
    add_to_line(parser, byte);
    return false;
}

static struct sse_event give(struct sse_parser *parser)
{
    static const char usual[] = "message";
    bool is_usual = parser->type_length == 0;

    parser->given = true;
    parser->type[parser->type_length] = '\0';
    parser->data[parser->data_length - 1] = '\0'; /* in place of the last line end */
    return (struct sse_event){
        .type = is_usual ? usual : parser->type,
        .type_length = is_usual ? sizeof usual - 1 : parser->type_length,
        .id = parser->last_id,
        .data = parser->data,
        .data_length = parser->data_length - 1,
    };
}

enum sse_step
sse_parser_step(struct sse_parser *parser, const char **at, const char *end, struct sse_event *ret)
{
    if (parser->given) {
        parser->given = false;
        parser->data_length = 0;
        parser->type_length = 0;
    }
    while (parser->why == NULL && *at < end) {
        char byte = *(*at)++;

        if (take(parser, byte)) {
            *ret = give(parser);
            return SSE_EVENT;
        }
    }
    return parser->why == NULL ? SSE_MORE : SSE_BROKEN;
}
