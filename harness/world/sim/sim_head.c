#include "world/sim/sim_head.h"

#include "base/check.h"
#include "world/sim/sim_message.h"

#include <stdio.h>
#include <string.h>

#define HEAD_MAX        512
#define STATUS_LINE     "HTTP/1.1 "
#define DATE_LINE       "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
#define NODE_LINE       "X-Bascule-Node: "
#define CACHE_LINE      "Cache-Control: no-store\r\n"
#define TYPE_LINE       "Content-Type: application/json\r\n"
#define RETRY_LINE      "Retry-After: "
#define LENGTH_LINE     "Content-Length: "
#define LINE_END        "\r\n"
#define LENGTH_OF(text) (sizeof(text) - 1)

/* ---- what the node writes ---- */

static const char *reason_phrase(uint16_t status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Unknown";
    }
}

static uint32_t retry_seconds(nanos retry_after)
{
    return (uint32_t)((retry_after + NANOS_PER_S - 1) / NANOS_PER_S);
}

uint32_t sim_head_bytes(const struct sim_head *head)
{
    size_t bytes = LENGTH_OF(STATUS_LINE) + 3 + 1 + strlen(reason_phrase(head->status)) +
                   LENGTH_OF(DATE_LINE) + LENGTH_OF(NODE_LINE) + strlen(head->node) +
                   LENGTH_OF(CACHE_LINE) + LENGTH_OF(LENGTH_LINE) + sim_digits(head->body_bytes) +
                   4 * LENGTH_OF(LINE_END);
    if (head->typed) {
        bytes += LENGTH_OF(TYPE_LINE);
    }
    if (head->retry_after > 0) {
        bytes += LENGTH_OF(RETRY_LINE) + sim_digits(retry_seconds(head->retry_after)) +
                 LENGTH_OF(LINE_END);
    }
    return (uint32_t)bytes;
}

static size_t head_write(const struct sim_head *head, char buffer[static HEAD_MAX])
{
    char retry[64] = "";
    if (head->retry_after > 0) {
        (void)snprintf(retry, sizeof retry, RETRY_LINE "%u" LINE_END,
                       retry_seconds(head->retry_after));
    }
    int length = snprintf(buffer, HEAD_MAX,
                          STATUS_LINE "%u %s" LINE_END DATE_LINE NODE_LINE "%s" LINE_END CACHE_LINE
                                      "%s%s" LENGTH_LINE "%u" LINE_END LINE_END,
                          (unsigned)head->status, reason_phrase(head->status), head->node,
                          head->typed ? TYPE_LINE : "", retry, head->body_bytes);
    CHECK(length > 0 && length < HEAD_MAX);
    return (size_t)length;
}

/* ---- what a client makes of changed bytes ---- */

static bool read_status(const char *text, uint16_t *ret)
{
    uint16_t status = 0;
    if (strncmp(text, STATUS_LINE, LENGTH_OF(STATUS_LINE)) != 0) {
        return false;
    }
    text += LENGTH_OF(STATUS_LINE);
    for (int i = 0; i < 3; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        status = (uint16_t)(status * 10 + (text[i] - '0'));
    }
    *ret = status;
    return status >= 200 && status <= 599;
}

static int lower(int letter)
{
    return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
}

static bool starts_with(const char *text, const char *beginning)
{
    while (*beginning != '\0' && lower(*text) == lower(*beginning)) {
        text++;
        beginning++;
    }
    return *beginning == '\0';
}

/* False: none that can be read. */
static bool read_length(const char *text, size_t length, uint32_t *ret)
{
    uint64_t bytes = 0;
    size_t at = 0;
    while (at + LENGTH_OF(LENGTH_LINE) < length &&
           (text[at] != '\n' || !starts_with(text + at + 1, LENGTH_LINE))) {
        at++;
    }
    at += 1 + LENGTH_OF(LENGTH_LINE);
    if (at >= length || text[at] < '0' || text[at] > '9') {
        return false;
    }
    for (; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
        bytes = bytes * 10 + (uint64_t)(text[at] - '0');
    }
    *ret = bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)bytes;
    return true;
}

/* An empty line, with or without the carriage return. */
static bool has_end(const char *text, size_t length)
{
    return text[length - 1] == '\n' &&
           (text[length - 2] == '\n' || (text[length - 2] == '\r' && text[length - 3] == '\n'));
}

/* Each line between the status and the empty one names a header; libcurl wants it so. */
static bool names_headers(const char *text, size_t length)
{
    bool named = true; /* the status needs no colon */
    size_t line = 0;
    for (size_t at = 0; at < length; at++) {
        named = named || text[at] == ':';
        if (text[at] != '\n') {
            continue;
        }
        if (!named && at - line > 1) {
            return false;
        }
        named = false;
        line = at + 1;
    }
    return true;
}

static void damage_head(struct sim_damage *damage,
                        const struct sim_head *head,
                        uint64_t place,
                        unsigned char bit)
{
    char text[HEAD_MAX];
    size_t length = head_write(head, text);
    uint16_t status = 0;
    uint32_t body_bytes_read = 0;
    CHECK(place < length);
    text[place] = (char)(text[place] ^ (char)bit);
    if (!read_status(text, &status) || !names_headers(text, length)) {
        damage->no_http = true;
        return;
    }
    if (status != head->status) {
        damage->status = status;
    }
    if (!has_end(text, length) || !read_length(text, length, &body_bytes_read) ||
        body_bytes_read > head->body_bytes) {
        damage->endless = true;
    } else if (body_bytes_read < head->body_bytes) {
        damage->cut_bytes = damage->cut && damage->cut_bytes < body_bytes_read ? damage->cut_bytes
                                                                               : body_bytes_read;
        damage->cut = true;
    }
}

void sim_damage_add(struct sim_damage *damage,
                    const struct sim_head *head,
                    uint64_t place,
                    unsigned char bit)
{
    uint32_t head_bytes = sim_head_bytes(head);
    if (place < head_bytes) {
        damage_head(damage, head, place, bit);
    } else {
        damage->body = sim_mix(damage->body, (place - head_bytes) << 8 | bit);
    }
}
