#include "cli/hooks.h"

#include "base/text.h"
#include "cli/programs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *hooks_folder(struct arena *arena, const struct scenario *scenario)
{
    const char *slash = strrchr(scenario->file, '/');

    if (slash == NULL) {
        return ".";
    }
    return slash == scenario->file
               ? "/"
               : arena_copy(arena, scenario->file, (size_t)(slash - scenario->file));
}

const char *hooks_program(struct arena *arena, const struct scenario *scenario)
{
    if (scenario->alerts.command_count == 0) {
        return NULL;
    }
    return programs_find(arena, scenario->alerts.command[0], hooks_folder(arena, scenario),
                         getenv("PATH"));
}

static bool is_required(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->requires_count; i++) {
        if (text_equal(scenario->requires[i], name)) {
            return true;
        }
    }
    return false;
}

static const char *what_is_wrong(struct arena *arena, const struct scenario *scenario)
{
    const char *name = scenario->alerts.command[0];
    const char *path =
        name[0] == '/' ? name : arena_printf(arena, "%s/%s", hooks_folder(arena, scenario), name);

    if (access(path, F_OK) == 0) {
        return "is no program (is it executable?)";
    }
    if (name[0] == '/') {
        return "does not exist";
    }
    return strchr(name, '/') != NULL ? "is not in the scenario's folder"
                                     : "is neither in the scenario's folder nor on PATH";
}

static bool check(struct arena *arena, const struct scenario *scenario)
{
    struct diagnostics diagnostics;

    if (scenario->alerts.command_count == 0 || hooks_program(arena, scenario) != NULL ||
        is_required(scenario, scenario->alerts.command[0])) {
        return true;
    }
    diagnostics_init(&diagnostics, arena);
    diagnostics_add(&diagnostics, scenario->alerts.at, "'%s' %s", scenario->alerts.command[0],
                    what_is_wrong(arena, scenario));
    inputs_complain(scenario->file, &diagnostics);
    return false;
}

bool hooks_check(const struct inputs *inputs)
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
