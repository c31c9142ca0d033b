#include "world/loop.h"

#include "unit/aborts.h"
#include "unit/cmocka_all.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

struct noted {
    struct loop_watch watch; /* first */
    struct loop *loop;
    unsigned events;
    int calls;
    struct noted *removes; /* this one, when it is called */
    int other_end;
};

static void note(struct loop_watch *watch, unsigned events)
{
    struct noted *noted = (struct noted *)watch;
    struct error error = {0};

    noted->events = events;
    noted->calls++;
    if (noted->removes != NULL) {
        assert_int_equal(loop_watch(noted->loop, &noted->removes->watch, 0, &error), 0);
    }
}

static struct noted readable_pipe(struct loop *loop)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    return (struct noted){
        .watch = {.fd = ends[0], .ready = note},
        .loop = loop,
        .other_end = ends[1],
    };
}

static void close_pipe(struct noted *noted)
{
    close(noted->watch.fd);
    close(noted->other_end);
}

static void watch(struct noted *noted, unsigned interest)
{
    struct error error = {0};
    assert_int_equal(loop_watch(noted->loop, &noted->watch, interest, &error), 0);
}

static int setup(void **state)
{
    struct error error = {0};
    *state = loop_new(&error);
    return *state == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    *state = loop_free(*state);
    return 0;
}

static void test_waits_until_the_time_and_not_less(void **state)
{
    for (int i = 0; i < 20; i++) {
        nanos until = loop_clock() + 300 * NANOS_PER_US + (nanos)i * 77777;
        assert_int_equal(loop_wait(*state, until), 0);
        assert_true(loop_clock() >= until);
    }
}

static void test_past_time_only_looks(void **state)
{
    struct noted noted = readable_pipe(*state);

    assert_int_equal(loop_wait(*state, 0), 0);
    assert_int_equal(loop_wait(*state, INT64_MIN), 0);
    watch(&noted, LOOP_READ);
    assert_int_equal(loop_wait(*state, 0), 1);
    assert_int_equal(noted.events, LOOP_READ);
    watch(&noted, 0);
    close_pipe(&noted);
}

static void test_ready_ends_an_endless_wait(void **state)
{
    struct noted noted = readable_pipe(*state);

    watch(&noted, LOOP_READ);
    assert_int_equal(loop_wait(*state, NANOS_NEVER), 1);
    assert_int_equal(noted.calls, 1);
    watch(&noted, 0);
    close_pipe(&noted);
}

static void test_interest_changes(void **state)
{
    struct noted noted = readable_pipe(*state);
    struct noted writer = {
        .watch = {.fd = noted.other_end, .ready = note},
        .loop = *state,
    };

    watch(&writer, LOOP_READ);
    assert_int_equal(loop_wait(*state, 0), 0);
    watch(&writer, LOOP_WRITE);
    watch(&writer, LOOP_WRITE);
    assert_int_equal(loop_wait(*state, 0), 1);
    assert_int_equal(writer.events, LOOP_WRITE);
    watch(&writer, 0);
    assert_int_equal(loop_wait(*state, 0), 0);
    watch(&writer, 0);
    watch(&writer, LOOP_READ | LOOP_WRITE);
    assert_int_equal(loop_wait(*state, 0), 1);
    watch(&writer, 0);
    close_pipe(&noted);
}

static void test_hang_up_counts_as_both(void **state)
{
    struct noted noted = readable_pipe(*state);
    char byte;

    assert_int_equal(read(noted.watch.fd, &byte, 1), 1);
    close(noted.other_end);
    watch(&noted, LOOP_READ);
    assert_int_equal(loop_wait(*state, 0), 1);
    assert_int_equal(noted.events, LOOP_READ | LOOP_WRITE);
    watch(&noted, 0);
    close(noted.watch.fd);
}

/* Two are ready at once; whichever is called first removes the other. */
static void test_removed_in_the_same_pass_is_not_called(void **state)
{
    struct noted a = readable_pipe(*state);
    struct noted b = readable_pipe(*state);

    a.removes = &b;
    b.removes = &a;
    watch(&a, LOOP_READ);
    watch(&b, LOOP_READ);
    assert_int_equal(loop_wait(*state, 0), 2);
    assert_int_equal(a.calls + b.calls, 1);
    watch(&a, 0);
    watch(&b, 0);
    close_pipe(&a);
    close_pipe(&b);
}

static void test_removes_itself(void **state)
{
    struct noted noted = readable_pipe(*state);

    noted.removes = &noted;
    watch(&noted, LOOP_READ);
    assert_int_equal(loop_wait(*state, 0), 1);
    assert_int_equal(loop_wait(*state, 0), 0);
    assert_int_equal(noted.calls, 1);
    close_pipe(&noted);
}

/* libcurl closes sockets before it says so; the number may be in use again for another watch. */
static void test_closed_before_removal(void **state)
{
    struct noted old = readable_pipe(*state);
    int fd = old.watch.fd;

    watch(&old, LOOP_READ);
    close_pipe(&old);
    watch(&old, 0);
    struct noted new = readable_pipe(*state);
    assert_int_equal(new.watch.fd, fd);
    watch(&new, LOOP_READ);
    assert_int_equal(loop_wait(*state, 0), 1);
    assert_int_equal(old.calls, 0);
    assert_int_equal(new.calls, 1);
    watch(&new, 0);
    close_pipe(&new);
}

