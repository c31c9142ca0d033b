#include "world/exec_line.h"

#include "base/check.h"
#include "scenario/encoding.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define HASH_DIGITS      64
#define HASH_DIGITS_KEPT 16

/* ---- members ---- */

static int misses(struct error *reterr, const char *name, const char *what)
{
    return error_plain(reterr, "'%s' must be %s", name, what);
}

/* A member that is null is one that is not there. */
static const json_t *member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_null(value) ? NULL : value;
}

static int take_text(const json_t *object, const char *name, const char **ret, struct error *reterr)
{
    const json_t *value = member(object, name);
    *ret = json_string_value(value);
    return *ret == NULL ? misses(reterr, name, "a string") : 0;
}

/* Not there: *ret is left alone. */
static int
may_take_text(const json_t *object, const char *name, const char **ret, struct error *reterr)
{
    return member(object, name) == NULL ? 0 : take_text(object, name, ret, reterr);
}

static int take_number(
    const json_t *object, const char *name, int64_t most, int64_t *ret, struct error *reterr)
{
    const json_t *value = member(object, name);
    *ret = json_integer_value(value);
    if (!json_is_integer(value) || *ret < 0 || *ret > most) {
        return error_plain(reterr, "'%s' must be a whole number from 0 to %lld", name,
                           (long long)most);
    }
    return 0;
}

static int take_id(struct exec_line *line, struct error *reterr)
{
    int64_t id = 0;
    if (take_number(line->document, "id", UINT32_MAX - 1, &id, reterr) < 0) {
        return -1;
    }
    line->id = (uint32_t)id;
    return 0;
}

/* For people, and for a file of one line each: no control character, nothing half. */
static void add_printable(struct text *text, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t size = encoding_decode(bytes + at, length - at, &code);
        bool shown = size > 0 && code >= 0x20 && (code < 0x7f || code > 0x9f) && code != 0x2028 &&
                     code != 0x2029;
        if (shown) {
            text_add_bytes(text, bytes + at, size);
        } else {
            text_add(text, "?");
        }
        at += size > 0 ? size : 1;
    }
}

/* The first `most` bytes at most, and no part of a character. */
static size_t prefix(const char *bytes, size_t length, size_t most)
{
    if (length <= most) {
        return length;
    }
    while (most > 0 && ((unsigned char)bytes[most] & 0xc0U) == 0x80U) {
        most--;
    }
    return most;
}

static int take_why(struct exec_line *line, const char *name, bool needed, struct error *reterr)
{
    const char *why = "";
    struct text text;
    if (needed ? take_text(line->document, name, &why, reterr) < 0
               : may_take_text(line->document, name, &why, reterr) < 0) {
        return -1;
    }
    text_init(&text, line->why_text, sizeof line->why_text);
    add_printable(&text, why, prefix(why, strlen(why), EXEC_WHY_MAX));
    line->why = line->why_text;
    return 0;
}

static int belief_of(const char *word, enum belief *ret, struct error *reterr)
{
    for (enum belief belief = BELIEF_HEALTHY; belief <= BELIEF_PROBING; belief++) {
        if (text_equal(word, belief_word(belief))) {
            *ret = belief;
            return 0;
        }
    }
    return misses(reterr, "state", "\"failed\", \"healthy\" or \"probing\"");
}

static int take_belief(const json_t *object, enum belief *ret, struct error *reterr)
{
    const char *word = NULL;
    if (take_text(object, "state", &word, reterr) < 0) {
        return -1;
    }
    return belief_of(word, ret, reterr);
}

/* ---- events ---- */

static int read_ready(struct exec_line *line, struct error *reterr)
{
    const json_t *features = member(line->document, "features");
    if (features == NULL) {
        return 0;
    }
    if (!json_is_array(features)) {
        return misses(reterr, "features", "a list of strings");
    }
    for (size_t i = 0; i < json_array_size(features); i++) {
        const char *word = json_string_value(json_array_get(features, i));
        if (word == NULL) {
            return misses(reterr, "features", "a list of strings");
        }
        for (unsigned bit = 0; bit < CLIENT_FEATURES; bit++) {
            unsigned known = text_equal(word, client_feature_word(bit)) ? 1U << bit : 0;
            line->features = (uint8_t)(line->features | known);
        }
    }
    return 0;
}

