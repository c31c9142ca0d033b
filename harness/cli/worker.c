#include "cli/worker.h"

#include "base/check.h"
#include "base/text.h"
#include "world/isolation.h"
#include "world/real.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between two processes of one program: plain records, one a packet. */
enum message_kind {
    MESSAGE_PROGRESS,
    MESSAGE_COMPLAINT,
    MESSAGE_DETAILS, /* a piece of the ending's text */
    MESSAGE_ENDING,  /* the last */
};

#define MESSAGE_TEXT_MAX 8192

struct message {
    enum message_kind kind;
    union {
        struct {
            struct progress progress; /* pointers are filled in on the other side */
            bool has_next_fault;
        } progress;
        struct {
            struct headline headline; /* pointers likewise */
            enum verdict verdict;
            bool must_unmet;
            bool has_report;
            bool write_failed;
            int signal;
        } ending;
    };
    char text[MESSAGE_TEXT_MAX]; /* NUL-terminated: complaint, piece, next fault, headline's note */
};

/* ---- in the worker ---- */

struct reporter {
    int fd;
};

static void set_text(struct message *message, const char *string)
{
    struct text text;
    text_init(&text, message->text, sizeof message->text);
    text_add(&text, string);
}

/* Progress may be lost when the parent is slow; the rest waits for it. */
static void send_message(const struct reporter *reporter, const struct message *message, int flags)
{
    size_t length = offsetof(struct message, text) + strlen(message->text) + 1;
    ssize_t sent;
    do {
        sent = send(reporter->fd, message, length, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
}

static void report_progress(void *context, const struct progress *progress)
{
    struct message message = {.kind = MESSAGE_PROGRESS};
    message.progress.progress = *progress;
    message.progress.has_next_fault = progress->next_fault != NULL;
    set_text(&message, progress->next_fault != NULL ? progress->next_fault : "");
    send_message(context, &message, MSG_DONTWAIT);
}

static void report_complaint(void *context, const char *text)
{
    struct message message = {.kind = MESSAGE_COMPLAINT};
    set_text(&message, text);
    send_message(context, &message, 0);
}

static void report_details(const struct reporter *reporter, const char *details)
{
    struct message message = {.kind = MESSAGE_DETAILS};
    for (size_t left = strlen(details); left > 0;) {
        size_t piece = left < MESSAGE_TEXT_MAX - 1 ? left : MESSAGE_TEXT_MAX - 1;
        memcpy(message.text, details, piece);
        message.text[piece] = '\0';
        send_message(reporter, &message, 0);
        details += piece;
        left -= piece;
    }
}

static void report_ending(const struct reporter *reporter,
                          const struct run_command *command,
                          const struct ending *ending)
{
    struct message message = {.kind = MESSAGE_ENDING};
    message.ending.headline = ending->headline;
    message.ending.verdict = ending->verdict;
    message.ending.must_unmet = ending->must_unmet;
    message.ending.has_report = ending->report != NULL;
    message.ending.write_failed = command->write_failed;
    message.ending.signal = command->signal;
    set_text(&message, ending->headline.note);
    report_details(reporter, ending->details);
    send_message(reporter, &message, 0);
}

/* Namespaces alone do not make a packet filter: the kernel may have none, or not for us. */
static struct ending run_isolated(struct run_command *command, const struct scenario *scenario)
{
    struct error error = {.text = ""};
    if (command->isolate == ISOLATE_ALWAYS && worker_needs_host(scenario)) {
        return run_scenario_not_run(command, scenario, VERDICT_INCONCLUSIVE, "isolation",
                                    "a node is external: it is reached over the host's network");
    }
    if (real_needs_filter(scenario) && real_try_filter(scenario, &error) < 0) {
        enum verdict verdict =
            command->isolate == ISOLATE_ALWAYS ? VERDICT_INCONCLUSIVE : VERDICT_SKIPPED;
        return run_scenario_not_run(
            command, scenario, verdict, "isolation",
            arena_printf(command->arena, "faults on packets cannot be had here: %s", error.text));
    }
    return run_scenario(command, scenario);
}

_Noreturn static void work(struct run_command *command, const struct scenario *scenario, int fd)
{
    struct reporter reporter = {.fd = fd};
    command->listener = (struct run_listener){
        .progress = report_progress,
        .complain = report_complaint,
        .context = &reporter,
    };
    if (!worker_needs_host(scenario)) {
        command->environment.isolation = "namespaces";
    }
    struct ending ending = run_isolated(command, scenario);
    report_ending(&reporter, command, &ending);
    _exit(0);
}

/* ---- in the parent ---- */

static void take_progress(struct worker *worker, struct message *message)
{
    struct progress progress = message->progress.progress;
    progress.scenario = worker->scenario;
    progress.next_fault = message->progress.has_next_fault ? message->text : NULL;
    worker->events->progress(worker->events->context, worker, &progress);
}

static void take_details(struct worker *worker, const char *piece)
{
    size_t length = strlen(piece);
    char *details = realloc(worker->details, worker->details_length + length + 1);
    CHECK_MEMORY(details != NULL);
    memcpy(details + worker->details_length, piece, length + 1);
    worker->details = details;
    worker->details_length += length;
}

static void take_ending(struct worker *worker, const struct message *message)
{
    struct arena *arena = worker->command->arena;
    const char *details = worker->details != NULL ? worker->details : "";
    worker->ended = true;
    worker->signal = message->ending.signal;
    worker->write_failed = message->ending.write_failed;
    worker->ending = (struct ending){
        .headline = message->ending.headline,
        .verdict = message->ending.verdict,
        .must_unmet = message->ending.must_unmet,
        .report = message->ending.has_report
                      ? arena_printf(arena, "%s.json", worker->scenario->name)
                      : NULL,
        .details = arena_copy(arena, details, strlen(details)),
    };
    worker->ending.headline.name = worker->scenario->name;
    worker->ending.headline.note = arena_copy(arena, message->text, strlen(message->text));
}

static void take_message(struct worker *worker, struct message *message)
{
    switch (message->kind) {
    case MESSAGE_PROGRESS:
        take_progress(worker, message);
        return;
    case MESSAGE_COMPLAINT:
        worker->events->complaint(worker->events->context, worker, message->text);
        return;
    case MESSAGE_DETAILS:
        take_details(worker, message->text);
        return;
    case MESSAGE_ENDING:
        take_ending(worker, message);
        return;
    }
    CHECK(false && "a message of a known kind");
}

static void describe_death(struct worker *worker, int status)
{
    struct text text;
    text_init(&text, worker->died, sizeof worker->died);
    if (WIFSIGNALED(status)) {
        text_printf(&text, "its process was ended by signal %d (SIG%s)", WTERMSIG(status),
                    sigabbrev_np(WTERMSIG(status)));
    } else if (WEXITSTATUS(status) == MEMORY_STATUS) {
        text_add(&text, "its process ran out of memory");
    } else {
        text_printf(&text, "its process ended early with status %d", WEXITSTATUS(status));
    }
}

static void worker_over(struct worker *worker)
{
    int status = 0;
    (void)loop_watch(worker->loop, &worker->watch, 0, NULL);
    close(worker->watch.fd);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR) {
    }
    worker->pid = 0;
    if (!worker->ended) {
        describe_death(worker, status);
    }
    free(worker->details);
    worker->details = NULL;
    worker->events->over(worker->events->context, worker);
}

static void worker_ready(struct loop_watch *watch, unsigned events)
{
    struct worker *worker = (struct worker *)(void *)watch;
    struct message message;
    (void)events;
    for (;;) {
        ssize_t length = recv(watch->fd, &message, sizeof message, MSG_DONTWAIT);
        if (length <= 0) {
            if (length == 0 || (errno != EAGAIN && errno != EINTR)) {
                worker_over(worker);
            }
            return;
        }
        CHECK((size_t)length > offsetof(struct message, text));
        take_message(worker, &message);
    }
}

bool worker_needs_host(const struct scenario *scenario)
{
    return scenario_has_node(scenario, NODE_EXTERNAL);
}

/* It ends when we do, as one in namespaces would. */
static pid_t fork_on_host(struct error *reterr)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        return error_os(reterr, errno, "cannot fork");
    }
    if (pid == 0) {
        CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);
        if (getppid() != parent) {
            _exit(1);
        }
    }
    return pid;
}

int worker_start(struct worker *worker,
                 struct run_command *command,
                 struct loop *loop,
                 const struct scenario *scenario,
                 struct error *reterr)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return error_os(reterr, errno, "cannot make a socket pair");
    }
    (void)fflush(NULL); /* or what is buffered would be written twice */
    pid_t pid = worker_needs_host(scenario) ? fork_on_host(reterr) : isolation_fork(reterr);
    if (pid == 0) {
        close(ends[0]);
        work(command, scenario, ends[1]);
    }
    close(ends[1]);
    worker->watch = (struct loop_watch){.fd = ends[0], .ready = worker_ready};
    worker->command = command;
    worker->loop = loop;
    worker->scenario = scenario;
    worker->pid = pid;
    if (pid > 0 && loop_watch(loop, &worker->watch, LOOP_READ, reterr) == 0) {
        return 0;
    }
    close(ends[0]);
    if (pid > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    worker->pid = 0;
    return -1;
}

void worker_signal(const struct worker *worker, int signal)
{
    if (worker->pid > 0) {
        kill(worker->pid, signal);
    }
}
