#include "world/exec_client_parts.h"

#include "base/check.h"
#include "world/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES  (1024 * 1024) /* asked for; an ordinary user may get less */
#define READ_BYTES  65536
#define READS_MAX   64                /* at one go: faults must not wait for a talker */
#define GOES_WITHIN (1 * NANOS_PER_S) /* from the end of a pipe to that of the process */

static void close_watch(struct instance *instance, struct loop_watch *watch)
{
    if (watch->fd >= 0) {
        loop_forget(instance->client->settings.loop, watch);
        close(watch->fd);
        watch->fd = -1;
    }
}

void instance_close_pipes(struct instance *instance)
{
    close_watch(instance, &instance->input);
    close_watch(instance, &instance->output);
    instance->unsent_length = 0;
}

/* It may be about to end, which its pidfd tells; if it goes on all the same, it is given up. */
static void expect_end(struct instance *instance, const char *why)
{
    if (instance->state != INSTANCE_STOPPING) {
        instance->limit = loop_clock() + GOES_WITHIN;
        instance->limit_why = why;
    }
}

/* ---- to the program ---- */

/* Returns what the pipe took; all of it if nobody reads there any more. */
static size_t write_some(struct instance *instance, const char *bytes, size_t length)
{
    ssize_t written;
    do {
        written = write(instance->input.fd, bytes, length);
    } while (written < 0 && errno == EINTR);
    if (written >= 0) {
        return (size_t)written;
    }
    if (errno == EAGAIN) {
        return 0;
    }
    close_watch(instance, &instance->input);
    instance->unsent_length = 0;
    expect_end(instance, "closed its standard input");
    return length;
}

static void keep_unsent(struct instance *instance, const char *bytes, size_t length)
{
    size_t needed = instance->unsent_length + length;
    if (needed > EXEC_CLIENT_UNREAD_MAX) {
        instance_break(instance, REASON_CLIENT_PROTOCOL,
                       arena_printf(instance->client->settings.arena,
                                    "%s does not read its standard input: %zu MiB wait for it",
                                    instance_name(instance), EXEC_CLIENT_UNREAD_MAX / 1024 / 1024));
        return;
    }
    if (instance->unsent_first + needed > instance->unsent_capacity) {
        size_t capacity = instance->unsent_capacity == 0 ? READ_BYTES : instance->unsent_capacity;
        while (capacity < needed) {
            capacity *= 2;
        }
        char *grown = malloc(capacity);
        CHECK_MEMORY(grown != NULL);
        if (instance->unsent_length > 0) {
            memcpy(grown, instance->unsent + instance->unsent_first, instance->unsent_length);
        }
        free(instance->unsent);
        instance->unsent = grown;
        instance->unsent_capacity = capacity;
        instance->unsent_first = 0;
    }
    memcpy(instance->unsent + instance->unsent_first + instance->unsent_length, bytes, length);
    instance->unsent_length += length;
}

static void watch_input(struct instance *instance, unsigned interest)
{
    struct error error = {.text = ""};
    if (loop_watch(instance->client->settings.loop, &instance->input, interest, &error) < 0) {
        instance_break(instance, REASON_CLIENT_DIED,
                       arena_printf(instance->client->settings.arena, "cannot watch %s: %s",
                                    instance_name(instance), error.text));
    }
}

void instance_say(struct instance *instance, const char *bytes, size_t length)
{
    if (instance->input.fd < 0 || instance->broken) {
        return;
    }
    size_t written = instance->unsent_length == 0 ? write_some(instance, bytes, length) : 0;
    if (written == length) {
        return;
    }
    bool watched = instance->unsent_length > 0;
    keep_unsent(instance, bytes + written, length - written);
    if (!watched && instance->input.fd >= 0) {
        watch_input(instance, LOOP_WRITE);
    }
}

static void input_ready(struct loop_watch *watch, unsigned events)
{
    struct instance *instance = (struct instance *)(void *)watch;
    (void)events;
    size_t written =
        write_some(instance, instance->unsent + instance->unsent_first, instance->unsent_length);
    if (watch->fd < 0) {
        return;
    }
    instance->unsent_first += written;
    instance->unsent_length -= written;
    if (instance->unsent_length > 0) {
        return;
    }
    instance->unsent_first = 0;
    if (instance->stop_said) {
        close_watch(instance, &instance->input);
    } else {
        watch_input(instance, 0);
    }
}

