#include "core/stream/websocket.h"

#include "base/check.h"

#include <string.h>

#define STATUS_SWITCHING 101
#define RETRY_AFTER_MAX  (24 * NANOS_PER_HOUR)

void websocket_request_write(struct text *text, const struct websocket_request *request)
{
    text_printf(text, "GET %s HTTP/1.1\r\nHost: %s\r\n", request->path, request->host);
    text_add(text, "Upgrade: websocket\r\nConnection: Upgrade\r\n");
    text_printf(text, "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n", request->key);
    if (request->id != NULL) {
        text_printf(text, "X-Request-Id: %s\r\n", request->id);
    }
    for (size_t i = 0; i < request->header_count; i++) {
        text_printf(text, "%s: %s\r\n", request->headers[i].name, request->headers[i].value);
    }
    text_add(text, "\r\n");
}

void websocket_answer_init(struct websocket_answer *answer, const char *accept)
{
    CHECK(strlen(accept) < WEBSOCKET_PROOF_MAX);
    *answer = (struct websocket_answer){0};
    memcpy(answer->accept, accept, strlen(accept) + 1);
}

static void broken(struct websocket_answer *answer, const char *why)
{
    if (answer->why == NULL) {
        answer->why = why;
    }
}

/* ---- words ---- */

static char lower(char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (char)(byte - 'A' + 'a');
    }
    return byte;
}

