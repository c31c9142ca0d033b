#include "world/supervisor_parts.h"

#include "base/text.h"
#include "world/command_line.h"
#include "world/port.h"
#include "world/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TAIL_BYTES = 1024,
    TAIL_LINES = 3,
    WHY_MAX = 600,
};

static struct arena *arena_of(const struct process *process)
{
    return process->supervisor->settings.arena;
}

static const struct scenario_node *node_of(const struct process *process)
{
    return &process->supervisor->settings.scenario->nodes[process->node];
}

/* ---- its log ---- */

/* NULL: nobody keeps one. */
static const char *log_path(const struct process *process)
{
    const char *folder = process->supervisor->settings.programs.logs_folder;
    if (folder == NULL || process_kind(process) != NODE_COMMAND) {
        return NULL;
    }
    return arena_printf(arena_of(process), "%s/%s.log", folder, process_name(process));
}

/* -1 and errno on failure. */
static int open_log(struct process *process)
{
    const char *path = log_path(process);
    struct stat about;
    int fd =
        open(path != NULL ? path : "/dev/null", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    process->log_from = fd >= 0 && fstat(fd, &about) == 0 ? about.st_size : 0;
    return fd < 0 ? -1 : spawn_lifted(fd);
}

/* The end of what is in the file behind that place; returns its length. */
static size_t read_end(const char *path, int64_t from, char ret_bytes[static TAIL_BYTES])
{
    struct stat about;
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) < 0) {
        if (fd >= 0) {
            close(fd);
        }
        return 0;
    }
    int64_t begin = about.st_size - TAIL_BYTES > from ? about.st_size - TAIL_BYTES : from;
    ssize_t length = pread(fd, ret_bytes, TAIL_BYTES, begin);
    close(fd);
    return length > 0 ? (size_t)length : 0;
}

/* Blank lines at the end do not count. */
static const char *last_lines(char *bytes, size_t length)
{
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == ' ')) {
        length--;
    }
    bytes[length] = '\0';
    size_t at = length;
    for (int lines = 0; at > 0; at--) {
        lines += bytes[at - 1] == '\n';
        if (lines == TAIL_LINES) {
            break;
        }
    }
    for (size_t i = at; i < length; i++) {
        if (bytes[i] == '\n') {
            bytes[i] = '|';
        } else if ((unsigned char)bytes[i] < ' ') {
            bytes[i] = ' ';
        }
    }
    return bytes + at;
}

const char *process_log_tail(const struct process *process)
{
    char bytes[TAIL_BYTES + 1];
    const char *path = log_path(process);
    if (path == NULL) {
        return "";
    }
    const char *lines = last_lines(bytes, read_end(path, process->log_from, bytes));
    return lines[0] == '\0' ? "; it wrote nothing"
                            : arena_printf(arena_of(process), "; it wrote last: %s", lines);
}

/* ---- ready or not ---- */

static void await_ready(struct process *process)
{
    const struct supervisor_settings *settings = &process->supervisor->settings;
    const struct readiness_settings readiness = {
        .loop = settings->loop,
        .http = settings->http,
        .place = &settings->places->own[process->node],
        .path = node_of(process)->ready.http,
        .node = process->node,
    };
    nanos now = loop_clock();
    process->state = PROCESS_STARTING;
    process->ready_limit = nanos_add(now, node_of(process)->ready.within);
    readiness_begin(&process->readiness, &readiness, now);
}

void command_ready(struct process *process)
{
    process->state = PROCESS_READY;
    process->ready_limit = NANOS_NEVER;
    process_tell(process, (struct process_event){.at = loop_clock(), .kind = PROCESS_EVENT_READY});
}

void command_late(struct process *process)
{
    char buffer[WHY_MAX];
    char within[NANOS_TEXT_MAX];
    struct text why;
    text_init(&why, buffer, sizeof buffer);
    readiness_why(&process->readiness, &why);
    readiness_stop(&process->readiness);
    process_not_ready(process, false,
                      arena_printf(arena_of(process), "%s '%s' was not ready within %s: %s%s",
                                   process_noun(process), process_name(process),
                                   nanos_text(node_of(process)->ready.within, within), buffer,
                                   process_log_tail(process)));
}

/* ---- starting ---- */

/* What the program is started with, but for its descriptors. */
static int
write_program(const struct process *process, struct spawn_program *ret, struct error *reterr)
{
    const struct supervisor_settings *settings = &process->supervisor->settings;
    const struct scenario_node *node = node_of(process);
    struct arena *arena = arena_of(process);
    const struct command_line_values values = {
        .scenario = settings->scenario,
        .places = settings->places,
        .private_folder = settings->programs.private_folder,
        .node = process->node,
    };
    ret->program = settings->programs.paths[process->node];
    ret->folder = settings->programs.folder;
    ret->words = command_line_words(&node->command, &values, arena, reterr);
    ret->environment = command_line_environment(node->env, node->env_count, &values, arena, reterr);
    if (ret->words == NULL || ret->environment == NULL) {
        return -1;
    }
    if (node->cwd == NULL) {
        return 0;
    }
    const char *folder = command_line_replace(node->cwd, &values, arena, reterr);
    if (folder == NULL) {
        return -1;
    }
    ret->folder = folder[0] == '/' || ret->folder == NULL
                      ? folder
                      : arena_printf(arena, "%s/%s", ret->folder, folder);
    return 0;
}

