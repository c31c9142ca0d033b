#include "cli/scenario_programs.h"

#include "base/text.h"
#include "cli/programs.h"
#include "report/shell_word.h"
#include "report/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *scenario_programs_folder(struct arena *arena, const struct scenario *scenario)
{
    const char *slash = strrchr(scenario->file, '/');

    if (slash == NULL) {
        return ".";
    }
    return slash == scenario->file
               ? "/"
               : arena_copy(arena, scenario->file, (size_t)(slash - scenario->file));
}

/* ---- each of them ---- */

struct use {
    const char *kind; /* "node", "service", "client", "alerts" */
    const char *name; /* "" if the kind says it all */
    const struct command_line *command;
    const struct scenario_node *node; /* NULL: neither node nor service */
};

#define OTHER_USES 2 /* the client, and who is told of alerts */

static struct use use_at(const struct scenario *scenario, size_t index)
{
    if (index < scenario->process_count) {
        const struct scenario_node *node = &scenario->nodes[index];
        return (struct use){
            .kind = index < scenario->node_count ? "node " : "service ",
            .name = node->name,
            .command = &node->command,
            .node = node,
        };
    }
    bool is_client = index == scenario->process_count;
    return (struct use){
        .kind = is_client ? "client" : "alerts",
        .name = "",
        .command = is_client ? &scenario->client.exec : &scenario->alerts.command,
    };
}

/* One after the other, from *index 0 on. False: there is no more. */
static bool next_use(const struct scenario *scenario, size_t *index, struct use *ret)
{
    while (*index < scenario->process_count + OTHER_USES) {
        *ret = use_at(scenario, (*index)++);
        if (ret->command->count > 0) {
            return true;
        }
    }
    return false;
}

/* Where it is looked for, and where it runs. */
static const char *
folder_of(struct arena *arena, const struct scenario *scenario, const struct command_line *command)
{
    bool here = command == &scenario->client.exec && scenario->client.exec_here;

    return here ? "." : scenario_programs_folder(arena, scenario);
}

static const char *
find(struct arena *arena, const struct scenario *scenario, const struct command_line *command)
{
    return command->count == 0 ? NULL
                               : programs_find(arena, command->words[0],
                                               folder_of(arena, scenario, command), getenv("PATH"));
}

void scenario_programs_find(struct arena *arena,
                            const struct scenario *scenario,
                            struct real_programs *ret)
{
    const char **commands = ARENA_ARRAY(arena, const char *, scenario->process_count);

    for (size_t i = 0; i < scenario->process_count; i++) {
        commands[i] = find(arena, scenario, &scenario->nodes[i].command);
    }
    ret->folder = scenario_programs_folder(arena, scenario);
    ret->commands = commands;
    ret->client = find(arena, scenario, &scenario->client.exec);
    ret->client_folder = folder_of(arena, scenario, &scenario->client.exec);
    ret->hook = find(arena, scenario, &scenario->alerts.command);
    ret->hook_folder = ret->folder;
}

bool scenario_programs_need_logs(const struct scenario *scenario)
{
    return scenario->client.exec.count > 0 || scenario_has_node(scenario, NODE_COMMAND);
}

/* ---- what is missing ---- */

static bool is_required(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->requires_count; i++) {
        if (text_equal(scenario->requires[i], name)) {
            return true;
        }
    }
    return false;
}

static const char *what_is_wrong(struct arena *arena,
                                 const struct scenario *scenario,
                                 const struct command_line *command)
{
    const char *name = command->words[0];
    const char *folder = folder_of(arena, scenario, command);
    const char *path = name[0] == '/' ? name : arena_printf(arena, "%s/%s", folder, name);

    if (access(path, F_OK) == 0) {
        return "is no program (is it executable?)";
    }
    if (name[0] == '/') {
        return "does not exist";
    }
    if (command == &scenario->client.exec && scenario->client.exec_here) {
        return strchr(name, '/') != NULL ? "does not exist here" : "is neither here nor on PATH";
    }
    return strchr(name, '/') != NULL ? "is not in the scenario's folder"
                                     : "is neither in the scenario's folder nor on PATH";
}

static bool are_there(struct arena *arena, const struct scenario *scenario)
{
    struct diagnostics diagnostics;
    struct use use;

    diagnostics_init(&diagnostics, arena);
    for (size_t i = 0; next_use(scenario, &i, &use);) {
        const char *name = use.command->words[0];
        if (find(arena, scenario, use.command) == NULL && !is_required(scenario, name)) {
            diagnostics_add(&diagnostics, use.command->at, "'%s' %s", utf8_printable(arena, name),
                            what_is_wrong(arena, scenario, use.command));
        }
    }
    if (diagnostics.count > 0) {
        diagnostics_sort(&diagnostics);
        inputs_complain(scenario->file, &diagnostics);
    }
    return diagnostics.count == 0;
}

