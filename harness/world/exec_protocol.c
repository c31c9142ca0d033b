#include "world/exec_protocol.h"

#include "base/check.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#define PROTOCOL_VERSION 1

/* A JSON string, quotes included, in the arena. */
static const char *quoted(struct arena *arena, const char *string)
{
    json_t *value = json_string(string);
    CHECK(value != NULL); /* every text of a scenario is UTF-8 */
    size_t length = json_dumpb(value, NULL, 0, JSON_ENCODE_ANY);
    char *text = arena_alloc(arena, length + 1);
    (void)json_dumpb(value, text, length, JSON_ENCODE_ANY);
    json_decref(value);
    return text;
}

const char *exec_protocol_start(struct arena *arena,
                                const struct scenario *scenario,
                                const char *const *urls,
                                const char *options)
{
    json_t *nodes = json_array();
    for (size_t i = 0; i < scenario->node_count; i++) {
        json_t *node = json_pack("{s:s, s:s}", "name", scenario->nodes[i].name, "url", urls[i]);
        CHECK(json_array_append_new(nodes, node) == 0);
    }
    json_t *given = json_loads(options, 0, NULL);
    CHECK(given != NULL);
    json_t *start = json_pack("{s:s, s:i, s:o, s:o}", "op", "start", "protocol", PROTOCOL_VERSION,
                              "nodes", nodes, "options", given);
    CHECK(start != NULL);
    size_t length = json_dumpb(start, NULL, 0, JSON_COMPACT);
    char *line = arena_alloc(arena, length + 2);
    (void)json_dumpb(start, line, length, JSON_COMPACT);
    line[length] = '\n';
    json_decref(start);
    return line;
}

static bool has_header(const struct traffic_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *headers_of(struct arena *arena, const struct traffic_request *request)
{
    bool is_json = request->body != NULL && (request->body[0] == '{' || request->body[0] == '[');
    const char *text = is_json && !has_header(request, "Content-Type")
                           ? ",\"Content-Type\":\"application/json\""
                           : "";
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        text = arena_printf(arena, "%s,%s:%s", text, quoted(arena, header->name),
                            quoted(arena, header->value));
    }
    return text;
}

struct http_client_body
exec_protocol_request(struct arena *arena, const struct traffic_request *request, uint32_t run)
{
    const char *body = request->body == NULL
                           ? ""
                           : arena_printf(arena, ",\"body\":%s", quoted(arena, request->body));
    return http_client_body_cut(
        arena, arena_printf(arena,
                            "{\"op\":\"request\",\"id\":$(request),\"method\":\"%s\",\"path\":%s,"
                            "\"headers\":{\"X-Request-Id\":\"%u-$(request)\"%s}%s}\n",
                            http_method_word(request->method), quoted(arena, request->path), run,
                            headers_of(arena, request), body));
}

const char *
exec_protocol_stream(struct arena *arena, uint32_t stream, const struct traffic_stream *what)
{
    char interval[NANOS_TEXT_MAX];
    const char *path = arena_printf(arena, "%s%cinterval=%s", what->path,
                                    strchr(what->path, '?') != NULL ? '&' : '?',
                                    nanos_text(what->interval, interval));
    return arena_printf(arena, "{\"op\":\"stream\",\"id\":%u,\"kind\":\"%s\",\"path\":%s}\n",
                        stream, what->kind == STREAM_SSE ? "sse" : "websocket",
                        quoted(arena, path));
}

void exec_protocol_cancel(struct text *text, uint32_t request)
{
    text_printf(text, "{\"op\":\"cancel\",\"id\":%u}\n", request);
}

void exec_protocol_order(struct text *text, enum client_order_kind order, const char *node)
{
    static const char *const words[] = {
        [CLIENT_ORDER_SWITCH] = "switch",
        [CLIENT_ORDER_RESET] = "reset",
        [CLIENT_ORDER_STATUS] = "status",
    };
    text_printf(text, "{\"op\":\"%s\"", words[order]);
    if (order == CLIENT_ORDER_SWITCH) {
        text_printf(text, ",\"name\":\"%s\"", node); /* names are plain letters */
    }
    text_add(text, "}\n");
}

void exec_protocol_close(struct text *text, uint32_t stream)
{
    text_printf(text, "{\"op\":\"close\",\"id\":%u}\n", stream);
}

void exec_protocol_stop(struct text *text)
{
    text_add(text, "{\"op\":\"stop\"}\n");
}
