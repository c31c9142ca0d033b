/* The supervisor over programs of the user's: shells and a small server, with all that may go
 * wrong.
 */
#include "unit/cmocka_all.h"

#include "world/port.h"
#include "world/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE (30 * NANOS_PER_S)
#define TOLD_MAX 16

/* Says that it listens, does, has a child that would outlive it, and waits. */
#define SERVER                                                                                     \
    "import os,signal,socket,sys,time\n"                                                           \
    "s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)\n"                   \
    "s.bind((sys.argv[1],int(sys.argv[2])))\n"                                                     \
    "print('listens as',os.environ.get('WHO'),'in',os.getcwd(),flush=True)\n"                      \
    "s.listen(16)\n"                                                                               \
    "child=os.fork()\n"                                                                            \
    "if child==0: signal.signal(signal.SIGTERM,signal.SIG_IGN)\n"                                  \
    "while True: time.sleep(60)\n"

static struct fixture {
    struct arena arena;
    struct loop *loop;
    char folder[64];
    const char *words[8];
    const char *program;
    struct environment_variable variable;
    struct scenario_node node;
    struct scenario scenario;
    struct node_places places;
    struct supervisor *supervisor;
    struct process_event told[TOLD_MAX];
    size_t told_count;
} fixture;

static void take_event(void *context, const struct process_event *event)
{
    (void)context;
    assert_true(fixture.told_count < TOLD_MAX);
    fixture.told[fixture.told_count++] = *event;
}

static int set_up(void **state)
{
    struct error error = {.text = ""};
    uint16_t port = 0;
    (void)state;
    fixture = (struct fixture){.folder = "/tmp/supervisor-command-XXXXXX"};
    arena_init(&fixture.arena, 0);
    assert_non_null(mkdtemp(fixture.folder));
    fixture.loop = loop_new(&error);
    assert_int_equal(port_find_free(&port, 1, &error), 0);
    fixture.variable = (struct environment_variable){.name = "WHO", .value = "$(name)"};
    fixture.node = (struct scenario_node){
        .name = "a",
        .kind = NODE_COMMAND,
        .port = port,
        .command = {.words = fixture.words},
        .env = &fixture.variable,
        .env_count = 1,
        .ready = {.within = PATIENCE},
        .stop = {.signal = SIGTERM, .within = PATIENCE},
    };
    fixture.scenario = (struct scenario){
        .nodes = &fixture.node,
        .node_count = 1,
        .process_count = 1,
        .client = {.instances = 1},
    };
    return 0;
}

static int tear_down(void **state)
{
    char log[128];
    (void)state;
    supervisor_free(fixture.supervisor);
    loop_free(fixture.loop);
    arena_done(&fixture.arena);
    (void)snprintf(log, sizeof log, "%s/a.log", fixture.folder);
    (void)unlink(log);
    assert_int_equal(rmdir(fixture.folder), 0);
    return 0;
}

/* From a shell, with one line of it. */
static void command(const char *program, const char *first, const char *second)
{
    fixture.program = program;
    fixture.words[0] = program;
    fixture.words[1] = first;
    fixture.words[2] = second;
    fixture.words[3] = "$(address)";
    fixture.words[4] = "$(port)";
    fixture.node.command.count = 5;
}

static void start(void)
{
    struct error error = {.text = ""};
    assert_int_equal(
        node_places_init(&fixture.places, &fixture.scenario, NULL, false, &fixture.arena, &error),
        0);
    const struct supervisor_settings settings = {
        .loop = fixture.loop,
        .arena = &fixture.arena,
        .scenario = &fixture.scenario,
        .places = &fixture.places,
        .programs = {.paths = &fixture.program,
                     .folder = "/",
                     .private_folder = fixture.folder,
                     .logs_folder = fixture.folder},
        .report = take_event,
    };
    fixture.supervisor = supervisor_new(&settings);
    supervisor_start(fixture.supervisor, 0);
}

static void turn(nanos until)
{
    (void)loop_wait(fixture.loop,
                    nanos_min(until, supervisor_deadline(fixture.supervisor, loop_clock())));
    supervisor_poll(fixture.supervisor, loop_clock());
}