void instance_stop(struct instance *instance)
{
    char line[EXEC_ORDER_MAX];
    struct text text;
    if (instance->state == INSTANCE_IDLE || instance->state == INSTANCE_GONE || instance->broken) {
        return;
    }
    text_init(&text, line, sizeof line);
    exec_protocol_stop(&text);
    instance_say(instance, line, text.length);
    instance->state = INSTANCE_STOPPING;
    instance->stop_said = true;
    instance->limit = loop_clock() + EXEC_CLIENT_STOP_WITHIN;
    instance->limit_why = "ignored 'stop': it still ran 2 s later";
    if (instance->unsent_length == 0) {
        close_watch(instance, &instance->input);
    }
}

/* ---- from the program ---- */

static void take_lines(struct instance *instance, size_t fresh)
{
    size_t begin = 0;
    size_t from = instance->heard_length - fresh;
    while (!instance->broken) {
        char *end = memchr(instance->heard + from, '\n', instance->heard_length - from);
        if (end == NULL) {
            break;
        }
        size_t length = (size_t)(end - instance->heard) - begin;
        instance_hear(instance, instance->heard + begin, length);
        begin += length + 1;
        from = begin;
    }
    instance->heard_length -= begin;
    memmove(instance->heard, instance->heard + begin, instance->heard_length);
    if (instance->heard_length > EXEC_LINE_MAX && !instance->broken) {
        char quote[EXEC_QUOTE_MAX * 2 + 64];
        struct text text;
        text_init(&text, quote, sizeof quote);
        exec_line_quote(&text, instance->heard, instance->heard_length);
        instance_break(instance, REASON_CLIENT_PROTOCOL,
                       arena_printf(instance->client->settings.arena,
                                    "%s wrote a line of more than %zu MiB: %s",
                                    instance_name(instance), EXEC_LINE_MAX / 1024 / 1024,
                                    text.data));
    }
}

static void make_room(struct instance *instance)
{
    if (instance->heard_capacity - instance->heard_length >= READ_BYTES) {
        return;
    }
    size_t capacity =
        instance->heard_capacity == 0 ? (size_t)2 * READ_BYTES : instance->heard_capacity * 2;
    char *grown = realloc(instance->heard, capacity);
    CHECK_MEMORY(grown != NULL);
    instance->heard = grown;
    instance->heard_capacity = capacity;
}

/* False once there is nothing more for now. */
static bool read_some(struct instance *instance)
{
    make_room(instance);
    ssize_t length =
        read(instance->output.fd, instance->heard + instance->heard_length, READ_BYTES);
    if (length < 0) {
        return errno == EINTR;
    }
    if (length == 0) {
        close_watch(instance, &instance->output);
        expect_end(instance, "closed its standard output");
        return false;
    }
    instance->heard_length += (size_t)length;
    take_lines(instance, (size_t)length);
    return !instance->broken;
}

static void output_ready(struct loop_watch *watch, unsigned events)
{
    struct instance *instance =
        (struct instance *)(void *)((char *)watch - offsetof(struct instance, output));
    (void)events;
    for (int i = 0; i < READS_MAX && watch->fd >= 0 && read_some(instance); i++) {
    }
}

/* ---- its end ---- */

static const char *end_text(const struct instance *instance, const siginfo_t *info)
{
    struct arena *arena = instance->client->settings.arena;
    const char *when = instance->state == INSTANCE_STARTING ? " before it was ready" : "";
    if (info->si_code == CLD_EXITED) {
        return arena_printf(arena, "%s exited with status %d%s", instance_name(instance),
                            info->si_status, when);
    }
    return arena_printf(arena, "%s was ended by signal %d (%s)%s", instance_name(instance),
                        info->si_status, strsignal(info->si_status), when);
}

