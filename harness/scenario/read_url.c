/* Where something is asked: http://HOST[:PORT][/PREFIX]. No other scheme is spoken. */
#include "base/text.h"
#include "scenario/reader.h"
#include "scenario/units.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PORT_MAX       65535
#define PORT_DEFAULT   80
#define URL_BYTES_MAX  2000
#define HOST_BYTES_MAX 253

static const char scheme[] = "http://";
static const char expected[] = "a URL like http://127.0.0.1:8090";

static bool is_numeric(const char *host)
{
    struct in_addr address;
    return inet_pton(AF_INET, host, &address) == 1;
}

static bool is_host(const char *host)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-.";
    size_t length = strlen(host);
    if (length == 0 || length > HOST_BYTES_MAX || strspn(host, alphabet) != length ||
        strchr("-.", host[0]) != NULL || strstr(host, "..") != NULL) {
        return false;
    }
    bool digits = strspn(host, "0123456789.") == length;
    return !digits || is_numeric(host);
}

static bool is_prefix(const char *prefix)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; i < length; i++) {
        if (prefix[i] <= ' ' || prefix[i] > '~' || strchr("?#$", prefix[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static bool take_port(const char *text, uint16_t *ret)
{
    int64_t port = 0;
    if (!units_parse_whole(text, &port) || port < 1 || port > PORT_MAX) {
        return false;
    }
    *ret = (uint16_t)port;
    return true;
}

static const char *lower(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return text;
}

/* What follows the scheme, without a slash at its end. Returns what it should have been, NULL if it
   is fine. */
static const char *parse(struct arena *arena, const char *rest, struct scenario_url *ret)
{
    size_t length = strcspn(rest, "/");
    const char *place = arena_copy(arena, rest, length);
    size_t host_length = strcspn(place, ":");
    ret->prefix = arena_copy(arena, rest + length, strlen(rest + length));
    ret->host = lower(arena_copy(arena, place, host_length));
    ret->port = PORT_DEFAULT;
    if (place[0] == '[') {
        return "a URL with a name or an IPv4 address";
    }
    if (strchr(place, '@') != NULL) {
        return "a URL without a user: a header says who asks";
    }
    if (!is_host(ret->host)) {
        return expected;
    }
    if (place[host_length] == ':' && !take_port(place + host_length + 1, &ret->port)) {
        return "a URL with a port between 1 and 65535";
    }
    return is_prefix(ret->prefix) ? NULL : "a URL without query and fragment, in ASCII";
}

SCHEMA_READER(read_url)
{
    struct scenario_url *url = target;
    struct scenario_url taken = {.at = value->at};
    size_t length = yaml_value_is_text(value) ? strnlen(value->text, URL_BYTES_MAX + 1) : 0;
    if (length == 0 || length > URL_BYTES_MAX) {
        schema_mismatch(reader, value, field->key, expected);
        return;
    }
    if (strncasecmp(value->text, "https://", strlen("https://")) == 0) {
        schema_complain(reader, value, "'%s': only HTTP is spoken, no TLS: it must begin with %s",
                        field->key, scheme);
        return;
    }
    if (!text_has_prefix(value->text, scheme)) {
        schema_mismatch(reader, value, field->key, expected);
        return;
    }
    while (length > 0 && value->text[length - 1] == '/') {
        length--;
    }
    taken.text = arena_copy(reader->arena, value->text, length);
    const char *wanted = length > strlen(scheme)
                             ? parse(reader->arena, taken.text + strlen(scheme), &taken)
                             : expected;
    if (wanted != NULL) {
        schema_mismatch(reader, value, field->key, wanted);
        return;
    }
    *url = taken;
}
