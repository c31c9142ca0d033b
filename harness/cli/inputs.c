#include "cli/inputs.h"

#include "base/text.h"
#include "report/utf8.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Files ---- */

struct file_list {
    struct arena *arena;
    const char **paths;
    const char **real_paths; /* without links; what tells whether two are one */
    size_t count;
    size_t capacity;
    size_t complaints;
};

static void complain(struct arena *arena, const char *path, const char *text)
{
    (void)fprintf(stderr, "%s: error: %s\n", utf8_printable(arena, path), text);
}

static void grow(struct file_list *list)
{
    size_t capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
    const char **paths = ARENA_ARRAY(list->arena, const char *, capacity);
    const char **real_paths = ARENA_ARRAY(list->arena, const char *, capacity);

    for (size_t i = 0; i < list->count; i++) {
        paths[i] = list->paths[i];
        real_paths[i] = list->real_paths[i];
    }
    list->paths = paths;
    list->real_paths = real_paths;
    list->capacity = capacity;
}

static void add_file(struct file_list *list, const char *path)
{
    char *resolved = realpath(path, NULL);
    const char *real_path = resolved != NULL ? resolved : path;

    real_path = arena_copy(list->arena, real_path, strlen(real_path));
    free(resolved);
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->real_paths[i], real_path)) {
            return;
        }
    }
    if (list->count == list->capacity) {
        grow(list);
    }
    list->paths[list->count] = arena_copy(list->arena, path, strlen(path));
    list->real_paths[list->count] = real_path;
    list->count++;
}

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t tail = strlen(ending);

    return length > tail && text_equal(name + length - tail, ending);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Returns how many scenario files the entry is: 1 or 0. */
static size_t visit(struct file_list *list, FTS *tree, FTSENT *entry)
{
    bool hidden = entry->fts_level > 0 && entry->fts_name[0] == '.';

    switch (entry->fts_info) {
    case FTS_D:
        if (hidden) {
            (void)fts_set(tree, entry, FTS_SKIP);
        }
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        complain(list->arena, entry->fts_path, strerrordesc_np(entry->fts_errno));
        list->complaints++;
        return 0;
    case FTS_F:
        break;
    default:
        return 0;
    }
    if (hidden || !(has_ending(entry->fts_name, ".yaml") || has_ending(entry->fts_name, ".yml"))) {
        return 0;
    }
    add_file(list, entry->fts_path);
    return 1;
}

static void add_folder(struct file_list *list, const char *folder)
{
    char *start = arena_copy(list->arena, folder, strlen(folder));
    size_t length = strlen(start);
    size_t found = 0;

    /* "dir/" would show as "dir//file". */
    while (length > 1 && start[length - 1] == '/') {
        start[--length] = '\0';
    }
    char *const roots[] = {start, NULL};
    size_t complaints = list->complaints;
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (tree == NULL) {
        complain(list->arena, folder, strerrordesc_np(errno));
        list->complaints++;
        return;
    }
    for (FTSENT *entry = fts_read(tree); entry != NULL; entry = fts_read(tree)) {
        found += visit(list, tree, entry);
    }
    (void)fts_close(tree);
    if (found == 0 && complaints == list->complaints) {
        complain(list->arena, folder, "no scenario (*.yaml, *.yml) in this folder");
        list->complaints++;
    }
}

static void add_path(struct file_list *list, const char *path)
{
    struct stat status;

    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        add_folder(list, path);
    } else {
        add_file(list, path);
    }
}

/* ---- Scenarios ---- */

/* For the line under a complaint: what cannot be read now is shown without. */
static const char *read_source(struct arena *arena, const char *path, size_t *ret_length)
{
    char *source = arena_alloc(arena, SCENARIO_FILE_BYTES_MAX + 1);
    FILE *file = fopen(path, "re");

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
            complain(arena, scenario->file,
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
    struct file_list list = {.arena = arena};

    for (size_t i = 0; i < path_count; i++) {
        add_path(&list, paths[i]);
    }
    *ret = (struct inputs){.scenarios = ARENA_ARRAY(arena, struct scenario *, list.count)};
    bool good = list.complaints == 0;
    for (size_t i = 0; i < list.count; i++) {
        struct scenario *scenario = load(arena, list.paths[i], overrides);
        if (scenario == NULL) {
            good = false;
            continue;
        }
        ret->scenarios[ret->count++] = scenario;
        good = name_is_free(arena, ret, ret->count - 1) && good;
    }
    return good;
}