static int digit_of(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = strchr(digits, character | 0x20);
    return character == '\0' || found == NULL ? -1 : (int)(found - digits);
}

static int take_hash(struct exec_line *line, struct error *reterr)
{
    const char *text = NULL;
    if (may_take_text(line->document, "body_sha256", &text, reterr) < 0) {
        return -1;
    }
    if (text == NULL) {
        return 0;
    }
    bool good = strlen(text) == HASH_DIGITS;
    for (size_t i = 0; good && i < HASH_DIGITS; i++) {
        int digit = digit_of(text[i]);
        good = digit >= 0;
        if (good && i < HASH_DIGITS_KEPT) {
            line->body_hash = line->body_hash << 4 | (unsigned)digit;
        }
    }
    line->has_body_hash = good;
    return good ? 0 : misses(reterr, "body_sha256", "64 hexadecimal digits");
}

static int take_attempts(struct exec_line *line, struct error *reterr)
{
    int64_t attempts = 0;
    if (member(line->document, "attempts") != NULL &&
        take_number(line->document, "attempts", UINT16_MAX, &attempts, reterr) < 0) {
        return -1;
    }
    line->attempts = (uint16_t)attempts;
    return 0;
}

static int read_response(struct exec_line *line, struct error *reterr)
{
    int64_t status = 0;
    if (take_id(line, reterr) < 0 || take_attempts(line, reterr) < 0 ||
        may_take_text(line->document, "node", &line->node, reterr) < 0 ||
        take_hash(line, reterr) < 0) {
        return -1;
    }
    if (take_number(line->document, "status", 599, &status, reterr) < 0 || status < 100) {
        *reterr = (struct error){.text = ""};
        return misses(reterr, "status", "an HTTP status from 100 to 599");
    }
    line->http_status = (uint16_t)status;
    return 0;
}

static int read_error(struct exec_line *line, struct error *reterr)
{
    if (take_id(line, reterr) < 0 || take_attempts(line, reterr) < 0) {
        return -1;
    }
    return take_why(line, "reason", true, reterr);
}

static int read_node(struct exec_line *line, struct error *reterr)
{
    if (take_text(line->document, "name", &line->node, reterr) < 0 ||
        take_belief(line->document, &line->belief, reterr) < 0) {
        return -1;
    }
    return take_why(line, "why", false, reterr);
}

static int read_active(struct exec_line *line, struct error *reterr)
{
    return take_text(line->document, "name", &line->node, reterr);
}

static int take_order(struct exec_line *line, struct error *reterr)
{
    const char *word = NULL;
    if (take_text(line->document, "op", &word, reterr) < 0) {
        return -1;
    }
    bool is_switch = text_equal(word, "switch");
    if (!is_switch && !text_equal(word, "reset")) {
        return misses(reterr, "op", "\"switch\" or \"reset\"");
    }
    line->order = is_switch ? CLIENT_ORDER_SWITCH : CLIENT_ORDER_RESET;
    return 0;
}

static int read_refused(struct exec_line *line, struct error *reterr)
{
    return take_order(line, reterr) < 0 ? -1 : take_why(line, "why", false, reterr);
}

static int check_status_node(const json_t *node, struct error *reterr)
{
    const char *name = NULL;
    enum belief belief;
    const json_t *latency = member(node, "latency_ms");
    if (!json_is_object(node)) {
        return misses(reterr, "nodes", "a list of objects");
    }
    if (take_text(node, "name", &name, reterr) < 0 || take_belief(node, &belief, reterr) < 0) {
        return -1;
    }
    if (latency != NULL && (!json_is_number(latency) || json_number_value(latency) < 0)) {
        return misses(reterr, "latency_ms", "a number, not below 0");
    }
    return 0;
}

static int read_status(struct exec_line *line, struct error *reterr)
{
    const json_t *nodes = member(line->document, "nodes");
    if (may_take_text(line->document, "active", &line->node, reterr) < 0) {
        return -1;
    }
    if (!json_is_array(nodes)) {
        return misses(reterr, "nodes", "a list of objects");
    }
    line->status_nodes = json_array_size(nodes);
    for (size_t i = 0; i < line->status_nodes; i++) {
        if (check_status_node(json_array_get(nodes, i), reterr) < 0) {
            return -1;
        }
    }
    return 0;
}