static const struct process_event *await(size_t count, enum process_event_kind kind)
{
    nanos limit = loop_clock() + PATIENCE;
    while (fixture.told_count < count) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    if (fixture.told[count - 1].kind != kind) {
        fail_msg("event %d instead of %d: %s", fixture.told[count - 1].kind, kind,
                 fixture.told[count - 1].text != NULL ? fixture.told[count - 1].text : "");
    }
    return &fixture.told[count - 1];
}

static void expect_text(const struct process_event *event, const char *wanted)
{
    if (strstr(event->text, wanted) == NULL) {
        fail_msg("'%s' is not in '%s'", wanted, event->text);
    }
}

static void read_log(char *ret, size_t size)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/a.log", fixture.folder);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    ret[fread(ret, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

static void start_server(void)
{
    command("/usr/bin/python3", "-c", SERVER);
    start();
    (void)await(1, PROCESS_EVENT_READY);
}

static void test_a_server_gets_ready_and_is_killed_with_its_children(void **state)
{
    (void)state;
    char log[256];
    fixture.node.cwd = "tmp";
    start_server();
    read_log(log, sizeof log);
    assert_string_equal(log, "listens as a in /tmp\n");
    assert_true(supervisor_signal(fixture.supervisor, 0, SIGKILL));
    const struct process_event *exited = await(2, PROCESS_EVENT_EXITED);
    assert_true(exited->was_ready);
    assert_false(exited->port_accepts);
    assert_int_equal(supervisor_state(fixture.supervisor, 0), PROCESS_DOWN);
    supervisor_start(fixture.supervisor, 0);
    (void)await(3, PROCESS_EVENT_READY);
    read_log(log, sizeof log);
    assert_string_equal(log, "listens as a in /tmp\nlistens as a in /tmp\n");
}

/* Its child has the port, too, and ignores the signal. */
static void test_terminated_is_the_whole_group(void **state)
{
    (void)state;
    start_server();
    assert_true(supervisor_signal(fixture.supervisor, 0, SIGTERM));
    assert_false(await(2, PROCESS_EVENT_EXITED)->port_accepts);
    expect_text(&fixture.told[1], "ended by signal 15");
}

static void test_stopped_and_continued(void **state)
{
    (void)state;
    start_server();
    assert_true(supervisor_signal(fixture.supervisor, 0, SIGSTOP));
    (void)await(2, PROCESS_EVENT_STOPPED);
    assert_true(supervisor_signal(fixture.supervisor, 0, SIGCONT));
    (void)await(3, PROCESS_EVENT_CONTINUED);
}

static void test_an_exit_before_it_is_ready_is_told_with_its_last_words(void **state)
{
    (void)state;
    command("/bin/sh", "-c",
            "echo 1; echo 2; echo \"no such file: x\"; echo giving up >&2; exit 7");
    start();
    const struct process_event *told = await(1, PROCESS_EVENT_NOT_READY);
    expect_text(told, "node 'a' exited with status 7 before it was ready; it wrote last: "
                      "2|no such file: x|giving up");
    assert_false(told->port_was_taken);
    assert_false(await(2, PROCESS_EVENT_EXITED)->was_ready);
}

static void test_one_that_never_listens_is_late(void **state)
{
    (void)state;
    fixture.node.ready.within = 100 * NANOS_PER_MS;
    command("/bin/sh", "-c", "exec sleep 600");
    start();
    const struct process_event *told = await(1, PROCESS_EVENT_NOT_READY);
    expect_text(told, "node 'a' was not ready within 100ms: port ");
    expect_text(told, " is refused; it wrote nothing");
}

static void test_a_program_that_cannot_be_run(void **state)
{
    (void)state;
    command("/tmp/no/such/program", "", "");
    start();
    expect_text(await(1, PROCESS_EVENT_NOT_READY),
                "cannot start node 'a': '/tmp/no/such/program' in '/': No such file");
}

