#include "report/atomic_file.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_nothing_is_there_before_commit(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    struct atomic_file file;
    const char *path = fixture_path(fixture, "report.json");

    assert_int_equal(atomic_file_open(&file, &fixture->arena, path, &error), 0);
    assert_int_equal(atomic_file_write(&file, "one", 3, &error), 0);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(atomic_file_write(&file, "two", 3, &error), 0);
    assert_int_equal(atomic_file_commit(&file, &error), 0);
    assert_string_equal(fixture_read(fixture, path), "onetwo");
    assert_int_equal(fixture_files(fixture), 1);
}

static void test_the_old_file_stays_until_commit(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    struct atomic_file file;
    const char *path = fixture_path(fixture, "report.json");

    assert_int_equal(atomic_file_put(path, "old", 3, &error), 0);
    assert_int_equal(atomic_file_open(&file, &fixture->arena, path, &error), 0);
    assert_int_equal(atomic_file_write(&file, "new", 3, &error), 0);
    assert_string_equal(fixture_read(fixture, path), "old");
    atomic_file_abandon(&file);
    atomic_file_abandon(&file);
    assert_string_equal(fixture_read(fixture, path), "old");
    assert_int_equal(fixture_files(fixture), 1);
    assert_int_equal(atomic_file_put(path, "new", 3, &error), 0);
    assert_string_equal(fixture_read(fixture, path), "new");
}

static void test_the_umask_decides_who_may_read(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    struct stat status;
    mode_t before = umask(027);
    const char *path = fixture_path(fixture, "report.json");

    assert_int_equal(atomic_file_put(path, "", 0, &error), 0);
    (void)umask(before);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

/* Without O_TMPFILE the temporary has a name; it must be gone as well. */
static void test_a_named_temporary_is_removed(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    const char *path = fixture_path(fixture, "report.json");
    struct atomic_file file;

    assert_int_equal(atomic_file_open(&file, &fixture->arena, path, &error), 0);
    atomic_file_abandon(&file);
    file.fd = open(file.temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    file.named = true;
    assert_true(file.fd >= 0);
    assert_int_equal(fixture_files(fixture), 1);
    atomic_file_abandon(&file);
    assert_int_equal(fixture_files(fixture), 0);
}

/* A limit on the size of files stands in for a full disk: the same call fails in the same way. */
static void test_a_full_disk_leaves_nothing_new(void **state)
{
    static const char big[4096];
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    struct rlimit limit;
    const char *path = fixture_path(fixture, "report.json");

    assert_int_equal(atomic_file_put(path, "old", 3, &error), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 1000, .rlim_max = limit.rlim_max}), 0);
    int result = atomic_file_put(path, big, sizeof(big), &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, before);
    assert_int_equal(result, -1);
    assert_int_equal(error.os_errno, EFBIG);
    assert_non_null(strstr(error.text, path));
    assert_string_equal(fixture_read(fixture, path), "old");
    assert_int_equal(fixture_files(fixture), 1);
}

static void test_a_target_that_is_a_folder(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    const char *path = fixture_path(fixture, "report.json");

    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(atomic_file_put(path, "new", 3, &error), -1);
    assert_int_equal(error.os_errno, EISDIR);
    assert_int_equal(fixture_files(fixture), 1);
}

static void test_folders_are_made_and_left_empty(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    const char *folder = fixture_path(fixture, "a/b//c/");

    assert_int_equal(atomic_file_prepare_folder(folder, &error), 0);
    assert_int_equal(atomic_file_prepare_folder(folder, &error), 0);
    /* Also proves that the probe is gone. */
    assert_int_equal(rmdir(fixture_path(fixture, "a/b/c")), 0);
    assert_int_equal(rmdir(fixture_path(fixture, "a/b")), 0);
    assert_int_equal(rmdir(fixture_path(fixture, "a")), 0);
}

static void test_a_folder_that_cannot_be_leaves_none(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    char name[NAME_MAX + 2];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(mkdir(fixture_path(fixture, "old"), 0777), 0);
    assert_int_equal(mkdir(fixture_path(fixture, "old/empty"), 0777), 0);
    const char *folder = arena_printf(&fixture->arena, "%s/%s/more",
                                      fixture_path(fixture, "old/new/../empty/a//b"), name);
    assert_int_equal(atomic_file_prepare_folder(folder, &error), -1);
    assert_int_equal(error.os_errno, ENAMETOOLONG);
    assert_int_equal(rmdir(fixture_path(fixture, "old/empty")), 0);
    assert_int_equal(rmdir(fixture_path(fixture, "old")), 0);
}

static void assert_unwritable(const char *folder)
{
    struct error error = {.text = ""};

    assert_int_equal(atomic_file_prepare_folder(folder, &error), -1);
    if (folder[0] != '\0') {
        assert_non_null(strstr(error.text, folder));
    }
    assert_true(error_is_set(&error));
}

static void test_folders_that_cannot_be(void **state)
{
    (void)state;
    assert_unwritable("/dev/null");
    assert_unwritable("/dev/null/reports");
    assert_unwritable("/proc/reports/deep");
    assert_unwritable("/proc");
    assert_unwritable("");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_nothing_is_there_before_commit),
        WITH_FIXTURE(test_the_old_file_stays_until_commit),
        WITH_FIXTURE(test_the_umask_decides_who_may_read),
        WITH_FIXTURE(test_a_named_temporary_is_removed),
        WITH_FIXTURE(test_a_full_disk_leaves_nothing_new),
        WITH_FIXTURE(test_a_target_that_is_a_folder),
        WITH_FIXTURE(test_folders_are_made_and_left_empty),
        WITH_FIXTURE(test_a_folder_that_cannot_be_leaves_none),
        cmocka_unit_test(test_folders_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
