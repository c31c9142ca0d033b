/* One kind of request in the traffic: method, path, headers, body. */
#include "scenario/body_json.h"
#include "scenario/reader.h"
#include "scenario/substitutions.h"

#include <string.h>
#include <strings.h>

#define WEIGHT_MAX       1000000
#define PATH_BYTES_MAX   2000
#define HEADER_BYTES_MAX 4000

struct request_target {
    struct traffic_request request;
    bool has_idempotent;
};

static SCHEMA_READER(read_method)
{
    struct request_target *to = target;
    size_t count = 0;
    const char *const *words = http_method_words(&count);
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, words, count, &index)) {
        to->request.method = (enum http_method)index;
    }
}

static bool is_path(const char *text)
{
    size_t length = strnlen(text, PATH_BYTES_MAX + 1);
    if (text[0] != '/' || length > PATH_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '#') {
            return false;
        }
    }
    return true;
}

void take_path(struct reader *reader,
               const struct yaml_value *value,
               const char *key,
               unsigned substitutions,
               const char **ret)
{
    if (!yaml_value_is_text(value) || !is_path(value->text)) {
        schema_mismatch(reader, value, key,
                        "a path that begins with '/', in ASCII, without blanks and '#'");
        return;
    }
    if (substitutions_check(reader, value, key, substitutions)) {
        *ret = value->text;
    }
}

SCHEMA_READER(read_path)
{
    take_path(reader, value, field->key, SUBSTITUTE_NOTHING, target);
}

static bool is_token(const char *text)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789!#$%&'*+-.^_`|~";
    size_t length = strnlen(text, HEADER_BYTES_MAX);
    return length > 0 && length < HEADER_BYTES_MAX && strspn(text, alphabet) == length;
}

static bool is_field_value(const char *text)
{
    size_t length = strnlen(text, HEADER_BYTES_MAX);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return length < HEADER_BYTES_MAX;
}

static bool is_ours(const char *name)
{
    static const char *const ours[] = {"Host", "Connection", "Content-Length", "Transfer-Encoding",
                                       "X-Request-Id"};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        if (strcasecmp(name, ours[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const struct http_header *find_header(const struct traffic_request *request,
                                             const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return &request->headers[i];
        }
    }
    return NULL;
}

static bool check_header_name(struct reader *reader,
                              const struct traffic_request *request,
                              const struct yaml_value *key)
{
    const char *name = yaml_text_quote(reader->arena, key->text);
    if (!is_token(key->text)) {
        schema_complain(reader, key, "%s is no header name", name);
        return false;
    }
    if (is_ours(key->text)) {
        schema_complain(reader, key, "the header %s is set by bascule itself", name);
        return false;
    }
    if (find_header(request, key->text) != NULL) {
        schema_complain(reader, key, "the header %s is given twice", name);
        return false;
    }
    return true;
}

static bool check_header_value(struct reader *reader, const struct yaml_pair *pair)
{
    const char *text = NULL;
    if (!schema_take_text(reader, pair->value, pair->key->text, &text)) {
        return false;
    }
    if (!is_field_value(text)) {
        schema_complain(reader, pair->value,
                        "a header's value must be one line of at most %d bytes",
                        HEADER_BYTES_MAX - 1);
        return false;
    }
    return substitutions_check(reader, pair->value, "headers", SUBSTITUTE_NOTHING);
}

static SCHEMA_READER(read_headers)
{
    struct traffic_request *request = &((struct request_target *)target)->request;
    if (value->kind != VALUE_MAP || value->count > LIST_ITEMS_MAX) {
        schema_mismatch(reader, value, field->key, "a mapping of at most 1000 names to text");
        return;
    }
    struct http_header *headers = ARENA_ARRAY(reader->arena, struct http_header, value->count);
    request->headers = headers;
    for (size_t i = 0; i < value->count; i++) {
        const struct yaml_pair *pair = &value->pairs[i];
        bool named = check_header_name(reader, request, pair->key);
        if (named && check_header_value(reader, pair)) {
            headers[request->header_count++] =
                (struct http_header){.name = pair->key->text, .value = pair->value->text};
        }
    }
}

static SCHEMA_READER(read_body)
{
    struct request_target *to = target;
    to->request.body = body_json(reader, value, field->key, SUBSTITUTE_REQUEST);
}

static SCHEMA_READER(read_idempotent)
{
    struct request_target *to = target;
    schema_bool(reader, field, value, &to->request.idempotent);
    to->has_idempotent = true;
}

static void add_content_type(struct reader *reader, struct traffic_request *request)
{
    if (find_header(request, "Content-Type") != NULL) {
        return;
    }
    struct http_header *headers =
        ARENA_ARRAY(reader->arena, struct http_header, request->header_count + 1);
    for (size_t i = 0; i < request->header_count; i++) {
        headers[i] = request->headers[i];
    }
    headers[request->header_count++] =
        (struct http_header){.name = "Content-Type", .value = "application/json"};
    request->headers = headers;
}

static void finish(struct reader *reader, const struct yaml_value *value, struct request_target *to)
{
    struct traffic_request *request = &to->request;
    const struct yaml_value *body = yaml_value_get(value, "body");
    if (!to->has_idempotent) {
        request->idempotent = http_method_is_idempotent(request->method);
    }
    if (body != NULL && request->method == METHOD_HEAD) {
        schema_complain(reader, body, "a HEAD request has no body");
    }
    if (body != NULL && !yaml_value_is_text(body)) {
        add_content_type(reader, request);
    }
}

#define REQUEST_FIELD(member, word, reader_of_value)                                               \
    SCHEMA_FIELD(struct request_target, request.member, word, reader_of_value)

void read_request(struct reader *reader,
                  const struct yaml_value *value,
                  struct traffic_request *request)
{
    static const struct schema_field fields[] = {
        {.key = "method", .read = read_method},
        {REQUEST_FIELD(path, "path", read_path), .required = true},
        {REQUEST_FIELD(weight, "weight", schema_count), .min = 1, .max = WEIGHT_MAX},
        {.key = "headers", .read = read_headers},
        {.key = "body", .read = read_body},
        {.key = "idempotent", .read = read_idempotent},
    };
    static const struct schema schema = {
        .where = "a request",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct request_target target = {.request = *request};
    if (schema_read(reader, &schema, value, &target)) {
        finish(reader, value, &target);
        *request = target.request;
    }
}