struct exec_status exec_line_status_node(const struct exec_line *line, size_t index)
{
    const json_t *node = json_array_get(json_object_get(line->document, "nodes"), index);
    const json_t *latency = member(node, "latency_ms");
    double milliseconds = latency == NULL ? 0 : json_number_value(latency);
    struct exec_status status = {
        .node = json_string_value(json_object_get(node, "name")),
        /* An hour is long enough for any client. */
        .latency = milliseconds < 3600e3 ? (nanos)(milliseconds * 1e6) : NANOS_PER_HOUR,
    };
    struct error none = {.text = ""};
    CHECK(take_belief(node, &status.belief, &none) == 0);
    return status;
}

/* The number of an event is the text of it, if that is a number. */
static uint64_t number_of(const char *text)
{
    uint64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        return 0;
    }
    for (size_t i = 0; i < digits; i++) {
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    return number;
}

static int read_stream_event(struct exec_line *line, struct error *reterr)
{
    const json_t *event = member(line->document, "event");
    if (take_id(line, reterr) < 0 ||
        may_take_text(line->document, "node", &line->node, reterr) < 0) {
        return -1;
    }
    if (json_is_integer(event) && json_integer_value(event) >= 0) {
        line->number = (uint64_t)json_integer_value(event);
    } else if (json_is_string(event)) {
        line->number = number_of(json_string_value(event));
    } else {
        return misses(reterr, "event", "a string");
    }
    return 0;
}

static int read_closed(struct exec_line *line, struct error *reterr)
{
    return take_id(line, reterr) < 0 ? -1 : take_why(line, "why", false, reterr);
}

static const struct {
    const char *word;
    int (*read)(struct exec_line *line, struct error *reterr);
} events[] = {
    [EXEC_EVENT_READY] = {"ready", read_ready},
    [EXEC_EVENT_RESPONSE] = {"response", read_response},
    [EXEC_EVENT_ERROR] = {"error", read_error},
    [EXEC_EVENT_NODE] = {"node", read_node},
    [EXEC_EVENT_ACTIVE] = {"active", read_active},
    [EXEC_EVENT_DONE] = {"done", take_order},
    [EXEC_EVENT_REFUSED] = {"refused", read_refused},
    [EXEC_EVENT_STATUS] = {"status", read_status},
    [EXEC_EVENT_EVENT] = {"event", read_stream_event},
    [EXEC_EVENT_CLOSED] = {"closed", read_closed},
};

#define EVENTS (sizeof events / sizeof events[0])

static int read_event(struct exec_line *line, struct error *reterr)
{
    const char *word = NULL;
    if (!json_is_object(line->document)) {
        return error_plain(reterr, "the line is no JSON object");
    }
    if (take_text(line->document, "ev", &word, reterr) < 0) {
        return -1;
    }
    for (size_t i = 0; i < EVENTS; i++) {
        if (text_equal(events[i].word, word)) {
            line->event = (enum exec_event)i;
            return events[i].read(line, reterr);
        }
    }
    return error_plain(reterr, "no event is called so");
}

int exec_line_read(struct exec_line *ret, const char *bytes, size_t length, struct error *reterr)
{
    json_error_t why;
    *ret = (struct exec_line){
        .document = json_loadb(bytes, length, 0, &why),
    };
    if (ret->document == NULL) {
        return error_plain(reterr, "the line is no JSON object");
    }
    if (read_event(ret, reterr) < 0) {
        exec_line_done(ret);
        return -1;
    }
    return 0;
}

void exec_line_done(struct exec_line *line)
{
    json_decref(line->document);
    line->document = NULL;
}

void exec_line_quote(struct text *text, const char *bytes, size_t length)
{
    size_t shown = prefix(bytes, length, EXEC_QUOTE_MAX);
    add_printable(text, bytes, shown);
    if (shown < length) {
        text_printf(text, "... (%zu bytes)", length);
    }
}