static void test_more_than_a_batch(void **state)
{
    struct noted many[200];
    int seen = 0;
    int passes = 0;

    for (size_t i = 0; i < 200; i++) {
        many[i] = readable_pipe(*state);
        many[i].removes = &many[i];
        watch(&many[i], LOOP_READ);
    }
    for (int count = loop_wait(*state, 0); count > 0; count = loop_wait(*state, 0)) {
        seen += count;
        passes++;
    }
    assert_int_equal(seen, 200);
    assert_true(passes > 1);
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(many[i].calls, 1);
        close_pipe(&many[i]);
    }
}

static void test_signals_come_through_the_loop(void **state)
{
    static const int taken[] = {SIGUSR1, SIGUSR2};
    struct error error = {0};

    assert_int_equal(loop_signal(*state), 0);
    assert_int_equal(loop_take_signals(*state, taken, 1, &error), 0);
    assert_int_equal(loop_take_signals(*state, taken + 1, 1, &error), 0);
    assert_int_equal(loop_signal(*state), 0);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(loop_wait(*state, NANOS_NEVER), 1);
    assert_int_equal(loop_wait(*state, loop_clock() + NANOS_PER_MS),
                     0); /* unasked, it does not wake again */
    assert_int_equal(loop_signal(*state), SIGUSR2);
    assert_int_equal(loop_signal(*state), 0);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(loop_wait(*state, NANOS_NEVER), 1);
    assert_int_equal(loop_signal(*state) + loop_signal(*state), SIGUSR1 + SIGUSR2);
    assert_int_equal(loop_signal(*state), 0);
}

/* As nohup has it: who ignores a signal is not told of it, and goes on ignoring it. */
static void test_an_ignored_signal_stays_ignored(void **state)
{
    static const int taken[] = {SIGHUP, SIGUSR2};
    struct error error = {0};
    sigset_t blocked;

    assert_false(loop_signal_is_ignored(SIGHUP));
    assert_true(signal(SIGHUP, SIG_IGN) != SIG_ERR);
    assert_true(loop_signal_is_ignored(SIGHUP));
    assert_int_equal(loop_take_signals(*state, taken, 2, &error), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_false(sigismember(&blocked, SIGHUP));
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(raise(SIGUSR2), 0);
    assert_int_equal(loop_wait(*state, NANOS_NEVER), 1);
    assert_int_equal(loop_signal(*state), SIGUSR2);
    assert_int_equal(loop_signal(*state), 0);
    assert_true(signal(SIGHUP, SIG_DFL) != SIG_ERR);
}

/* One that came between two loops is not lost, and kills nobody. */
static void test_signals_stay_blocked_for_the_next_loop(void **state)
{
    static const int taken[] = {SIGUSR1};
    struct error error = {0};
    struct loop *other = loop_new(&error);

    assert_int_equal(loop_take_signals(other, taken, 1, &error), 0);
    loop_free(other);
    assert_int_equal(raise(SIGUSR1), 0);
    assert_int_equal(loop_take_signals(*state, taken, 1, &error), 0);
    assert_int_equal(loop_signal(*state), SIGUSR1);
}

static void test_children_get_the_usual_timer_slack(void **state)
{
    int before = prctl(PR_GET_TIMERSLACK);

    assert_true(before > 1);
    assert_int_equal(loop_wait(*state, loop_clock() + NANOS_PER_MS), 0);
    assert_int_equal(prctl(PR_GET_TIMERSLACK), before);
}

static void test_refuses_a_descriptor_that_cannot_be_watched(void **state)
{
    struct error error = {0};
    struct loop_watch file = {.fd = open("/dev/null", O_RDONLY | O_CLOEXEC), .ready = note};
    close(file.fd);

    assert_int_equal(loop_watch(*state, &file, LOOP_READ, &error), -1);
    assert_true(error_is_set(&error));
    assert_int_equal(file.watched, 0);
    assert_null(loop_free(NULL));
}

static void wait_again(struct loop_watch *watch, unsigned events)
{
    (void)events;
    (void)loop_wait(((struct noted *)watch)->loop, 0);
}

static void wait_within_a_wait(void *loop)
{
    struct noted noted = readable_pipe(loop);
    noted.watch.ready = wait_again;
    watch(&noted, LOOP_READ);
    (void)loop_wait(loop, 0);
}

static void test_does_not_nest(void **state)
{
    assert_true(call_aborts(wait_within_a_wait, *state));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waits_until_the_time_and_not_less, setup, teardown),
        cmocka_unit_test_setup_teardown(test_past_time_only_looks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ready_ends_an_endless_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interest_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hang_up_counts_as_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_removed_in_the_same_pass_is_not_called, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_removes_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closed_before_removal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_than_a_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signals_come_through_the_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_ignored_signal_stays_ignored, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signals_stay_blocked_for_the_next_loop, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_children_get_the_usual_timer_slack, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refuses_a_descriptor_that_cannot_be_watched, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_does_not_nest, setup, teardown),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
