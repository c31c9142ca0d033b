#include "report/progress.h"

#include "report/utf8.h"

#include "unit/cmocka_all.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct progress_status sample_status(void)
{
    return (struct progress_status){
        .name = "kill-primary",
        .run_count = 1,
        .now = 3290 * NANOS_PER_MS,
        .duration = 14 * NANOS_PER_S,
        .due = 658,
        .ok = 1655,
        .failed = 3,
        .in_flight = 2,
        .serving = "backup-1",
        .next_fault = "restart primary",
        .next_fault_at = 10 * NANOS_PER_S,
    };
}

static void assert_text(struct progress_status status, size_t width, const char *expected)
{
    const struct progress_line line = {.rate = 200};
    char buffer[PROGRESS_TEXT_MAX];

    assert_string_equal(progress_text(&line, &status, width, buffer), expected);
}

static void test_tells_what_it_knows(void **state)
{
    (void)state;
    assert_text(sample_status(), 200,
                "kill-primary  3.2/14.0 s  200/s  ok 1,655  failed 3  in flight 2  on backup-1  "
                "restart primary in 6.7 s");
}

static void test_leaves_out_what_does_not_fit(void **state)
{
    (void)state;
    assert_text(sample_status(), 100,
                "kill-primary  3.2/14.0 s  200/s  ok 1,655  failed 3  on backup-1  "
                "restart primary in 6.7 s");
    assert_text(sample_status(), 85,
                "kill-primary  3.2/14.0 s  ok 1,655  failed 3  on backup-1  "
                "restart primary in 6.7 s");
    assert_text(sample_status(), 20, "kill-primary  3.2/14");
}

static void test_warm_up_runs_and_nothing_to_come(void **state)
{
    struct progress_status status = sample_status();

    (void)state;
    status.now = -1;
    status.run = 4;
    status.run_count = 20;
    status.serving = NULL;
    status.next_fault = NULL;
    assert_text(status, 200,
                "kill-primary 5/20  warming up  200/s  ok 1,655  failed 3  in flight 2");
}

static void test_hostile_names(void **state)
{
    struct progress_status status = sample_status();
    char name[2000];
    char buffer[PROGRESS_TEXT_MAX];
    const struct progress_line line = {.rate = 0};

    (void)state;
    memset(name, '\033', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    status.name = name;
    (void)progress_text(&line, &status, 79, buffer);
    assert_int_equal(utf8_width(buffer), 79);
    assert_null(strchr(buffer, '\033'));
}

static ssize_t drain(int fd, char *buffer, size_t size)
{
    ssize_t count = read(fd, buffer, size - 1);

    buffer[count > 0 ? count : 0] = '\0';
    return count;
}

static void test_writes_at_most_ten_times_a_second(void **state)
{
    struct progress_status status = sample_status();
    struct progress_line line;
    char buffer[1024];
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    progress_init(&line, ends[1]);
    progress_show(&line, &status);
    assert_true(drain(ends[0], buffer, sizeof(buffer)) > 0);
    assert_int_equal(buffer[0], '\r');
    assert_non_null(strstr(buffer, "\033[K"));

    status.now += PROGRESS_PERIOD / 2;
    progress_show(&line, &status);
    assert_int_equal(drain(ends[0], buffer, sizeof(buffer)), -1);
    status.now += PROGRESS_PERIOD / 2;
    progress_show(&line, &status);
    assert_true(drain(ends[0], buffer, sizeof(buffer)) > 0);

    /* The next run's clock begins anew. */
    status.now = -NANOS_PER_S;
    progress_show(&line, &status);
    assert_true(drain(ends[0], buffer, sizeof(buffer)) > 0);

    progress_clear(&line);
    (void)drain(ends[0], buffer, sizeof(buffer));
    assert_string_equal(buffer, "\r\033[K");
    progress_clear(&line);
    assert_int_equal(drain(ends[0], buffer, sizeof(buffer)), -1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The descriptor blocks: if it were written to, this test would never end. */
static void test_never_waits_for_a_full_terminal(void **state)
{
    const struct progress_status status = sample_status();
    struct progress_line line;
    char page[4096];
    int ends[2];

    (void)state;
    memset(page, 'x', sizeof(page));
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], page, sizeof(page)) > 0) {
    }
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    progress_init(&line, ends[1]);
    progress_show(&line, &status);
    assert_false(line.shown);
    line.shown = true;
    progress_clear(&line);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_rate_is_of_the_last_second(void **state)
{
    struct progress_status status = sample_status();
    struct progress_line line;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)state;
    progress_init(&line, null);
    status.now = 0;
    status.due = 0;
    progress_show(&line, &status);
    assert_int_equal(line.rate, 0);
    for (int i = 1; i <= 20; i++) {
        status.now += PROGRESS_PERIOD;
        status.due += i <= 10 ? 20 : 50;
        progress_show(&line, &status);
    }
    assert_int_equal(line.rate, 500);
    (void)close(null);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_what_it_knows),
        cmocka_unit_test(test_leaves_out_what_does_not_fit),
        cmocka_unit_test(test_warm_up_runs_and_nothing_to_come),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_writes_at_most_ten_times_a_second),
        cmocka_unit_test(test_never_waits_for_a_full_terminal),
        cmocka_unit_test(test_rate_is_of_the_last_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
