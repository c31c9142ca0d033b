#include "cli/cli.h"
#include "cli/command.h"

#include "fake_runner.h"
#include "unit/cmocka_all.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder of scenarios, one of reports, and what the command printed. */
struct place {
    char folder[64];
    char reports[96];
    char output[65536]; /* stdout, then stderr */
};

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/bascule-test-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->reports, sizeof(place->reports), "%s/reports", place->folder);
    fake_runner = (struct fake_runner){.block_folder = place->reports};
    assert_int_equal(setenv("BASCULE_STUB", "/bin/true", 1), 0);
    assert_int_equal(setenv("BASCULE_PROXY", "/bin/true", 1), 0);
    assert_int_equal(setenv("CI", "true", 1), 0);
    *state = place;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static int teardown(void **state)
{
    struct place *place = *state;

    assert_int_equal(nftw(place->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    free(place);
    return 0;
}

static void add(const struct place *place, const char *name, const char *more)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s.yaml", place->folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fprintf(file, "name: %s\n%s", name, more);
    assert_int_equal(fclose(file), 0);
}

/* In a child, since the command closes stdout; the fake's notes come back through a pipe. */
static int run(struct place *place, const char *const *arguments)
{
    char path[128];
    int notes[2];
    int status = 0;
    int argc = 0;

    while (arguments[argc] != NULL) {
        argc++;
    }
    (void)snprintf(path, sizeof(path), "%s/.output", place->folder);
    assert_int_equal(pipe2(notes, O_CLOEXEC), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int output = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        (void)dup2(output, STDOUT_FILENO);
        (void)dup2(output, STDERR_FILENO);
        status = cli_main(argc, arguments);
        (void)!write(notes[1], &fake_runner, sizeof(fake_runner));
        _exit(status);
    }
    (void)close(notes[1]);
    char *into = (char *)&fake_runner;
    size_t have = 0;
    for (ssize_t count = 1; count > 0 && have < sizeof(fake_runner); have += (size_t)count) {
        count = read(notes[0], into + have, sizeof(fake_runner) - have);
        assert_true(count >= 0);
    }
    (void)close(notes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(file, place->output, sizeof(place->output) - 1);
    assert_true(length >= 0);
    place->output[length] = '\0';
    (void)close(file);
    assert_int_equal(unlink(path), 0);
    return WEXITSTATUS(status);
}

/* In this process, where the fake can see what it was asked; workers have tests of their own. */
#define RUN(place, ...)                                                                            \
    run((place), (const char *const[]){"bascule", "run", "--isolate", "never", "-o",               \
                                       (place)->reports, __VA_ARGS__, NULL})

static void assert_says(const struct place *place, const char *text)
{
    if (strstr(place->output, text) == NULL) {
        fail_msg("'%s' is not in:\n%s", text, place->output);
    }
}

static bool exists(const struct place *place, const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", place->reports, name);
    return access(path, F_OK) == 0;
}

static json_t *latest(const struct place *place)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/latest.json", place->reports);
    json_t *value = json_load_file(path, 0, NULL);
    assert_non_null(value);
    return value;
}

static void test_runs_in_order_and_writes_reports(void **state)
{
    struct place *place = *state;

    add(place, "pass-b", "seed: 5\n");
    add(place, "pass-a", "seed: 6\n");
    assert_int_equal(RUN(place, place->folder), 0);
    assert_int_equal(fake_runner.count, 2);
    assert_string_equal(fake_runner.names[0], "pass-a");
    assert_int_equal(fake_runner.seeds[0], 6);
    assert_int_equal(fake_runner.repeats[0], 0);
    assert_true(exists(place, "pass-a.json"));
    assert_true(exists(place, "pass-b.json"));
    assert_false(exists(place, "pass-a.journal.jsonl"));
    assert_says(place, "PASS pass-a");
    assert_says(place, "2 passed; reports in ");
    json_t *value = latest(place);
    assert_int_equal(json_integer_value(json_object_get(value, "exit")), 0);
    assert_int_equal(json_array_size(json_object_get(value, "reports")), 2);
    json_decref(value);
}

static void test_the_same_file_twice_runs_once(void **state)
{
    struct place *place = *state;
    char direct[128];
    char around[128];

    add(place, "pass", "");
    (void)snprintf(direct, sizeof(direct), "%s/pass.yaml", place->folder);
    (void)snprintf(around, sizeof(around), "%s/../%s/./pass.yaml", place->folder,
                   strrchr(place->folder, '/') + 1);
    assert_int_equal(RUN(place, direct, around, place->folder), 0);
    assert_int_equal(fake_runner.count, 1);
}

static void test_one_mistake_starts_nothing(void **state)
{
    struct place *place = *state;

    add(place, "a", "");
    add(place, "b", "colour: red\n");
    add(place, "c", "duration: 5\n");
    assert_int_equal(RUN(place, place->folder), 2);
    assert_int_equal(fake_runner.count, 0);
    assert_int_equal(access(place->reports, F_OK), -1);
    assert_says(place, "b.yaml:2:1: error: ");
    assert_says(place, "c.yaml:2:11: error: ");
    assert_says(place, "nothing was started");
}

static void test_names_must_differ(void **state)
{
    struct place *place = *state;
    char path[128];

    add(place, "a", "");
    (void)snprintf(path, sizeof(path), "%s/a2.yml", place->folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs("name: a\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(RUN(place, place->folder), 2);
    assert_says(place, "a2.yml: error: scenario 'a' is also the name of ");
    assert_says(place, "/a.yaml");
}

static void test_latest_is_no_name(void **state)
{
    struct place *place = *state;

    add(place, "latest", "");
    assert_int_equal(RUN(place, place->folder), 2);
    assert_says(place, "latest.yaml:1:7: error: ");
}

static void test_folders_are_searched_and_hidden_files_left_out(void **state)
{
    struct place *place = *state;
    struct place inner = *place;
    struct place hidden = *place;

    assert_int_equal(RUN(place, place->folder), 2);
    assert_says(place, "no scenario (*.yaml, *.yml) in this folder");
    (void)snprintf(inner.folder, sizeof(inner.folder), "%.40s/deep", place->folder);
    (void)snprintf(hidden.folder, sizeof(hidden.folder), "%.40s/.git", place->folder);
    assert_int_equal(mkdir(inner.folder, 0777), 0);
    assert_int_equal(mkdir(hidden.folder, 0777), 0);
    add(&inner, "pass", "");
    add(&hidden, "fail", "");
    add(place, ".fail", "");
    assert_int_equal(RUN(place, place->folder), 0);
    assert_int_equal(fake_runner.count, 1);
}

static void test_tags_choose(void **state)
{
    struct place *place = *state;

    add(place, "a", "tags: [gate, slow]\n");
    add(place, "b", "tags: [slow]\n");
    add(place, "c", "");
    assert_int_equal(RUN(place, "--tag", "slow", place->folder), 0);
    assert_int_equal(fake_runner.count, 2);
    assert_int_equal(RUN(place, "--tag", "nothing", place->folder), 2);
    assert_says(place, "no scenario has the tag 'nothing' (3 read)");
}

static void test_options_reach_the_runner(void **state)
{
    struct place *place = *state;

    add(place, "pass", "seed: 1\n");
    assert_int_equal(RUN(place, "--seed", "77", "--repeat", "3", place->folder), 0);
    assert_int_equal(fake_runner.seeds[0], 77);
    assert_int_equal(fake_runner.repeats[0], 3);
}

static void test_a_drawn_seed_is_printed_and_recorded(void **state)
{
    struct place *place = *state;
    char line[64];
    char path[256];

    add(place, "pass-a", "");
    add(place, "pass-b", "seed: 9\n");
    assert_int_equal(RUN(place, place->folder), 0);
    assert_int_equal(fake_runner.seeds[1], 9);
    (void)snprintf(line, sizeof(line), "seed %llu, drawn",
                   (unsigned long long)fake_runner.seeds[0]);
    assert_says(place, line);
    (void)snprintf(path, sizeof(path), "%s/pass-a.json", place->reports);
    json_t *report = json_load_file(path, 0, NULL);
    json_t *scenario = json_object_get(report, "scenario");
    assert_int_equal(json_integer_value(json_object_get(scenario, "seed")), fake_runner.seeds[0]);
    json_decref(report);
}

static void test_a_missing_program_skips(void **state)
{
    struct place *place = *state;

    add(place, "needy", "requires: [sh, no-such-program]\n");
    assert_int_equal(RUN(place, place->folder), 77);
    assert_int_equal(fake_runner.count, 0);
    assert_true(exists(place, "needy.json"));
    assert_says(place, "SKIPPED needy");
    assert_says(place, "requires: 'no-such-program' is not on PATH");
    assert_int_equal(RUN(place, "--strict", place->folder), 3);
}

static void test_an_interruption_ends_it(void **state)
{
    struct place *place = *state;

    add(place, "fail", "");
    add(place, "stop", "");
    add(place, "zzz", "");
    assert_int_equal(RUN(place, place->folder), 143);
    assert_int_equal(fake_runner.count, 2);
    assert_true(exists(place, "stop.json"));
    assert_false(exists(place, "zzz.json"));
    assert_says(place, "interrupted by SIGTERM, 1 of 3 scenarios not begun");
    json_t *value = latest(place);
    assert_int_equal(json_integer_value(json_object_get(value, "exit")), 143);
    json_decref(value);
}

static void test_a_report_that_cannot_be_written(void **state)
{
    struct place *place = *state;

    add(place, "block", "");
    add(place, "pass", "");
    assert_int_equal(RUN(place, place->folder), 3);
    assert_int_equal(fake_runner.count, 2);
    assert_true(exists(place, "pass.json"));
    assert_says(place, "report_unwritten: cannot write '");
    json_t *value = latest(place);
    assert_int_equal(json_array_size(json_object_get(value, "reports")), 1);
    json_decref(value);
}

static void test_a_folder_that_cannot_be_written(void **state)
{
    struct place *place = *state;

    add(place, "pass", "");
    (void)snprintf(place->reports, sizeof(place->reports), "/dev/null/reports");
    assert_int_equal(RUN(place, place->folder), 3);
    assert_int_equal(fake_runner.count, 0);
    assert_says(place, "report_unwritten: cannot create the folder '/dev/null/reports'");
}

static void test_no_stub_program(void **state)
{
    struct place *place = *state;

    add(place, "pass", "");
    assert_int_equal(setenv("BASCULE_STUB", "/no/such/stub", 1), 0);
    assert_int_equal(RUN(place, place->folder), 3);
    assert_int_equal(fake_runner.count, 0);
    assert_says(place, "BASCULE_STUB names '/no/such/stub'");
}

static void test_a_broken_harness_is_inconclusive(void **state)
{
    struct place *place = *state;

    add(place, "broken", "");
    add(place, "pass", "");
    assert_int_equal(RUN(place, place->folder), 3);
    assert_int_equal(fake_runner.count, 2);
    assert_says(place, "harness: the world is out of order");
    assert_true(exists(place, "broken.json"));
}

static void test_journal(void **state)
{
    struct place *place = *state;

    add(place, "pass", "");
    assert_int_equal(RUN(place, "--journal", place->folder), 0);
    assert_true(exists(place, "pass.journal.jsonl"));
}

static void test_bad_usage(void **state)
{
    static const char *const bad[][2] = {
        {"--seed=x", "--seed"},
        {"--repeat=0", "--repeat"},
        {"--port-base=0", "--port-base"},
        {"--port-base=65536", "--port-base"},
        {"--format=pdf", "json, html, junit and markdown"},
        {"--format=json,htlm", "did you mean 'html'?"},
        {"--format=", "unknown format ''"},
        {"--set=rate", "KEY=VALUE"},
        {"--set==1", "KEY=VALUE"},
        {"-j0", "--jobs"},
        {"--isolate=maybe", "auto, always or never"},
    };
    struct place *place = *state;

    add(place, "pass", "");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(RUN(place, bad[i][0], place->folder), 2);
        assert_says(place, bad[i][1]);
        assert_says(place, "Try 'bascule run --help'.");
    }
    assert_int_equal(RUN(place, "--strict"), 2);
    assert_int_equal(fake_runner.count, 0);
}

static void test_other_commands(void **state)
{
    static const struct {
        const char *arguments[4];
        int status;
        const char *says;
    } cases[] = {
        {{"bascule"}, 2, "Usage: bascule COMMAND"},
        {{"bascule", "--help"}, 0, "Usage: bascule COMMAND"},
        {{"bascule", "help", "run"}, 0, "--port-base N"},
        {{"bascule", "plan", "--help"}, 0, "bascule plan --seed 7"},
        {{"bascule", "help", "rum"}, 2, "did you mean 'run'?"},
        {{"bascule", "--version"}, 0, "bascule "},
        {{"bascule", "monitor"}, 2, "unknown command 'monitor'"},
        {{"bascule", "chek"}, 2, "did you mean 'check'?"},
        {{"bascule", "--hepl"}, 2, "did you mean '--help'?"},
        {{"bascule", "schema", "scenario"}, 0, ""},
        {{"bascule", "schema", "jurnal"}, 2, "did you mean 'journal'?"},
        {{"bascule", "schema"}, 2, "which schema?"},
        {{"bascule", "check"}, 2, "which scenario?"},
        {{"bascule", "check", "/no/such.yaml"}, 2, "/no/such.yaml: error: "},
        {{"bascule", "plan", "/no/such.yaml"}, 2, "/no/such.yaml: error: "},
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(run(place, cases[i].arguments), cases[i].status);
        assert_says(place, cases[i].says);
    }
}

static void test_check_and_plan(void **state)
{
    struct place *place = *state;
    char path[128];

    add(place, "sample",
        "seed: 3\nduration: 9s\nfaults: [{at: 2s..3s, for: 2500ms, pause: current, id: x}]\n");
    (void)snprintf(path, sizeof(path), "%s/sample.yaml", place->folder);
    assert_int_equal(run(place, (const char *const[]){"bascule", "check", path, NULL}), 0);
    assert_string_equal(place->output, "1 scenario is valid\n");
    assert_int_equal(run(place, (const char *const[]){"bascule", "plan", path, NULL}), 0);
    assert_says(place, "pause the current node for 2.5s  x, drawn from 2s..3s\n");
    assert_says(place, "  end of x\n");
    assert_says(place, "9s  traffic ends\n");
    assert_says(place, "14.5s  the last request is over, at the latest\n"); /* 4.5 s and 1 s */
    assert_int_equal(fake_runner.count, 0);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_runs_in_order_and_writes_reports),
        IN_PLACE(test_the_same_file_twice_runs_once),
        IN_PLACE(test_one_mistake_starts_nothing),
        IN_PLACE(test_names_must_differ),
        IN_PLACE(test_latest_is_no_name),
        IN_PLACE(test_folders_are_searched_and_hidden_files_left_out),
        IN_PLACE(test_tags_choose),
        IN_PLACE(test_options_reach_the_runner),
        IN_PLACE(test_a_drawn_seed_is_printed_and_recorded),
        IN_PLACE(test_a_missing_program_skips),
        IN_PLACE(test_an_interruption_ends_it),
        IN_PLACE(test_a_report_that_cannot_be_written),
        IN_PLACE(test_a_folder_that_cannot_be_written),
        IN_PLACE(test_no_stub_program),
        IN_PLACE(test_a_broken_harness_is_inconclusive),
        IN_PLACE(test_journal),
        IN_PLACE(test_bad_usage),
        IN_PLACE(test_other_commands),
        IN_PLACE(test_check_and_plan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
