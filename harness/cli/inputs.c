#include "cli/inputs.h"

#include "base/text.h"
#include "cli/files.h"
#include "report/utf8.h"
#include "scenario/input_file.h"

#include <stdio.h>

/* For the line under a complaint: what cannot be read now is shown without. */
static const char *read_source(struct arena *arena, const char *path, size_t *ret_length)
{
    char *source = arena_alloc(arena, SCENARIO_FILE_BYTES_MAX + 1);
    FILE *file = input_file_is_regular(path) ? fopen(path, "re") : NULL;

    if (file == NULL) {
        return NULL;
    }
    *ret_length = fread(source, 1, SCENARIO_FILE_BYTES_MAX, file);
    bool good = ferror(file) == 0;
    (void)fclose(file);
    return good ? source : NULL;
}

void inputs_complain(const char *path, const struct diagnostics *diagnostics)
{
    struct arena arena;
    size_t length = 0;

    arena_init(&arena, 0);
    const char *source = read_source(&arena, path, &length);
    (void)fputs(diagnostics_render(&arena, diagnostics, source, length), stderr);
    arena_done(&arena);
}

static struct scenario *
load(struct arena *arena, const char *path, const struct scenario_overrides *overrides)
{
    struct scenario *scenario = ARENA_NEW(arena, struct scenario);
    struct diagnostics diagnostics;

    diagnostics_init(&diagnostics, arena);
    if (scenario_load(arena, path, overrides, &diagnostics, scenario) < 0) {
        inputs_complain(path, &diagnostics);
        return NULL;
    }
    return scenario;
}

static bool name_is_free(struct arena *arena, const struct inputs *inputs, size_t index)
{
    const struct scenario *scenario = inputs->scenarios[index];

    for (size_t i = 0; i < index; i++) {
        if (text_equal(inputs->scenarios[i]->name, scenario->name)) {
            files_complain(arena, scenario->file,
                           arena_printf(arena,
                                        "scenario '%s' is also the name of %s: "
                                        "one report would replace the other",
                                        scenario->name,
                                        utf8_printable(arena, inputs->scenarios[i]->file)));
            return false;
        }
    }
    return true;
}

bool inputs_read(struct inputs *ret,
                 struct arena *arena,
                 const char *const *paths,
                 size_t path_count,
                 const struct scenario_overrides *overrides)
{
    static const char *const endings[] = {".yaml", ".yml", NULL};
    static const struct files_wanted wanted = {.endings = endings,
                                               .kind = "scenario (*.yaml, *.yml)"};
    struct files files;

    bool good = files_find(&files, arena, paths, path_count, &wanted);
    *ret = (struct inputs){.scenarios = ARENA_ARRAY(arena, struct scenario *, files.count)};
    for (size_t i = 0; i < files.count; i++) {
        struct scenario *scenario = load(arena, files.paths[i], overrides);
        if (scenario == NULL) {
            good = false;
            continue;
        }
        ret->scenarios[ret->count++] = scenario;
        good = name_is_free(arena, ret, ret->count - 1) && good;
    }
    return good;
}