static void test_a_taken_port_is_told_with_its_owner(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in where = {.sin_family = AF_INET,
                                      .sin_port = htons(fixture.node.port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(bind(fd, (const struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(fd, 1), 0);
    command("/bin/sh", "-c", "exec sleep 600");
    start();
    const struct process_event *told = await(1, PROCESS_EVENT_NOT_READY);
    assert_true(told->port_was_taken);
    expect_text(told, arena_printf(&fixture.arena, "is taken by process %d (", getpid()));
    assert_int_equal(supervisor_state(fixture.supervisor, 0), PROCESS_DOWN);
    close(fd);
}

static void test_an_external_node_is_asked_and_left_alone(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof where;
    assert_int_equal(bind(fd, (const struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &length), 0);
    fixture.node.kind = NODE_EXTERNAL;
    fixture.node.port = ntohs(where.sin_port);
    start();
    (void)await(1, PROCESS_EVENT_READY);
    assert_false(supervisor_signal(fixture.supervisor, 0, SIGKILL));
    supervisor_stop(fixture.supervisor, loop_clock());
    assert_int_equal(supervisor_living(fixture.supervisor), 0);
    close(fd);
}

static void test_a_service_without_a_port_is_ready_once_it_runs(void **state)
{
    (void)state;
    fixture.scenario.node_count = 0;
    fixture.node.port = 0;
    command("/bin/sh", "-c", "exit 3");
    fixture.words[4] = "-";
    start();
    const struct process_event *told = &fixture.told[0];
    nanos limit = loop_clock() + PATIENCE;
    while (fixture.told_count < 1 ||
           fixture.told[fixture.told_count - 1].kind != PROCESS_EVENT_EXITED) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    if (told->kind == PROCESS_EVENT_NOT_READY) { /* it was faster than we */
        expect_text(told, "service 'a' exited with status 3 before it was ready");
    }
}

static bool lives(pid_t pid)
{
    return kill(pid, 0) == 0;
}

/* In good order, by the signal of its choice. A shell that is about to start something cannot be
   stopped: so it has started all it will before it says so. */
static void test_stopped_at_the_end_by_its_own_signal(void **state)
{
    (void)state;
    char log[256];
    fixture.node.stop.signal = SIGUSR1;
    fixture.node.port = 0;
    command("/bin/sh", "-c", "trap 'echo bye; exit 0' USR1; sleep 600 & echo up; wait");
    fixture.words[4] = "-";
    start();
    (void)await(1, PROCESS_EVENT_READY);
    nanos limit = loop_clock() + PATIENCE;
    do { /* the trap is set */
        read_log(log, sizeof log);
        assert_true(loop_clock() < limit);
    } while (strcmp(log, "up\n") != 0);
    assert_true(supervisor_signal(fixture.supervisor, 0, SIGSTOP)); /* a stopped one, too */
    (void)await(2, PROCESS_EVENT_STOPPED);
    supervisor_stop(fixture.supervisor, loop_clock());
    assert_int_equal(supervisor_living(fixture.supervisor), 1);
    while (supervisor_living(fixture.supervisor) > 0) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    read_log(log, sizeof log);
    assert_non_null(strstr(log, "bye\n")); /* the shell may tell of its child's end, too */
    assert_int_equal(fixture.told_count, 2);
}

static void test_killed_at_the_end_if_it_does_not_stop(void **state)
{
    (void)state;
    char log[256];
    int child = 0;
    fixture.node.stop.within = 10 * NANOS_PER_MS;
    fixture.node.port = 0;
    command("/bin/sh", "-c", "trap '' TERM; sleep 600 & echo $!; while :; do sleep 600; done");
    fixture.words[4] = "-";
    start();
    (void)await(1, PROCESS_EVENT_READY);
    nanos limit = loop_clock() + PATIENCE;
    do {
        read_log(log, sizeof log);
        assert_true(loop_clock() < limit);
    } while (strchr(log, '\n') == NULL);
    child = (int)strtol(log, NULL, 10);
    assert_true(lives(child));
    supervisor_stop(fixture.supervisor, loop_clock());
    while (supervisor_living(fixture.supervisor) > 0) {
        assert_true(loop_clock() < limit);
        turn(limit);
    }
    assert_false(lives(child));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_server_gets_ready_and_is_killed_with_its_children),
        TEST(test_terminated_is_the_whole_group),
        TEST(test_stopped_and_continued),
        TEST(test_an_exit_before_it_is_ready_is_told_with_its_last_words),
        TEST(test_one_that_never_listens_is_late),
        TEST(test_a_program_that_cannot_be_run),
        TEST(test_a_taken_port_is_told_with_its_owner),
        TEST(test_an_external_node_is_asked_and_left_alone),
        TEST(test_a_service_without_a_port_is_ready_once_it_runs),
        TEST(test_stopped_at_the_end_by_its_own_signal),
        TEST(test_killed_at_the_end_if_it_does_not_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
