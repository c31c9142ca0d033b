/* Hooks as real processes: what they are given, how they are bounded, and that nothing of them
 * stays. */
#include "world/notifier.h"

#include "unit/cmocka_all.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE    (60 * NANOS_PER_S)
#define REPORTS_MAX 128
#define NEVER_LATE  (50 * NANOS_PER_S)

static struct arena arena;
static struct loop *loop;
static struct notifier *notifier;
static struct scenario_node nodes[] = {{.name = "primary"}, {.name = "backup-1"}};
static const char *command[] = {"./hook", "two words", "", NULL};
static struct scenario scenario = {
    .name = "case",
    .nodes = nodes,
    .node_count = 2,
    .process_count = 2,
    .alerts = {.command = {.words = command, .count = 3}},
};
static struct occurrence reports[REPORTS_MAX];
static size_t report_count;
static char folder[64];
static char path[128];

static void take_report(void *context, const struct occurrence *occurrence)
{
    (void)context;
    assert_true(report_count < REPORTS_MAX);
    assert_int_equal(occurrence->kind, OCCURRENCE_HOOK);
    reports[report_count++] = *occurrence;
}

static const char *in_folder(const char *name)
{
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_program(const char *text)
{
    FILE *file = fopen(in_folder("hook"), "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0755), 0);
}

/* NULL: there is no such file, or nothing in it. */
static char *text_of(const char *name)
{
    static char text[4096];
    FILE *file = fopen(in_folder(name), "re");
    if (file == NULL) {
        return NULL;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    return length > 0 ? text : NULL;
}

static void begin(const char *program_text, nanos limit)
{
    struct error error = {.text = ""};
    if (program_text != NULL) {
        write_program(program_text);
    }
    const struct notifier_settings settings = {
        .loop = loop,
        .arena = &arena,
        .scenario = &scenario,
        .run = 2,
        .program = arena_printf(&arena, "%s/hook", folder),
        .folder = folder,
        .hook_limit = limit,
        .report = take_report,
    };
    notifier = notifier_new(&settings, &error);
    assert_non_null(notifier);
}

static void tell(uint32_t alert)
{
    const struct world_alert told = {
        .at = 3 * NANOS_PER_S + 1500,
        .why = "timeout",
        .alert = alert,
        .node = (uint16_t)(alert % 2),
        .raised = alert % 2 == 0,
    };
    notifier_tell(notifier, &told);
}

static bool wait_for(bool (*condition)(const void *argument), const void *argument)
{
    nanos limit = loop_clock() + PATIENCE;
    while (!condition(argument)) {
        if (loop_clock() > limit) {
            return false;
        }
        (void)loop_wait(loop, loop_clock() + 5 * NANOS_PER_MS);
    }
    return true;
}

static bool are_reported(const void *count)
{
    return report_count >= *(const size_t *)count;
}

static bool is_written(const void *name)
{
    return text_of(name) != NULL;
}

static void wait_for_reports(size_t count)
{
    assert_true(wait_for(are_reported, &count));
    assert_int_equal(report_count, count);
}

static void assert_ended(size_t index, enum hook_end end, uint8_t status)
{
    assert_int_equal(reports[index].hook.end, end);
    assert_int_equal(reports[index].hook.exit_status, status);
}

/* The process whose number is in that file. */
static bool is_gone(const void *name)
{
    const char *text = text_of(name);
    assert_non_null(text);
    return kill((pid_t)strtol(text, NULL, 10), 0) < 0 && errno == ESRCH;
}

static int open_descriptors(void)
{
    int count = 0;
    DIR *open_ones = opendir("/proc/self/fd");
    assert_non_null(open_ones);
    while (readdir(open_ones) != NULL) {
        count++;
    }
    closedir(open_ones);
    return count;
}

static int set_up(void **state)
{
    struct error error = {.text = ""};
    (void)state;
    arena_init(&arena, 0);
    loop = loop_new(&error);
    assert_non_null(loop);
    report_count = 0;
    notifier = NULL;
    (void)strcpy(folder, "/tmp/test_notifier.XXXXXX");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    notifier_free(notifier);
    loop_free(loop);
    arena_done(&arena);
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

/* ---- what it is given ---- */

static void a_hook_gets_one_line_of_json(void **state)
{
    (void)state;
    begin("#!/bin/sh\ncat >line\nprintf '%s|' \"$0\" \"$@\" >arguments\npwd >where\n", NEVER_LATE);
    tell(4);
    wait_for_reports(1);
    assert_ended(0, HOOK_EXITED, 0);
    assert_int_equal(reports[0].hook.alert, 4);
    assert_int_equal(reports[0].node, 0);
    assert_string_equal(text_of("line"),
                        "{\"schema\":\"bascule/alert/1\",\"scenario\":\"case\",\"run\":2,"
                        "\"node\":\"primary\",\"state\":\"failed\",\"at_ms\":3000.002,"
                        "\"why\":\"timeout\"}\n");
    assert_non_null(strstr(text_of("arguments"), "hook|two words||"));
    assert_int_equal(strncmp(text_of("where"), folder, strlen(folder)), 0);
    tell(5);
    wait_for_reports(2);
    assert_non_null(strstr(text_of("line"), "\"node\":\"backup-1\",\"state\":\"healthy\""));
}

static void begin_in_disorder(const char *program_text)
{
    sigset_t blocked;
    sigset_t before;
    assert_int_equal(sigfillset(&blocked), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
    void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
    int held = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    assert_int_equal(fcntl(held, F_SETFD, 0), 0); /* not even closed on exec */
    begin(program_text, NEVER_LATE);
    close(held);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    (void)signal(SIGPIPE, handler);
}

/* Whatever the harness blocks and ignores. A shell would clear its mask by itself. */
static void a_hook_begins_with_clean_signals(void **state)
{
    (void)state;
    begin_in_disorder("#!/usr/bin/awk -f\nBEGIN {\n"
                      "while ((getline line < \"/proc/self/status\") > 0)\n"
                      "if (line ~ /^Sig(Blk|Ign)/) {\n"
                      /* 32 and 33 are the C library's own, and may be inherited as ignored. */
                      "sub(/180000000$/, \"000000000\", line)\n"
                      "print line >\"signals\"\n}\n}\n");
    tell(0);
    wait_for_reports(1);
    assert_ended(0, HOOK_EXITED, 0);
    assert_string_equal(text_of("signals"),
                        "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void a_hook_has_nothing_of_the_harness_open(void **state)
{
    (void)state;
    begin_in_disorder("#!/bin/sh\nreadlink /proc/$$/fd/* >descriptors\n"
                      "cut -d' ' -f5 /proc/$$/stat >group\necho $$ >self\n");
    tell(0);
    wait_for_reports(1);
    const char *descriptors = text_of("descriptors");
    assert_null(strstr(descriptors, "socket:"));
    assert_null(strstr(descriptors, "anon_inode:"));
    assert_null(strstr(descriptors, "passwd"));
    long self = strtol(text_of("self"), NULL, 10);
    assert_int_equal(strtol(text_of("group"), NULL, 10), self);
}

/* ---- how it ends ---- */

static void how_a_hook_ends_is_told(void **state)
{
    (void)state;
    begin("#!/bin/sh\nread line\ncase $line in *primary*) exit 3 ;; esac\nkill -TERM $$\n",
          NEVER_LATE);
    tell(0);
    wait_for_reports(1);
    assert_ended(0, HOOK_EXITED, 3);
    tell(1);
    wait_for_reports(2);
    assert_ended(1, HOOK_SIGNALLED, 0);
    assert_int_equal(notifier_under_way(notifier), 0);
}

static void what_cannot_be_started_is_told(void **state)
{
    (void)state;
    begin("no program at all", NEVER_LATE); /* it would be one for a shell */
    tell(0);
    wait_for_reports(1);
    assert_ended(0, HOOK_NOT_STARTED, 0);
    assert_int_equal(unlink(in_folder("hook")), 0);
    tell(1);
    wait_for_reports(2);
    assert_ended(1, HOOK_NOT_STARTED, 0);
}

static void a_late_hook_is_killed_with_its_children(void **state)
{
    (void)state;
    begin("#!/bin/sh\ntrap '' TERM\nsleep 600 &\necho $! >child\necho $$ >self\nwait\n",
          500 * NANOS_PER_MS);
    tell(0);
    wait_for_reports(1);
    assert_ended(0, HOOK_TIMED_OUT, 0);
    if (text_of("child") != NULL) { /* a busy machine may not have come so far */
        assert_true(is_gone("child"));
    }
}

static void children_of_a_hook_end_with_it(void **state)
{
    (void)state;
    begin("#!/bin/sh\nsleep 600 &\necho $! >child\n", NEVER_LATE);
    tell(0);
    wait_for_reports(1);
    assert_ended(0, HOOK_EXITED, 0);
    assert_true(is_gone("child"));
}

static void the_end_of_the_run_cuts_hooks(void **state)
{
    int before = open_descriptors();
    (void)state;
    /* Several write the file, and may be cut in the middle of it. */
    begin("#!/bin/sh\nsleep 600 &\necho $! >new.$$\nmv new.$$ child\nwait\n", NEVER_LATE);
    for (uint32_t alert = 0; alert < 6; alert++) { /* two of them wait */
        tell(alert);
    }
    assert_true(wait_for(is_written, "child"));
    assert_int_equal(notifier_under_way(notifier), 6);
    notifier_stop(notifier);
    assert_int_equal(report_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_ended(i, HOOK_CUT, 0);
    }
    assert_true(is_gone("child"));
    assert_int_equal(open_descriptors(), before);
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
    tell(6);
    wait_for_reports(7);
    assert_ended(6, HOOK_NOT_STARTED, 0);
}

/* ---- how many ---- */

/* Each says how many are there with it, and stays until it may go. */
static void only_four_run_at_once(void **state)
{
    (void)state;
    begin("#!/bin/sh\n: >running.$$\nset -- running.*\necho $# >>counts\n"
          "while [ ! -e go ]; do sleep 0.01; done\nrm running.$$\n",
          NEVER_LATE);
    for (uint32_t alert = 0; alert < 9; alert++) {
        tell(alert);
    }
    assert_true(wait_for(is_written, "counts"));
    while (strchr(text_of("counts"), '4') == NULL) {
        (void)loop_wait(loop, loop_clock() + 5 * NANOS_PER_MS);
    }
    int go = open(in_folder("go"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(go >= 0);
    close(go);
    wait_for_reports(9);
    assert_null(strpbrk(text_of("counts"), "56789"));
    for (size_t i = 0; i < 9; i++) {
        assert_ended(i, HOOK_EXITED, 0);
    }
}

static void a_run_has_a_hundred_hooks(void **state)
{
    (void)state;
    begin("#!/bin/true\n", NEVER_LATE);
    for (uint32_t alert = 0; alert < NOTIFIER_HOOKS_MAX + 3; alert++) {
        tell(alert);
    }
    wait_for_reports(NOTIFIER_HOOKS_MAX + 1);
    size_t too_many = 0;
    for (size_t i = 0; i < report_count; i++) {
        bool is_first_too_many = reports[i].hook.alert == NOTIFIER_HOOKS_MAX;
        assert_int_equal(reports[i].hook.end, is_first_too_many ? HOOK_TOO_MANY : HOOK_EXITED);
        too_many += is_first_too_many;
    }
    assert_int_equal(too_many, 1);
}

/* ---- when the harness is killed ---- */

static void a_killed_harness_leaves_no_hook(void **state)
{
    (void)state;
    pid_t harness = fork();
    if (harness == 0) {
        begin("#!/bin/sh\nsleep 600 &\necho $! >child\necho $$ >self\nwait\n", NEVER_LATE);
        tell(0);
        (void)wait_for(is_written, "self");
        (void)raise(SIGKILL);
    }
    assert_int_equal(waitpid(harness, NULL, 0), harness);
    assert_true(wait_for(is_gone, "self"));
    assert_true(wait_for(is_gone, "child"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_hook_gets_one_line_of_json),
        TEST(a_hook_begins_with_clean_signals),
        TEST(a_hook_has_nothing_of_the_harness_open),
        TEST(how_a_hook_ends_is_told),
        TEST(what_cannot_be_started_is_told),
        TEST(a_late_hook_is_killed_with_its_children),
        TEST(children_of_a_hook_end_with_it),
        TEST(the_end_of_the_run_cuts_hooks),
        TEST(only_four_run_at_once),
        TEST(a_run_has_a_hundred_hooks),
        TEST(a_killed_harness_leaves_no_hook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
