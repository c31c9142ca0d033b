#include "backends-stub/api_stream.h"

#include "base/text.h"
#include "world/websocket_key.h"

#include <string.h>

bool api_wish_interval(const struct api_wish *wish, nanos *ret)
{
    nanos interval = API_INTERVAL_USUAL;

    if (wish->interval != NULL &&
        (!nanos_parse(wish->interval, strlen(wish->interval), &interval) ||
         interval < API_INTERVAL_MIN || interval > API_INTERVAL_MAX)) {
        return false;
    }
    *ret = interval;
    return true;
}

uint64_t api_wish_last_event(const struct api_wish *wish)
{
    const char *at = wish->last_event;
    uint64_t number = 0;

    if (at == NULL || *at == '\0') {
        return UINT64_MAX;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        if (number > (UINT64_MAX - digit) / 10) {
            return UINT64_MAX;
        }
        number = number * 10 + digit;
    }
    return *at == '\0' ? number : UINT64_MAX;
}

static char lower(char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (char)(byte - 'A' + 'a');
    }
    return byte;
}

static bool starts_with_word(const char *text, const char *word)
{
    while (*word != '\0' && lower(*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0' && (*text == '\0' || strchr(" \t,", *text) != NULL);
}

/* Whether a list like "keep-alive, Upgrade" has the word, which is in lower case. */
static bool has_word(const char *list, const char *word)
{
    while (list != NULL && *list != '\0') {
        list += strspn(list, " \t,");
        if (starts_with_word(list, word)) {
            return true;
        }
        list += strcspn(list, ",");
    }
    return false;
}

static unsigned
upgrade_refused(const struct api_wish *wish, enum http_method method, const char **ret_why)
{
    if (!has_word(wish->upgrade, "websocket") || !has_word(wish->connection, "upgrade")) {
        *ret_why = "a WebSocket is opened by an upgrade";
        return 426;
    }
    if (!text_equal(wish->version, "13")) {
        *ret_why = "only version 13 of WebSocket is spoken";
        return 426;
    }
    if (method != METHOD_GET || !websocket_key_is_valid(wish->key)) {
        *ret_why = "a WebSocket is opened by GET with a Sec-WebSocket-Key of 16 bytes";
        return 400;
    }
    return 0;
}

unsigned api_wish_refused(const struct api_wish *wish,
                          enum api_route route,
                          enum http_method method,
                          const char **ret_why)
{
    nanos interval = 0;

    if (!api_wish_interval(wish, &interval)) {
        *ret_why = "the interval must be a duration from 1ms to 1h";
        return 400;
    }
    return route == API_WEBSOCKET ? upgrade_refused(wish, method, ret_why) : 0;
}
