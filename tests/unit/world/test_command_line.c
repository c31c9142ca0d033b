/* What "$(...)" stands for in the words, the environment and the folder of a process. */
#include "unit/cmocka_all.h"

#include "world/command_line.h"

#include <stdlib.h>
#include <string.h>

static struct arena arena;
static struct scenario_node nodes[] = {
    {.name = "a", .port = 8080},
    {.name = "b", .port = 8081},
    {.name = "tool"},
};
static const struct scenario scenario = {.nodes = nodes, .node_count = 2, .process_count = 3};
static struct node_places places;

static int set_up(void **state)
{
    struct error error = {.text = ""};
    (void)state;
    arena_init(&arena, 0);
    return node_places_init(&places, &scenario, NULL, false, &arena, &error);
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static struct command_line_values values_of(uint16_t node)
{
    return (struct command_line_values){
        .scenario = &scenario, .places = &places, .private_folder = "/tmp/own", .node = node};
}

static void expect(uint16_t node, const char *text, const char *wanted)
{
    const struct command_line_values values = values_of(node);
    struct error error = {.text = ""};
    const char *result = command_line_replace(text, &values, &arena, &error);
    assert_non_null(result);
    assert_string_equal(result, wanted);
}

static void refuse(uint16_t node, const char *text, const char *quoted)
{
    const struct command_line_values values = values_of(node);
    struct error error = {.text = ""};
    assert_null(command_line_replace(text, &values, &arena, &error));
    assert_non_null(strstr(error.text, quoted));
}

static void test_own_values(void **state)
{
    (void)state;
    expect(0, "--listen=$(address):$(port)", "--listen=127.0.0.1:8080");
    expect(1, "$(name)-$(name)", "b-b");
    expect(0, "$(dir)/$(name).data", "/tmp/own/a.data");
    expect(0, "nothing", "nothing");
    expect(0, "", "");
    expect(0, "a $ and ( and ) and $x", "a $ and ( and ) and $x");
}

static void test_values_of_others(void **state)
{
    (void)state;
    expect(0, "a=http://$(address.a):$(port.a),b=http://$(address.b):$(port.b)",
           "a=http://127.0.0.1:8080,b=http://127.0.0.1:8081");
    expect(2, "$(port.b)", "8081");
}

static void test_what_stands_for_nothing(void **state)
{
    (void)state;
    refuse(0, "x $(prot) y", "'$(prot)'");
    refuse(0, "$(port.c)", "'$(port.c)'");
    refuse(0, "$(port.)", "'$(port.)'");
    refuse(0, "$(port", "'$(port'");
    refuse(0, "$()", "'$()'");
    refuse(2, "$(port)", "'$(port)'"); /* it has none */
    refuse(0, "$(port.tool)", "'$(port.tool)'");
}

static void test_of_nobody_there_is_only_the_folder(void **state)
{
    (void)state;
    expect(NODE_NONE, "{\"dir\":\"$(dir)\"}", "{\"dir\":\"/tmp/own\"}");
    refuse(NODE_NONE, "$(port)", "'$(port)'");
    refuse(NODE_NONE, "$(name)", "'$(name)'");
    refuse(NODE_NONE, "$(port.a)", "'$(port.a)'");
}

static void test_words(void **state)
{
    (void)state;
    static const char *const line[] = {"serve", "", "$(port)", NULL};
    const struct command_line command = {.words = line, .count = 3};
    const struct command_line_values values = values_of(1);
    struct error error = {.text = ""};
    const char *const *words = command_line_words(&command, &values, &arena, &error);
    assert_string_equal(words[0], "serve");
    assert_string_equal(words[1], "");
    assert_string_equal(words[2], "8081");
    assert_null(words[3]);
}

static const char *find(const char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
            return *environment + length + 1;
        }
    }
    return NULL;
}

static void test_environment(void **state)
{
    (void)state;
    const struct environment_variable variables[] = {
        {.name = "DATA", .value = "$(dir)/$(name)"},
        {.name = "TOKEN"},
        {.name = "NOT_THERE"},
        {.name = "HOME", .value = "/elsewhere"},
    };
    const struct command_line_values values = values_of(0);
    struct error error = {.text = ""};
    setenv("TOKEN", "secret", 1);
    setenv("UNRELATED", "x", 1);
    setenv("HOME", "/here", 1);
    setenv("LANG", "C.UTF-8", 1);
    unsetenv("NOT_THERE");
    unsetenv("TMPDIR");
    const char *const *environment =
        command_line_environment(variables, 4, &values, &arena, &error);
    assert_string_equal(find(environment, "DATA"), "/tmp/own/a");
    assert_string_equal(find(environment, "TOKEN"), "secret");
    assert_string_equal(find(environment, "HOME"), "/elsewhere");
    assert_string_equal(find(environment, "LANG"), "C.UTF-8");
    assert_string_equal(find(environment, "PATH"), getenv("PATH"));
    assert_null(find(environment, "NOT_THERE"));
    assert_null(find(environment, "TMPDIR"));
    assert_null(find(environment, "UNRELATED"));
    size_t count = 0;
    while (environment[count] != NULL) {
        count++;
    }
    assert_int_equal(count, 5); /* HOME but once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_values),
        cmocka_unit_test(test_values_of_others),
        cmocka_unit_test(test_what_stands_for_nothing),
        cmocka_unit_test(test_of_nobody_there_is_only_the_folder),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_environment),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
