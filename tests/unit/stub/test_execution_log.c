#include "backends-stub/execution_log.h"

#include "unit/cmocka_all.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct fixture {
    struct execution_log log;
    int fd;
};

static struct fixture fixture_new(uint32_t capacity)
{
    struct fixture made = {.fd = -1};
    struct error error = {0};

    assert_int_equal(execution_log_create(&made.log, capacity, 2, 3, &made.fd, &error), 0);
    return made;
}

static void fixture_done(struct fixture *fixture)
{
    execution_log_close(&fixture->log);
    assert_int_equal(close(fixture->fd), 0);
}

static void test_a_new_log_is_empty_and_sealed(void **state)
{
    struct fixture made = fixture_new(10);

    (void)state;
    assert_int_equal(execution_log_count(&made.log), 0);
    assert_false(execution_log_is_full(&made.log));
    assert_int_equal(made.log.header->node, 2);
    assert_int_equal(made.log.header->incarnation, 3);
    assert_int_equal(made.log.header->capacity, 10);
    assert_true(fcntl(made.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(ftruncate(made.fd, 1), -1);
    assert_int_equal(ftruncate(made.fd, (off_t)made.log.bytes * 2), -1);
    fixture_done(&made);
}

static void test_records_are_seen_by_the_other_side(void **state)
{
    struct fixture made = fixture_new(10);
    struct execution_log other = {0};
    struct execution_record *record = NULL;
    struct error error = {0};

    (void)state;
    assert_int_equal(execution_log_open(&other, made.fd, &error), 0);
    record = execution_log_begin(&other);
    assert_int_equal(execution_log_count(&made.log), 1);
    assert_int_equal(made.log.records[0].committed, 0);
    record->request = 77;
    (void)strcpy(record->path, "/api/health");
    execution_record_commit(record);
    assert_int_equal(made.log.records[0].committed, 1);
    assert_int_equal(made.log.records[0].request, 77);
    assert_string_equal(made.log.records[0].path, "/api/health");
    execution_log_close(&other);
    assert_null(other.header);
    execution_log_close(&other);
    fixture_done(&made);
}

static void test_a_full_log_says_so_and_loses_nothing(void **state)
{
    struct fixture made = fixture_new(2);

    (void)state;
    execution_log_begin(&made.log)->request = 1;
    execution_log_begin(&made.log)->request = 2;
    assert_false(execution_log_is_full(&made.log));
    assert_null(execution_log_begin(&made.log));
    assert_null(execution_log_begin(&made.log));
    assert_true(execution_log_is_full(&made.log));
    assert_int_equal(execution_log_count(&made.log), 2);
    assert_int_equal(made.log.records[0].request, 1);
    assert_int_equal(made.log.records[1].request, 2);
    fixture_done(&made);
}

static void test_capacity_zero_is_full_at_once(void **state)
{
    struct fixture made = fixture_new(0);

    (void)state;
    assert_null(execution_log_begin(&made.log));
    assert_true(execution_log_is_full(&made.log));
    assert_int_equal(execution_log_count(&made.log), 0);
    fixture_done(&made);
}

static void test_a_lying_count_is_bounded(void **state)
{
    struct fixture made = fixture_new(3);

    (void)state;
    made.log.header->count = UINT32_MAX;
    made.log.header->capacity = UINT32_MAX;
    assert_int_equal(execution_log_count(&made.log), 3);
    assert_null(execution_log_begin(&made.log));
    fixture_done(&made);
}

static void write_until_killed(int fd)
{
    struct execution_log log = {0};
    struct error error = {0};

    if (execution_log_open(&log, fd, &error) != 0) {
        _exit(1);
    }
    for (uint32_t number = 0;; number++) {
        struct execution_record *record = execution_log_begin(&log);

        if (record == NULL) {
            (void)raise(SIGKILL);
            _exit(1);
        }
        record->request = number;
        execution_record_commit(record);
    }
}

static void test_records_survive_sigkill(void **state)
{
    struct fixture made = fixture_new(5000);
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        write_until_killed(made.fd);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(execution_log_count(&made.log), 5000);
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(made.log.records[i].committed, 1);
        assert_int_equal(made.log.records[i].request, i);
    }
    fixture_done(&made);
}

static void refused(int fd, const char *reason)
{
    struct execution_log log = {0};
    struct error error = {0};

    assert_int_equal(execution_log_open(&log, fd, &error), -1);
    assert_non_null(strstr(error.text, reason));
    assert_null(log.header);
}

static void test_what_is_no_log_is_refused(void **state)
{
    struct fixture made = fixture_new(4);
    int open_memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    (void)state;
    refused(-1, "is not an execution log");
    refused(null, "is not an execution log");
    refused(open_memory, "is not sealed");
    assert_int_equal(fcntl(open_memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    refused(open_memory, "is too small");
    made.log.header->version++;
    refused(made.fd, "of another version");
    made.log.header->version--;
    made.log.header->capacity++;
    refused(made.fd, "of another version");
    (void)close(open_memory);
    (void)close(null);
    fixture_done(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_log_is_empty_and_sealed),
        cmocka_unit_test(test_records_are_seen_by_the_other_side),
        cmocka_unit_test(test_a_full_log_says_so_and_loses_nothing),
        cmocka_unit_test(test_capacity_zero_is_full_at_once),
        cmocka_unit_test(test_a_lying_count_is_bounded),
        cmocka_unit_test(test_records_survive_sigkill),
        cmocka_unit_test(test_what_is_no_log_is_refused),
    };

    return cmocka_run_group_tests_name("execution log", tests, NULL, NULL);
}
