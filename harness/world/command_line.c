#include "world/command_line.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MARK "$("

enum {
    WORDS_MAX = 63, /* of a name in parentheses, shown in a message */
};

static const char *const passed_on[] = {"PATH", "HOME", "LANG", "TMPDIR"};

enum { PASSED_ON = sizeof passed_on / sizeof passed_on[0] };

struct mark {
    const char *name; /* behind the parenthesis */
    size_t length;
};

static bool mark_is(const struct mark *mark, const char *word)
{
    return mark->length == strlen(word) && memcmp(mark->name, word, mark->length) == 0;
}

/* What is behind "port." or "address.", NULL if it does not begin so. */
static const char *mark_target(const struct mark *mark, const char *word, struct arena *arena)
{
    size_t length = strlen(word);
    if (mark->length <= length || memcmp(mark->name, word, length) != 0) {
        return NULL;
    }
    return arena_copy(arena, mark->name + length, mark->length - length);
}

static const char *port_text(const struct node_place *place, struct arena *arena)
{
    return place->port == 0 ? NULL : arena_printf(arena, "%u", (unsigned)place->port);
}

/* Of another one; NULL if there is none of that name. */
static const char *value_of_other(const struct mark *mark,
                                  const struct command_line_values *values,
                                  struct arena *arena)
{
    const char *name = mark_target(mark, "port.", arena);
    bool is_port = name != NULL;
    if (name == NULL) {
        name = mark_target(mark, "address.", arena);
    }
    uint16_t node = name == NULL ? NODE_NONE : scenario_node_index(values->scenario, name);
    if (node == NODE_NONE) {
        return NULL;
    }
    return is_port ? port_text(&values->places->own[node], arena)
                   : node_places_address_text(
                         arena, node_places_reached(values->places, values->node, node));
}

/* NULL: it has none. */
static const char *
value_of(const struct mark *mark, const struct command_line_values *values, struct arena *arena)
{
    if (mark_is(mark, "dir")) {
        return values->private_folder;
    }
    if (values->node == NODE_NONE) {
        return NULL;
    }
    const struct node_place *place = &values->places->own[values->node];
    if (mark_is(mark, "name")) {
        return values->scenario->nodes[values->node].name;
    }
    if (mark_is(mark, "port")) {
        return port_text(place, arena);
    }
    if (mark_is(mark, "address")) {
        return node_places_address_text(arena, node_places_listening(values->places, values->node));
    }
    return value_of_other(mark, values, arena);
}

static int complain(const char *at, struct error *reterr)
{
    const char *close = strchr(at, ')');
    size_t length = close != NULL ? (size_t)(close - at) + 1 : strlen(at);
    int shown = length < WORDS_MAX ? (int)length : WORDS_MAX;
    return error_plain(reterr, "'%.*s' stands for nothing here", shown, at);
}

const char *command_line_replace(const char *text,
                                 const struct command_line_values *values,
                                 struct arena *arena,
                                 struct error *reterr)
{
    const char *result = "";
    const char *at;
    while ((at = strstr(text, MARK)) != NULL) {
        struct mark mark = {.name = at + strlen(MARK)};
        mark.length = strcspn(mark.name, ")");
        const char *value = mark.name[mark.length] == ')' ? value_of(&mark, values, arena) : NULL;
        if (value == NULL) {
            (void)complain(at, reterr);
            return NULL;
        }
        result = arena_printf(arena, "%s%.*s%s", result, (int)(at - text), text, value);
        text = mark.name + mark.length + 1;
    }
    return result[0] == '\0' ? text : arena_printf(arena, "%s%s", result, text);
}

const char *const *command_line_words(const struct command_line *line,
                                      const struct command_line_values *values,
                                      struct arena *arena,
                                      struct error *reterr)
{
    const char **words = ARENA_ARRAY(arena, const char *, line->count + 1);
    for (size_t i = 0; i < line->count; i++) {
        words[i] = command_line_replace(line->words[i], values, arena, reterr);
        if (words[i] == NULL) {
            return NULL;
        }
    }
    return words;
}

static bool is_given(const struct environment_variable *variables, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(variables[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

const char *const *command_line_environment(const struct environment_variable *variables,
                                            size_t count,
                                            const struct command_line_values *values,
                                            struct arena *arena,
                                            struct error *reterr)
{
    const char **environment = ARENA_ARRAY(arena, const char *, PASSED_ON + count + 1);
    size_t length = 0;
    for (size_t i = 0; i < PASSED_ON; i++) {
        const char *own = getenv(passed_on[i]);
        if (own != NULL && !is_given(variables, count, passed_on[i])) {
            environment[length++] = arena_printf(arena, "%s=%s", passed_on[i], own);
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct environment_variable *variable = &variables[i];
        const char *value = variable->value == NULL
                                ? getenv(variable->name)
                                : command_line_replace(variable->value, values, arena, reterr);
        if (value == NULL && variable->value != NULL) {
            return NULL;
        }
        if (value != NULL) {
            environment[length++] = arena_printf(arena, "%s=%s", variable->name, value);
        }
    }
    return environment;
}
