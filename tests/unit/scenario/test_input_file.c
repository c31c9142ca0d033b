/* Files that a user names, pipes among them, which may keep a reader waiting for ever. */
#include "scenario/input_file.h"
#include "unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEMPLATE "/tmp/bascule-input-XXXXXX"

static char folder[sizeof TEMPLATE];
static char fifo[sizeof folder + 10];

static int set_up(void **state)
{
    (void)state;
    (void)alarm(60); /* who waits for a writer that never comes fails */
    memcpy(folder, TEMPLATE, sizeof folder);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    return mkfifo(fifo, 0600);
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(fifo);
    return rmdir(folder);
}

/* Reads it whole, blocking, and gives what it held. */
static const char *whole(const char *path)
{
    static char bytes[100];
    size_t length = 0;
    ssize_t count;
    int fd = input_file_open(path);

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    while ((count = read(fd, bytes + length, sizeof bytes - 1 - length)) > 0) {
        length += (size_t)count;
    }
    assert_int_equal(count, 0);
    bytes[length] = '\0';
    close(fd);
    return bytes;
}

static void test_a_pipe_that_nobody_writes_into_is_empty(void **state)
{
    (void)state;
    assert_string_equal(whole(fifo), "");
    assert_false(input_file_is_regular(fifo));
}

/* The writer opens it when it likes, and takes its time. */
static void test_a_writer_is_heard_to_the_end(void **state)
{
    (void)state;
    pid_t writer = fork();
    if (writer == 0) {
        int fd = open(fifo, O_WRONLY | O_CLOEXEC);
        (void)!write(fd, "name", 4);
        (void)usleep(50 * 1000);
        (void)!write(fd, ": x", 3);
        _exit(0);
    }
    assert_string_equal(whole(fifo), "name: x");
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

/* As `<(...)` names it, its writer being there or gone. */
static void test_a_pipe_by_its_descriptor(void **state)
{
    char path[40];
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    (void)snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    close(ends[1]);
    assert_string_equal(whole(path), "abc");
    assert_string_equal(whole(path), "");
    close(ends[0]);
}

static void test_a_regular_file(void **state)
{
    (void)state;
    char path[sizeof fifo];
    (void)snprintf(path, sizeof path, "%s/file", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs("abc", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(whole(path), "abc");
    assert_true(input_file_is_regular(path));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(input_file_open(path), -1);
    assert_int_equal(errno, ENOENT);
    assert_false(input_file_is_regular(path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_pipe_that_nobody_writes_into_is_empty),
        TEST(test_a_writer_is_heard_to_the_end),
        TEST(test_a_pipe_by_its_descriptor),
        TEST(test_a_regular_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