/* 0 or an errno. Services stay in the caller's network. */
static int spawn_there(struct process *process, const struct spawn_program *program)
{
    const struct supervisor_settings *settings = &process->supervisor->settings;
    const struct node_networks *networks =
        process->node < settings->scenario->node_count ? settings->networks : NULL;
    int failure = node_networks_enter(networks, process->node);
    if (failure == 0) {
        failure = spawn_program(program, &process->pid);
        node_networks_leave(networks);
    }
    return failure;
}

static int watch(struct process *process, struct error *reterr)
{
    const struct supervisor_settings *settings = &process->supervisor->settings;
    process->pidfd.fd = pidfd_open(process->pid, 0);
    if (process->pidfd.fd >= 0 &&
        loop_watch(settings->loop, &process->pidfd, LOOP_READ, reterr) == 0) {
        return 0;
    }
    int os_errno = errno;
    kill(-process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    process_close_watch(process, &process->pidfd);
    return error_os(reterr, os_errno, "cannot watch it");
}

static int launch(struct process *process, struct error *reterr)
{
    struct spawn_program program = {.fds = {-1, -1, -1}};
    if (write_program(process, &program, reterr) < 0) {
        return -1;
    }
    int log_fd = open_log(process);
    if (log_fd < 0) {
        return error_os(reterr, errno, "cannot write its log");
    }
    program.fds[STDOUT_FILENO] = log_fd;
    program.fds[STDERR_FILENO] = log_fd;
    /* Members of its group that lose their parents become ours, to be reaped. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    int failure = spawn_there(process, &program);
    close(log_fd);
    if (failure != 0) {
        return error_os(reterr, failure, "'%s' in '%s'", program.program,
                        program.folder != NULL ? program.folder : ".");
    }
    guardian_add(process->supervisor->settings.guardian, process->pid);
    if (watch(process, reterr) < 0) {
        guardian_ended(process->supervisor->settings.guardian, process->pid);
        return -1;
    }
    return 0;
}

/* A stranger that answers in its place would look ready. */
static bool port_is_taken(struct process *process)
{
    uint16_t port = process_port(process);
    if (port == 0 || port_ask(process_address(process), port) != PORT_ACCEPTS) {
        return false;
    }
    char owner[PORT_OWNER_TEXT_MAX];
    port_owner_text(port, owner);
    process_not_ready(process, true,
                      arena_printf(arena_of(process),
                                   "port %u of %s '%s' is taken by %s; stop it, or choose other "
                                   "ports with --port-base",
                                   port, process_noun(process), process_name(process), owner));
    return true;
}

void command_start(struct process *process)
{
    struct error error = {.text = ""};
    if (process_kind(process) == NODE_EXTERNAL) {
        await_ready(process);
        return;
    }
    if (port_is_taken(process)) {
        return;
    }
    if (launch(process, &error) < 0) {
        process_not_ready(process, false,
                          arena_printf(arena_of(process), "cannot start %s '%s': %s",
                                       process_noun(process), process_name(process), error.text));
        return;
    }
    await_ready(process);
}

/* ---- stopping ---- */

static bool is_living_command(const struct process *process)
{
    return process_kind(process) == NODE_COMMAND && process->state != PROCESS_DOWN;
}

void supervisor_stop(struct supervisor *supervisor, nanos now)
{
    supervisor->stopping = true;
    for (size_t i = 0; i < supervisor->count; i++) {
        struct process *process = &supervisor->processes[i];
        if (!is_living_command(process) || process->group_limit != NANOS_NEVER) {
            continue;
        }
        readiness_stop(&process->readiness);
        process->ready_limit = NANOS_NEVER;
        process->kill_at = nanos_add(now, node_of(process)->stop.within);
        kill(-process->pid, node_of(process)->stop.signal);
        kill(-process->pid, SIGCONT); /* a stopped one would not hear it */
    }
}

size_t supervisor_living(const struct supervisor *supervisor)
{
    size_t living = 0;
    for (size_t i = 0; i < supervisor->count; i++) {
        living += is_living_command(&supervisor->processes[i]);
    }
    return living;
}

void supervisor_kill(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        struct process *process = &supervisor->processes[i];
        if (is_living_command(process) && process->kill_at != NANOS_NEVER) {
            process->kill_at = 0;
        }
    }
}