/* word: in lower case. */
static bool is_word(const char *text, size_t length, const char *word)
{
    if (strlen(word) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (lower(text[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Whether a list like "keep-alive, Upgrade" has the word. */
static bool has_word(const char *list, const char *word)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        size_t first = strspn(list, " \t");
        size_t last = length;

        while (last > first && is_blank(list[last - 1])) {
            last--;
        }
        if (last > first && is_word(list + first, last - first, word)) {
            return true;
        }
        list += list[length] == ',' ? length + 1 : length;
    }
    return false;
}

/* RFC 9110, "tchar". */
static bool is_name(const char *text, size_t length)
{
    static const char others[] = "!#$%&'*+-.^_`|~0123456789";

    for (size_t i = 0; i < length; i++) {
        char byte = lower(text[i]);

        if ((byte < 'a' || byte > 'z') && (byte == '\0' || strchr(others, byte) == NULL)) {
            return false;
        }
    }
    return length > 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* ---- lines ---- */

static void take_status(struct websocket_answer *answer)
{
    const char *line = answer->line;

    if (strncmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ' ||
        !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) ||
        (line[12] != ' ' && line[12] != '\0')) {
        broken(answer, "the answer is not HTTP/1.1");
        return;
    }
    answer->is_11 = line[7] == '1';
    answer->status = (uint16_t)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
    if (answer->status < 100) {
        broken(answer, "the answer is not HTTP/1.1");
    }
}

static nanos seconds(const char *text)
{
    nanos value = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (!is_digit(*at)) {
            return 0;
        }
        value = nanos_min(value * 10 + (*at - '0'), RETRY_AFTER_MAX / NANOS_PER_S);
    }
    return value * NANOS_PER_S;
}

static void take_accept(struct websocket_answer *answer, const char *value)
{
    answer->has_accept = true;
    if (!text_equal(value, answer->accept)) {
        broken(answer, "Sec-WebSocket-Accept does not fit the key");
    }
}

/* Whether it is a header that matters here. */
static bool take_field(struct websocket_answer *answer, size_t name_length, const char *value)
{
    const char *name = answer->line;

    if (is_word(name, name_length, "retry-after")) {
        answer->retry_after = seconds(value);
        return true;
    }
    if (answer->status != STATUS_SWITCHING) {
        return false;
    }
    if (is_word(name, name_length, "upgrade")) {
        answer->has_upgrade = answer->has_upgrade || has_word(value, "websocket");
    } else if (is_word(name, name_length, "connection")) {
        answer->has_connection = answer->has_connection || has_word(value, "upgrade");
    } else if (is_word(name, name_length, "sec-websocket-accept")) {
        take_accept(answer, value);
    } else if (is_word(name, name_length, "sec-websocket-extensions") && value[0] != '\0') {
        broken(answer, "an extension that was not asked for");
    } else if (is_word(name, name_length, "sec-websocket-protocol") && value[0] != '\0') {
        broken(answer, "a subprotocol that was not asked for");
    } else {
        return false;
    }
    return true;
}

/* Only the beginning of a long line is here, which is enough where it does not matter. */
static void take_header(struct websocket_answer *answer)
{
    const char *colon = strchr(answer->line, ':');
    char *value = NULL;
    size_t length = strlen(answer->line);

    if (colon == NULL || !is_name(answer->line, (size_t)(colon - answer->line))) {
        broken(answer, "a header without a name");
        return;
    }
    while (length > 0 && is_blank(answer->line[length - 1])) {
        answer->line[--length] = '\0';
    }
    value = answer->line + (colon - answer->line) + 1;
    value += strspn(value, " \t");
    if (take_field(answer, (size_t)(colon - answer->line), value) &&
        answer->line_length > WEBSOCKET_LINE_MAX) {
        broken(answer, "a header is too long");
    }
}

static enum websocket_step judge(struct websocket_answer *answer)
{
    if (answer->status != STATUS_SWITCHING) {
        return WEBSOCKET_REFUSED;
    }
    if (!answer->is_11) {
        broken(answer, "the answer is not HTTP/1.1");
    } else if (!answer->has_upgrade) {
        broken(answer, "no 'Upgrade: websocket'");
    } else if (!answer->has_connection) {
        broken(answer, "no 'Connection: Upgrade'");
    } else if (!answer->has_accept) {
        broken(answer, "no Sec-WebSocket-Accept");
    }
    return answer->why == NULL ? WEBSOCKET_OPEN : WEBSOCKET_BROKEN;
}

static enum websocket_step end_head(struct websocket_answer *answer)
{
    if (answer->status == 0) {
        broken(answer, "the answer is not HTTP/1.1");
        return WEBSOCKET_BROKEN;
    }
    if (answer->status < 200 && answer->status != STATUS_SWITCHING) {
        answer->status = 0; /* the real one comes after it */
        answer->retry_after = 0;
        return WEBSOCKET_MORE;
    }
    return judge(answer);
}

static enum websocket_step end_line(struct websocket_answer *answer)
{
    enum websocket_step step = WEBSOCKET_MORE;
    size_t kept =
        answer->line_length < WEBSOCKET_LINE_MAX ? answer->line_length : WEBSOCKET_LINE_MAX;

    answer->line[kept] = '\0';
    if (kept == 0) {
        step = end_head(answer);
    } else if (answer->status == 0) {
        take_status(answer);
    } else {
        take_header(answer);
    }
    answer->line_length = 0;
    return answer->why == NULL ? step : WEBSOCKET_BROKEN;
}

/* ---- bytes ---- */

static enum websocket_step take(struct websocket_answer *answer, char byte)
{
    bool is_control = ((unsigned char)byte < ' ' && byte != '\t') || byte == '\x7f';

    if (++answer->length > WEBSOCKET_HEAD_MAX) {
        broken(answer, "the answer's head is over 16 KiB");
    } else if (byte == '\n') {
        answer->after_cr = false;
        return end_line(answer);
    } else if (answer->after_cr || (is_control && byte != '\r')) {
        broken(answer, "a control character in the answer's head");
    } else if (byte == '\r') {
        answer->after_cr = true;
    } else {
        if (answer->line_length < WEBSOCKET_LINE_MAX) {
            answer->line[answer->line_length] = byte;
        }
        answer->line_length++;
    }
    return answer->why == NULL ? WEBSOCKET_MORE : WEBSOCKET_BROKEN;
}

enum websocket_step
websocket_answer_step(struct websocket_answer *answer, const char **at, const char *end)
{
    enum websocket_step step = answer->why == NULL ? WEBSOCKET_MORE : WEBSOCKET_BROKEN;

    while (step == WEBSOCKET_MORE && *at < end) {
        step = take(answer, *(*at)++);
    }
    return step;
}