static void pidfd_ready(struct loop_watch *watch, unsigned events)
{
    struct instance *instance =
        (struct instance *)(void *)((char *)watch - offsetof(struct instance, pidfd));
    siginfo_t info = {0};
    (void)events;
    if (waitid(P_PIDFD, (id_t)watch->fd, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
        info.si_pid == 0) {
        return;
    }
    /* What it started goes with it; its last words come before its end. */
    kill(-instance->pid, SIGKILL);
    (void)waitpid(instance->pid, NULL, 0);
    guardian_ended(instance->client->settings.guardian, instance->pid);
    while (instance->output.fd >= 0 && read_some(instance)) {
    }
    if (instance->state != INSTANCE_STOPPING) {
        instance_break(instance, REASON_CLIENT_DIED, end_text(instance, &info));
    }
    instance->state = INSTANCE_GONE;
    instance->limit = NANOS_NEVER;
    instance_close_pipes(instance);
    close_watch(instance, watch);
}

/* ---- its beginning ---- */

static int open_log(const struct instance *instance)
{
    const char *folder = instance->client->settings.logs_folder;
    if (folder == NULL) {
        return fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    }
    /* Runs of one scenario follow one another in it. */
    return open(arena_printf(instance->client->settings.arena, "%s/client-%u.log", folder,
                             instance->index + 1U),
                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* Gives 0 or an errno; the ends of the harness are non-blocking. */
static int open_pipes(struct instance *instance, int standard[3])
{
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};
    if (pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0) {
        int failure = errno;
        if (input[0] >= 0) {
            close(input[0]);
            close(input[1]);
        }
        return failure;
    }
    (void)fcntl(input[1], F_SETPIPE_SZ, PIPE_BYTES);
    (void)fcntl(output[0], F_SETPIPE_SZ, PIPE_BYTES);
    (void)fcntl(input[1], F_SETFL, O_NONBLOCK);
    (void)fcntl(output[0], F_SETFL, O_NONBLOCK);
    instance->input.fd = input[1];
    instance->output.fd = output[0];
    standard[0] = spawn_lifted(input[0]);
    standard[1] = spawn_lifted(output[1]);
    standard[2] = spawn_lifted(open_log(instance));
    return 0;
}

/* 0 or an errno. */
static int run_program(struct instance *instance)
{
    const struct exec_client_settings *settings = &instance->client->settings;
    int standard[3] = {-1, -1, -1};
    int failure = open_pipes(instance, standard);
    if (failure == 0 && (standard[0] < 0 || standard[1] < 0)) {
        failure = EMFILE;
    }
    if (failure == 0) {
        const struct spawn_program program = {
            .program = settings->program,
            .words = settings->words,
            .environment = settings->environment,
            .folder = settings->folder,
            .fds = {standard[0], standard[1], standard[2]},
        };
        failure = spawn_program(&program, &instance->pid);
    }
    for (int i = 0; i < 3; i++) {
        if (standard[i] >= 0) {
            close(standard[i]);
        }
    }
    return failure;
}

void instance_start(struct instance *instance)
{
    const struct exec_client_settings *settings = &instance->client->settings;
    struct error error = {.text = ""};
    int failure = run_program(instance);
    if (failure != 0) {
        instance_break(instance, REASON_CLIENT_DIED,
                       arena_printf(settings->arena, "cannot start '%s' as a client: %s",
                                    settings->program, strerror(failure)));
        instance_close_pipes(instance);
        return;
    }
    guardian_add(settings->guardian, instance->pid);
    instance->state = INSTANCE_STARTING;
    instance->input.ready = input_ready;
    instance->output.ready = output_ready;
    instance->pidfd.ready = pidfd_ready;
    instance->pidfd.fd = pidfd_open(instance->pid, 0);
    if (instance->pidfd.fd < 0 ||
        loop_watch(settings->loop, &instance->pidfd, LOOP_READ, &error) < 0 ||
        loop_watch(settings->loop, &instance->output, LOOP_READ, &error) < 0) {
        instance_break(instance, REASON_CLIENT_DIED,
                       arena_printf(settings->arena, "cannot watch %s: %s", instance_name(instance),
                                    strerror(errno)));
    }
}

void instance_free(struct instance *instance)
{
    instance_close_pipes(instance);
    close_watch(instance, &instance->pidfd);
    if (instance->state != INSTANCE_IDLE && instance->state != INSTANCE_GONE) {
        kill(-instance->pid, SIGKILL);
        (void)waitpid(instance->pid, NULL, 0);
        guardian_ended(instance->client->settings.guardian, instance->pid);
        instance->state = INSTANCE_GONE;
    }
    free(instance->unsent);
    free(instance->heard);
}
