#include "cli/files.h"

#include "base/text.h"
#include "report/utf8.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct file_list {
    struct arena *arena;
    const struct files_wanted *wanted;
    const char **paths;
    const char **real_paths; /* without links; what tells whether two are one */
    size_t count;
    size_t capacity;
    size_t complaints;
    size_t looked_at; /* entries of folders */
    dev_t device;     /* of the folder that is walked */
};

void files_complain(struct arena *arena, const char *path, const char *text)
{
    const char *name = path[0] == '\0' ? "''" : utf8_printable(arena, path);

    (void)fprintf(stderr, "%s: error: %s\n", name, text);
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

static bool is_wanted(const struct file_list *list, const char *name)
{
    for (const char *const *ending = list->wanted->endings; *ending != NULL; ending++) {
        if (has_ending(name, *ending)) {
            return true;
        }
    }
    return false;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Another file system has to be named: /proc is endless, and what is mounted may be far away. */
static bool is_elsewhere(struct file_list *list, const FTSENT *folder)
{
    if (folder->fts_level == 0) {
        list->device = folder->fts_statp->st_dev;
    }
    if (folder->fts_statp->st_dev == list->device) {
        return false;
    }
    (void)fprintf(stderr,
                  "%s: passed over: another file system is mounted there; name it by itself\n",
                  utf8_printable(list->arena, folder->fts_path));
    return true;
}

/* Returns how many wanted files the entry is: 1 or 0. */
static size_t visit(struct file_list *list, FTS *tree, FTSENT *entry)
{
    bool below = entry->fts_level > 0;
    bool hidden = below && entry->fts_name[0] == '.';

    switch (entry->fts_info) {
    case FTS_D:
        if (hidden || (below && list->wanted->flat) || is_elsewhere(list, entry)) {
            (void)fts_set(tree, entry, FTS_SKIP);
        }
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        files_complain(list->arena, entry->fts_path, strerrordesc_np(entry->fts_errno));
        list->complaints++;
        return 0;
    case FTS_F:
        break;
    default:
        return 0;
    }
    if (hidden || !is_wanted(list, entry->fts_name)) {
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
        files_complain(list->arena, folder, strerrordesc_np(errno));
        list->complaints++;
        return;
    }
    for (FTSENT *entry = fts_read(tree); entry != NULL; entry = fts_read(tree)) {
        if (list->looked_at++ == FILES_LOOKED_AT_MAX) {
            files_complain(list->arena, folder,
                           arena_printf(list->arena,
                                        "more than %d files and folders are below it: "
                                        "name the folders that are meant",
                                        FILES_LOOKED_AT_MAX));
            list->complaints++;
            break;
        }
        found += visit(list, tree, entry);
    }
    (void)fts_close(tree);
    if (found == 0 && complaints == list->complaints) {
        files_complain(list->arena, folder,
                       arena_printf(list->arena, "no %s in this folder", list->wanted->kind));
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

bool files_find(struct files *ret,
                struct arena *arena,
                const char *const *paths,
                size_t path_count,
                const struct files_wanted *wanted)
{
    struct file_list list = {.arena = arena, .wanted = wanted};

    for (size_t i = 0; i < path_count; i++) {
        add_path(&list, paths[i]);
    }
    *ret = (struct files){.paths = list.paths, .count = list.count};
    return list.complaints == 0;
}
