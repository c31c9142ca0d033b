/* Processes that left their group and session: a child plays the harness, and this process finds
   out what outlived it. */
#include "unit/cmocka_all.h"
#include "world/strays.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

_Noreturn static void live_for_ever(int ready)
{
    (void)signal(SIGTERM, SIG_IGN);
    (void)alarm(60); /* if everything else fails */
    (void)!write(ready, "", 1);
    for (;;) {
        (void)pause();
    }
}

/* A child whose own child is in a session of its own, and has a stopped child in another; returns
   once all live. The first of them ends at once, as a program that forks into the background. */
static void start_daemon(void)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t first = fork();
    if (first == 0) {
        if (fork() != 0) {
            _exit(0);
        }
        (void)setsid();
        if (fork() == 0) {
            (void)setsid();
            (void)!write(ready[1], "", 1);
            (void)raise(SIGSTOP);
            live_for_ever(ready[1]);
        }
        live_for_ever(ready[1]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(waitpid(first, NULL, 0), first);
    close(ready[0]);
    close(ready[1]);
}

static pid_t start_child(void)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        live_for_ever(ready[1]);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

/* What outlived a harness is a child of this process. */
static bool anybody_lives(void)
{
    pid_t pid;
    do {
        pid = waitpid(-1, NULL, WNOHANG);
    } while (pid > 0);
    return pid == 0;
}

static void in_harness(void (*act)(void))
{
    int status = 0;
    pid_t harness = fork();
    if (harness == 0) {
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(harness, &status, 0), harness);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_false(anybody_lives());
}

static void require(bool holds)
{
    if (!holds) {
        _exit(1);
    }
}

static void leave_daemons(void)
{
    require(strays_begin());
    start_daemon();
    start_daemon();
    strays_end(0);
    require(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void test_daemons_end(void **state)
{
    (void)state;
    in_harness(leave_daemons);
}

static void spare_one(void)
{
    require(strays_begin());
    pid_t spared = start_child();
    (void)start_child();
    strays_end(spared);
    require(waitpid(-1, NULL, WNOHANG) == 0);
    require(kill(spared, SIGKILL) == 0 && waitpid(-1, NULL, 0) == spared);
    require(waitpid(-1, NULL, WNOHANG) < 0);
}

static void test_one_is_spared(void **state)
{
    (void)state;
    in_harness(spare_one);
}

static void inherit_children(void)
{
    pid_t over = fork();
    if (over == 0) {
        _exit(0);
    }
    siginfo_t info;
    require(waitid(P_PID, (id_t)over, &info, WEXITED | WNOWAIT) == 0);
    require(strays_begin()); /* that one is over, and reaped */
    pid_t strange = start_child();
    require(!strays_begin());
    require(kill(strange, SIGKILL) == 0 && waitpid(strange, NULL, 0) == strange);
}

static void test_children_of_others_forbid_it(void **state)
{
    (void)state;
    in_harness(inherit_children);
}

static int become_reaper(void **state)
{
    (void)state;
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_daemons_end),
        cmocka_unit_test(test_one_is_spared),
        cmocka_unit_test(test_children_of_others_forbid_it),
    };
    return cmocka_run_group_tests(tests, become_reaper, NULL);
}
