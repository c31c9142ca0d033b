#include "world/http_client_message.h"

#include "base/check.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MARK "$(request)"

enum {
    LINES_OF_OURS_MAX = 3,
};

static size_t marks_in(const char *text)
{
    size_t count = 0;
    for (const char *at = strstr(text, NUMBER_MARK); at != NULL;
         at = strstr(at + strlen(NUMBER_MARK), NUMBER_MARK)) {
        count++;
    }
    return count;
}

struct http_client_body http_client_body_cut(struct arena *arena, const char *text)
{
    size_t count = marks_in(text) + 1;
    const char **pieces = ARENA_ARRAY(arena, const char *, count);
    size_t *lengths = ARENA_ARRAY(arena, size_t, count);
    size_t total = 0;

    for (size_t i = 0; i < count; i++) {
        const char *mark = strstr(text, NUMBER_MARK);
        pieces[i] = text;
        lengths[i] = mark != NULL ? (size_t)(mark - text) : strlen(text);
        total += lengths[i];
        text += lengths[i] + (mark != NULL ? strlen(NUMBER_MARK) : 0);
    }
    return (struct http_client_body){
        .pieces = pieces,
        .lengths = lengths,
        .piece_count = count,
        .length_max = total + (count - 1) * REQUEST_NUMBER_DIGITS_MAX,
    };
}

size_t http_client_body_write(const struct http_client_body *body, uint32_t number, char *ret_bytes)
{
    char digits[REQUEST_NUMBER_DIGITS_MAX + 1];
    int digit_count = snprintf(digits, sizeof digits, "%u", number);
    char *end = ret_bytes;

    CHECK(digit_count > 0 && digit_count < (int)sizeof digits);
    for (size_t i = 0; i < body->piece_count; i++) {
        if (i > 0) {
            memcpy(end, digits, (size_t)digit_count);
            end += digit_count;
        }
        memcpy(end, body->pieces[i], body->lengths[i]);
        end += body->lengths[i];
    }
    return (size_t)(end - ret_bytes);
}

static bool has_header(const struct traffic_request *request, const char *name)
{
    return request != NULL && scenario_header(request, name) != NULL;
}

static bool looks_like_json(const char *body)
{
    return body != NULL && (body[0] == '{' || body[0] == '[');
}

/* libcurl calls every body a form unless told otherwise. */
static const char *content_type_line(const struct traffic_request *request)
{
    return request != NULL && looks_like_json(request->body) ? "Content-Type: application/json"
                                                             : "Content-Type:";
}

static void add_lines(struct http_client_message *message,
                      struct arena *arena,
                      const struct traffic_request *request)
{
    size_t own = request != NULL ? request->header_count : 0;
    const char **lines = ARENA_ARRAY(arena, const char *, own + LINES_OF_OURS_MAX);
    size_t count = 0;

    for (size_t i = 0; i < own; i++) {
        const struct http_header *header = &request->headers[i];
        /* libcurl's way to write a header without a value; with a colon it would leave the header
         * out. */
        lines[count++] = header->value[0] == '\0'
                             ? arena_printf(arena, "%s;", header->name)
                             : arena_printf(arena, "%s: %s", header->name, header->value);
    }
    if (message->sends_body) {
        lines[count++] = "Expect:";
        if (!has_header(request, "Content-Type")) {
            lines[count++] = content_type_line(request);
        }
    }
    if (message->own_connection && !has_header(request, "Connection")) {
        lines[count++] = "Connection: close";
    }
    CHECK(count <= own + LINES_OF_OURS_MAX);
    message->lines = lines;
    message->line_count = count;
}

static bool method_has_body(enum http_method method)
{
    return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH;
}

void http_client_message_init(struct http_client_message *message,
                              struct arena *arena,
                              const struct traffic_request *request,
                              bool keepalive)
{
    *message = (struct http_client_message){.method = "GET", .own_connection = !keepalive};
    if (request != NULL) {
        message->method = http_method_word(request->method);
        message->path = request->path;
        message->is_head = request->method == METHOD_HEAD;
        message->sends_body =
            !message->is_head && (request->body != NULL || method_has_body(request->method));
        /* An idle connection may die at the moment it is used, and then nobody can tell whether the
           request was executed. What must not run twice pays for a connection of its own instead: a
           refusal of it is proof. */
        message->own_connection = message->own_connection || !request->idempotent;
        message->body = http_client_body_cut(arena, request->body != NULL ? request->body : "");
    }
    add_lines(message, arena, request);
}
