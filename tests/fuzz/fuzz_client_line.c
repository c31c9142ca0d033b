/* A line that a client program wrote: read, or refused with a reason, and shown so that it harms no
   terminal; what is read holds what its event promises. */
#include "world/exec_line.h"

#include "fuzz/fuzz.h"
#include "scenario/encoding.h"

#include <stdbool.h>

static bool is_printable(const char *text)
{
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t size = encoding_decode(text + at, length - at, &code);
        if (size == 0 || code < 0x20 || code == 0x7f) {
            return false;
        }
        at += size;
    }
    return true;
}

static void check_promises(const struct exec_line *line)
{
    bool has_why = line->event == EXEC_EVENT_ERROR || line->event == EXEC_EVENT_NODE ||
                   line->event == EXEC_EVENT_REFUSED || line->event == EXEC_EVENT_CLOSED;
    CHECK(has_why == (line->why != NULL));
    CHECK(!has_why || (is_printable(line->why) && strlen(line->why) <= EXEC_WHY_MAX));
    CHECK((line->event != EXEC_EVENT_NODE && line->event != EXEC_EVENT_ACTIVE) ||
          line->node != NULL);
    CHECK((line->event == EXEC_EVENT_RESPONSE) ==
          (line->http_status >= 100 && line->http_status <= 599));
    for (size_t i = 0; i < line->status_nodes; i++) {
        struct exec_status status = exec_line_status_node(line, i);
        CHECK(status.node != NULL && status.latency >= 0 && status.latency <= NANOS_PER_HOUR);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char quote[EXEC_QUOTE_MAX * 2 + 64];
    const char *bytes = (const char *)data;
    struct exec_line line;
    struct error error = {.text = ""};
    struct text text;

    if (exec_line_read(&line, bytes, size, &error) == 0) {
        check_promises(&line);
        exec_line_done(&line);
    } else {
        CHECK(error_is_set(&error) && is_printable(error.text));
    }
    text_init(&text, quote, sizeof quote);
    exec_line_quote(&text, bytes, size);
    CHECK(!text.overflowed && is_printable(text.data));
    return 0;
}
