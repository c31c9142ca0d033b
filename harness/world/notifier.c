#include "world/notifier.h"

#include "base/check.h"
#include "world/hook_runner.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The runner only has to kill and reap; if it cannot, it is killed itself. */
#define RUNNER_ENDS_WITHIN_MS 2000
#define WHY_MAX               200

struct told {
    uint32_t alert;
    uint16_t node;
    bool under_way;
};

struct notifier {
    struct loop_watch watch; /* first: the callback finds the notifier from it */
    struct notifier_settings settings;
    struct hook_runner_settings runner;
    pid_t pid; /* 0: ended */
    struct told told[NOTIFIER_HOOKS_MAX];
    uint32_t count;
    uint32_t under_way;
    bool too_many_told;
};

/* ---- the line ---- */

/* As a report has it. */
static double milliseconds(nanos time)
{
    nanos half = time < 0 ? -NANOS_PER_US / 2 : NANOS_PER_US / 2;
    int64_t microseconds = (time + half) / NANOS_PER_US;
    return (double)microseconds / 1000.0;
}

/* Names are plain letters, and so is every reason of ours. */
static size_t
write_line(const struct notifier *notifier, const struct world_alert *alert, char *line)
{
    const struct scenario *scenario = notifier->settings.scenario;
    json_t *value = json_pack(
        "{s:s, s:s, s:I, s:s, s:s, s:f, s:s%}", "schema", "bascule/alert/1", "scenario",
        scenario->name, "run", (json_int_t)notifier->settings.run, "node",
        scenario->nodes[alert->node].name, "state", alert->raised ? "failed" : "healthy", "at_ms",
        milliseconds(alert->at), "why", alert->why, strnlen(alert->why, WHY_MAX));
    CHECK(value != NULL);
    size_t length =
        json_dumpb(value, line, HOOK_RUNNER_LINE_MAX - 1, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(value);
    CHECK(length < HOOK_RUNNER_LINE_MAX);
    line[length] = '\n';
    return length + 1;
}

/* ---- what becomes of hooks ---- */

static void tell_end(struct notifier *notifier, struct occurrence ended)
{
    ended.kind = OCCURRENCE_HOOK;
    notifier->settings.report(notifier->settings.context, &ended);
}

static void hook_over(struct notifier *notifier, const struct hook_report *report)
{
    for (uint32_t i = 0; i < notifier->count; i++) {
        struct told *told = &notifier->told[i];
        if (!told->under_way || told->alert != report->alert) {
            continue;
        }
        told->under_way = false;
        notifier->under_way--;
        tell_end(notifier, (struct occurrence){.at = report->at,
                                               .node = told->node,
                                               .hook = {.alert = told->alert,
                                                        .end = report->end,
                                                        .exit_status = report->exit_status}});
    }
}

static void cut_all(struct notifier *notifier)
{
    for (uint32_t i = 0; i < notifier->count; i++) {
        struct hook_report cut = {
            .at = loop_clock(),
            .alert = notifier->told[i].alert,
            .end = HOOK_CUT,
        };
        hook_over(notifier, &cut);
    }
}

/* Closing the socket is the order to end. */
static void end_runner(struct notifier *notifier)
{
    if (notifier->watch.fd >= 0) {
        (void)loop_watch(notifier->settings.loop, &notifier->watch, 0, NULL);
        close(notifier->watch.fd);
        notifier->watch.fd = -1;
    }
    if (notifier->pid <= 0) {
        return;
    }
    struct pollfd end = {.fd = pidfd_open(notifier->pid, 0), .events = POLLIN};
    if (end.fd < 0 || poll(&end, 1, RUNNER_ENDS_WITHIN_MS) <= 0) {
        (void)kill(notifier->pid, SIGKILL);
    }
    if (end.fd >= 0) {
        close(end.fd);
    }
    while (waitpid(notifier->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    notifier->pid = 0;
}

static void report_ready(struct loop_watch *watch, unsigned events)
{
    struct notifier *notifier = (struct notifier *)(void *)watch;
    struct hook_report report;
    ssize_t length;
    (void)events;
    while ((length = recv(watch->fd, &report, sizeof report, MSG_DONTWAIT)) ==
           (ssize_t)sizeof report) {
        hook_over(notifier, &report);
    }
    if (length >= 0 || (errno != EAGAIN && errno != EINTR)) {
        notifier_stop(notifier); /* somebody killed the runner */
    }
}

/* ---- the notifier ---- */

struct notifier *notifier_new(const struct notifier_settings *settings, struct error *reterr)
{
    struct notifier *notifier = ARENA_NEW(settings->arena, struct notifier);
    *notifier = (struct notifier){
        .watch = {.fd = -1, .ready = report_ready},
        .settings = *settings,
        .runner = {.program = settings->program,
                   .command = settings->scenario->alerts.command.words,
                   .folder = settings->folder,
                   .limit = settings->hook_limit},
    };
    notifier->pid = hook_runner_start(&notifier->runner, &notifier->watch.fd, reterr);
    if (notifier->pid < 0 || loop_watch(settings->loop, &notifier->watch, LOOP_READ, reterr) < 0) {
        return notifier_free(notifier);
    }
    return notifier;
}

static void
tell_not_run(struct notifier *notifier, const struct world_alert *alert, enum hook_end end)
{
    tell_end(notifier, (struct occurrence){.at = loop_clock(),
                                           .node = alert->node,
                                           .hook = {.alert = alert->alert, .end = end}});
}

void notifier_tell(struct notifier *notifier, const struct world_alert *alert)
{
    if (notifier->count == NOTIFIER_HOOKS_MAX) {
        if (!notifier->too_many_told) {
            tell_not_run(notifier, alert, HOOK_TOO_MANY);
        }
        notifier->too_many_told = true;
        return;
    }
    struct hook_order order = {.alert = alert->alert};
    size_t length = offsetof(struct hook_order, line) + write_line(notifier, alert, order.line);
    if (notifier->watch.fd < 0 ||
        send(notifier->watch.fd, &order, length, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)length) {
        tell_not_run(notifier, alert, HOOK_NOT_STARTED);
        return;
    }
    notifier->told[notifier->count++] =
        (struct told){.alert = alert->alert, .node = alert->node, .under_way = true};
    notifier->under_way++;
}

uint32_t notifier_under_way(const struct notifier *notifier)
{
    return notifier->under_way;
}

void notifier_stop(struct notifier *notifier)
{
    end_runner(notifier);
    cut_all(notifier);
}

struct notifier *notifier_free(struct notifier *notifier)
{
    if (notifier != NULL) {
        end_runner(notifier);
    }
    return NULL;
}
