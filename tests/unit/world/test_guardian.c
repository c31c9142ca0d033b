/* The guardian: a harness, played by a child, starts a node of two processes that no polite signal
   ends, and is killed. */
#include "unit/cmocka_all.h"
#include "world/guardian.h"
#include "world/private_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the harness does with its guardian before it ends. */
enum plan {
    PLAN_TELL,         /* of its group */
    PLAN_TELL_STOPPED, /* and stops the group */
    PLAN_TELL_ENDED,   /* of its end, too: it is not to be killed then */
    PLAN_FREE,         /* in good order */
};

_Noreturn static void live_for_ever(int ready)
{
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN);
    (void)alarm(60); /* if everything else fails */
    (void)!write(ready, "", 1);
    for (;;) {
        (void)pause();
    }
}

/* The leader of the group and a child of it; returns once both are deaf. */
static pid_t start_node(void)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t leader = fork();
    if (leader == 0) {
        (void)setpgid(0, 0);
        (void)fork();
        live_for_ever(ready[1]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return leader;
}

_Noreturn static void be_harness(enum plan plan, int report)
{
    struct error error = {.text = ""};
    pid_t group = start_node(); /* first, since it is not told what to close */
    struct guardian *guardian = guardian_new(1, NULL, &error);
    guardian_add(guardian, group);
    if (plan == PLAN_TELL_STOPPED) {
        (void)kill(-group, SIGSTOP);
    }
    if (plan == PLAN_TELL_ENDED) {
        guardian_ended(guardian, group);
    }
    if (plan == PLAN_FREE) {
        guardian_free(guardian);
    }
    (void)!write(report, &group, sizeof group);
    (void)raise(SIGKILL);
    _exit(1);
}

/* Everything that a dead harness leaves becomes a child of this process, and can be waited for. */
static int become_reaper(void **state)
{
    (void)state;
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Runs a harness to its end. Gives its group and a descriptor at which the end is read once no node
   of its is left: only the guardian holds no other end. */
static pid_t run_harness(enum plan plan, int *ret_life)
{
    int life[2];
    int report[2];
    pid_t group = 0;
    assert_int_equal(pipe2(life, O_CLOEXEC), 0);
    assert_int_equal(pipe2(report, O_CLOEXEC), 0);
    pid_t harness = fork();
    if (harness == 0) {
        close(life[0]);
        close(report[0]);
        be_harness(plan, report[1]);
    }
    close(life[1]);
    close(report[1]);
    assert_int_equal(read(report[0], &group, sizeof group), (ssize_t)sizeof group);
    close(report[0]);
    assert_int_equal(waitpid(harness, NULL, 0), harness);
    *ret_life = life[0];
    return group;
}

/* Blocks until the last of them is gone; the test's own time limit is the deadline. */
static void await_end(int life)
{
    char byte;
    assert_int_equal(read(life, &byte, 1), 0);
    close(life);
    while (waitpid(-1, NULL, 0) > 0) {
    }
    assert_int_equal(errno, ECHILD);
}

static void test_a_killed_harness_takes_its_groups_along(void **state)
{
    int life;
    (void)state;
    (void)run_harness(PLAN_TELL, &life);
    await_end(life);
}

static void test_stopped_ones_too(void **state)
{
    int life;
    (void)state;
    (void)run_harness(PLAN_TELL_STOPPED, &life);
    await_end(life);
}

/* Who ends by itself is the guardian. */
static void test_a_group_that_has_ended_is_nobodys(void **state)
{
    int life;
    (void)state;
    pid_t group = run_harness(PLAN_TELL_ENDED, &life);
    pid_t first = waitpid(-1, NULL, 0);
    assert_true(first > 0 && first != group);
    assert_int_equal(kill(-group, 0), 0);
    assert_int_equal(kill(-group, SIGKILL), 0);
    await_end(life);
}

static void test_none_is_left_after_a_harness_that_ends_well(void **state)
{
    int life;
    (void)state;
    pid_t group = run_harness(PLAN_FREE, &life);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* only the node, which lives */
    assert_int_equal(kill(-group, SIGKILL), 0);
    await_end(life);
}

static void test_nobody_is_left_of_one_that_is_freed(void **state)
{
    struct error error = {.text = ""};
    (void)state;
    assert_true(guardian_is_needed());
    struct guardian *guardian = guardian_new(1, NULL, &error);
    assert_non_null(guardian);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), 0);
    assert_null(guardian_free(guardian));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* With what is in it, a link to elsewhere included, and nothing of elsewhere. */
static void test_a_killed_harness_leaves_no_folder(void **state)
{
    struct error error = {.text = ""};
    struct private_folder folder;
    struct scenario scenario = {.process_count = 0};
    char path[300];
    (void)state;
    assert_int_equal(private_folder_make(&folder, &scenario, NULL, &error), 0);
    pid_t harness = fork();
    if (harness == 0) {
        (void)snprintf(path, sizeof path, "%s/inner", folder.path);
        (void)mkdir(path, 0700);
        (void)snprintf(path, sizeof path, "%s/inner/link", folder.path);
        (void)!symlink("/tmp", path);
        (void)guardian_new(1, folder.path, &error);
        (void)raise(SIGKILL);
        _exit(1);
    }
    while (waitpid(-1, NULL, 0) > 0) { /* the guardian, too */
    }
    assert_int_equal(access(folder.path, F_OK), -1);
    assert_int_equal(access("/tmp", F_OK), 0);
}

static void test_none_is_fine(void **state)
{
    (void)state;
    guardian_add(NULL, 1);
    guardian_ended(NULL, 1);
    assert_null(guardian_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_killed_harness_takes_its_groups_along),
        cmocka_unit_test(test_stopped_ones_too),
        cmocka_unit_test(test_a_group_that_has_ended_is_nobodys),
        cmocka_unit_test(test_none_is_left_after_a_harness_that_ends_well),
        cmocka_unit_test(test_nobody_is_left_of_one_that_is_freed),
        cmocka_unit_test(test_a_killed_harness_leaves_no_folder),
        cmocka_unit_test(test_none_is_fine),
    };
    return cmocka_run_group_tests(tests, become_reaper, NULL);
}