static bool check_all(const struct inputs *inputs,
                      bool (*check)(struct arena *arena, const struct scenario *scenario))
{
    struct arena arena;
    bool good = true;

    arena_init(&arena, 0);
    for (size_t i = 0; i < inputs->count; i++) {
        good = check(&arena, inputs->scenarios[i]) && good;
    }
    arena_done(&arena);
    return good;
}

bool scenario_programs_check(const struct inputs *inputs)
{
    return check_all(inputs, are_there);
}

/* ---- what is elsewhere ---- */

static void judge_url(struct diagnostics *diagnostics, const struct scenario_url *url)
{
    if (!scenario_url_is_local(url)) {
        diagnostics_add(diagnostics, url->at,
                        "'%s' is not on this machine: --allow-remote would permit it", url->text);
    }
}

static bool is_local(struct arena *arena, const struct scenario *scenario)
{
    struct diagnostics diagnostics;

    diagnostics_init(&diagnostics, arena);
    for (size_t i = 0; i < scenario->process_count; i++) {
        judge_url(&diagnostics, &scenario->nodes[i].url);
    }
    if (scenario->client.profile == PROFILE_DIRECT) {
        judge_url(&diagnostics, &scenario->client.direct);
    }
    if (diagnostics.count > 0) {
        diagnostics_sort(&diagnostics);
        inputs_complain(scenario->file, &diagnostics);
    }
    return diagnostics.count == 0;
}

bool scenario_programs_are_local(const struct inputs *inputs)
{
    return check_all(inputs, is_local);
}

/* ---- what they are, in words ---- */

static const char *words_text(struct arena *arena, const struct command_line *command)
{
    const char *text = "";

    for (size_t i = 0; i < command->count; i++) {
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? " " : "",
                            shell_word(arena, command->words[i]));
    }
    return text;
}

static const char *surroundings_text(struct arena *arena, const struct scenario_node *node)
{
    const char *text = "";

    for (size_t i = 0; i < node->env_count; i++) {
        const struct environment_variable *variable = &node->env[i];
        text = variable->value == NULL
                   ? arena_printf(arena, "%s, %s from the environment", text, variable->name)
                   : arena_printf(arena, "%s, %s=%s", text, variable->name,
                                  shell_word(arena, variable->value));
    }
    if (node->cwd != NULL) {
        text = arena_printf(arena, "%s, in %s", text, shell_word(arena, node->cwd));
    }
    return text[0] == '\0' ? text : arena_printf(arena, "  (%s)", text + strlen(", "));
}

static const char *
use_text(struct arena *arena, const struct scenario *scenario, const struct use *use)
{
    const char *rest = use->node != NULL ? surroundings_text(arena, use->node) : "";

    if (use->command == &scenario->client.exec && !text_equal(scenario->client.options, "{}")) {
        rest = arena_printf(arena, "  (options %s)", scenario->client.options);
    }
    return arena_printf(arena, "%s%s: %s%s", use->kind, use->name, words_text(arena, use->command),
                        rest);
}

bool scenario_programs_any(const struct scenario *scenario)
{
    struct use use;
    size_t index = 0;

    return next_use(scenario, &index, &use);
}

void scenario_programs_show(FILE *out, const struct scenario *scenario)
{
    struct arena arena;
    struct use use;

    arena_init(&arena, 0);
    for (size_t i = 0; next_use(scenario, &i, &use);) {
        (void)fprintf(out, "  %s\n", utf8_printable(&arena, use_text(&arena, scenario, &use)));
    }
    arena_done(&arena);
}

bool scenario_programs_are_same(const struct scenario *a, const struct scenario *b)
{
    struct arena arena;
    struct use of_a;
    struct use of_b;
    size_t index_a = 0;
    size_t index_b = 0;
    bool same = true;

    arena_init(&arena, 0);
    while (same && next_use(a, &index_a, &of_a)) {
        same = next_use(b, &index_b, &of_b) &&
               text_equal(use_text(&arena, a, &of_a), use_text(&arena, b, &of_b));
    }
    same = same && !next_use(b, &index_b, &of_b);
    arena_done(&arena);
    return same;
}
