#include "report/progress.h"

#include "base/text.h"
#include "report/human.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80 };

void progress_init(struct progress_line *line, int fd)
{
    *line = (struct progress_line){.fd = fd};
}

/* Tenths of a second, rounded down: a clock that runs ahead would look wrong. */
static void add_seconds(struct text *text, nanos time)
{
    nanos tenths = nanos_max(time, 0) / (NANOS_PER_S / 10);

    text_printf(text, "%" PRId64 ".%" PRId64, tenths / 10, tenths % 10);
}

static void add_clock(struct text *text, const struct progress_status *status)
{
    if (status->now < 0) {
        text_add(text, "  warming up");
        return;
    }
    text_add(text, "  ");
    add_seconds(text, nanos_min(status->now, status->duration));
    text_add(text, "/");
    add_seconds(text, status->duration);
    text_add(text, " s");
}

/* The less there is room for, the higher the level, and the less is told. */
enum { LEVEL_NO_FLIGHT = 1, LEVEL_NO_RATE, LEVELS };

static void add_counts(struct text *text,
                       const struct progress_line *line,
                       const struct progress_status *status,
                       int level)
{
    char ok[HUMAN_MAX];
    char failed[HUMAN_MAX];

    if (level < LEVEL_NO_RATE) {
        text_printf(text, "  %" PRIu64 "/s", line->rate);
    }
    text_printf(text, "  ok %s  failed %s", human_count(status->ok, ok),
                human_count(status->failed, failed));
    if (level < LEVEL_NO_FLIGHT) {
        text_printf(text, "  in flight %" PRIu64, status->in_flight);
    }
}

static void add_all(struct text *text,
                    const struct progress_line *line,
                    const struct progress_status *status,
                    int level)
{
    text_add(text, status->name);
    if (status->run_count > 1) {
        text_printf(text, " %" PRIu32 "/%" PRIu32, status->run + 1, status->run_count);
    }
    add_clock(text, status);
    add_counts(text, line, status, level);
    if (status->serving != NULL) {
        text_printf(text, "  on %s", status->serving);
    }
    if (status->next_fault != NULL && status->next_fault_at >= status->now) {
        text_printf(text, "  %s in ", status->next_fault);
        add_seconds(text, status->next_fault_at - status->now);
        text_add(text, " s");
    }
}

static const char *fit(char *buffer, size_t width)
{
    for (char *at = buffer; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7F) {
            *at = '?';
        }
    }
    buffer[utf8_prefix(buffer, width)] = '\0';
    return buffer;
}

const char *progress_text(const struct progress_line *line,
                          const struct progress_status *status,
                          size_t width,
                          char buffer[static PROGRESS_TEXT_MAX])
{
    for (int level = 0; level < LEVELS; level++) {
        struct text text;
        text_init(&text, buffer, PROGRESS_TEXT_MAX);
        add_all(&text, line, status, level);
        if (utf8_width(buffer) <= width) {
            break;
        }
    }
    return fit(buffer, width);
}

static bool writable_now(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};

    return poll(&poller, 1, 0) == 1 && (poller.revents & POLLOUT) != 0;
}

size_t progress_columns(int fd)
{
    struct winsize size = {.ws_col = 0};

    return ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col < 2 ? 0 : size.ws_col;
}

/* One column less than there are: some terminals break the line at the last one. */
static size_t width_of(int fd)
{
    size_t columns = progress_columns(fd);

    return (columns == 0 ? WIDTH_DEFAULT : columns) - 1;
}

/* A terminal that takes no more, or only a part, is no reason to stop a run. */
static void write_or_forget(int fd, const char *text)
{
    ssize_t written = write(fd, text, strlen(text));

    (void)written;
}

static void write_line(struct progress_line *line, const char *text)
{
    char output[PROGRESS_TEXT_MAX + 8];

    (void)snprintf(output, sizeof(output), "\r%s\033[K", text);
    write_or_forget(line->fd, output);
    line->shown = true;
}

void progress_show_text(struct progress_line *line, const char *text)
{
    char buffer[PROGRESS_TEXT_MAX];

    if (writable_now(line->fd)) {
        (void)snprintf(buffer, sizeof(buffer), "%s", text);
        write_line(line, fit(buffer, width_of(line->fd)));
    }
}

static void count_rate(struct progress_line *line, const struct progress_status *status)
{
    if (!line->shown || status->now < line->counted_at || status->due < line->counted) {
        line->counted_at = nanos_max(status->now, 0);
        line->counted = status->due;
        line->rate = 0;
        return;
    }
    nanos span = status->now - line->counted_at;
    bool first = line->rate == 0 && span >= PROGRESS_PERIOD;
    if (span < NANOS_PER_S && !first) {
        return;
    }
    uint64_t microseconds = (uint64_t)(span / NANOS_PER_US);
    line->rate = ((status->due - line->counted) * 1000000 + microseconds / 2) / microseconds;
    if (span >= NANOS_PER_S) {
        line->counted_at = status->now;
        line->counted = status->due;
    }
}

void progress_show(struct progress_line *line, const struct progress_status *status)
{
    char text[PROGRESS_TEXT_MAX];

    /* A new run starts its clock anew. */
    bool too_soon = line->shown && status->now >= line->shown_at &&
                    status->now - line->shown_at < PROGRESS_PERIOD * 9 / 10;
    if (too_soon || !writable_now(line->fd)) {
        return;
    }
    count_rate(line, status);
    line->shown_at = status->now;
    write_line(line, progress_text(line, status, width_of(line->fd), text));
}

void progress_clear(struct progress_line *line)
{
    if (line->shown && writable_now(line->fd)) {
        write_or_forget(line->fd, "\r\033[K");
    }
    line->shown = false;
}
