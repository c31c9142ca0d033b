#include "report/document_folder.h"

#include "base/text.h"
#include "report/archive.h"
#include "report/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENDING ".json"

static int choose(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t length = strlen(name);
    size_t tail = sizeof(ENDING) - 1;

    return name[0] != '.' && length > tail && text_equal(name + length - tail, ENDING) ? 1 : 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_named(struct documents *ret,
                      struct arena *arena,
                      const char *const *paths,
                      size_t count,
                      struct error *reterr)
{
    struct document *documents = ARENA_ARRAY(arena, struct document, count);

    for (size_t i = 0; i < count; i++) {
        if (document_read(&documents[i], arena, paths[i], reterr) < 0) {
            return -1;
        }
    }
    ret->items = documents;
    ret->count = count;
    return 0;
}

static int
read_folder(struct documents *ret, struct arena *arena, const char *folder, struct error *reterr)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    struct dirent **entries = NULL;
    size_t found = 0;
    int count = scandir(folder, &entries, choose, by_name);

    if (count < 0) {
        return error_os(reterr, errno, "cannot read the folder '%s'",
                        utf8_printable(arena, folder));
    }
    const char **paths = ARENA_ARRAY(arena, const char *, (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(arena, "%s%s%s", folder, slash, entries[i]->d_name);
        free(entries[i]);
        if (!archive_ignores(path)) {
            paths[found++] = path;
        }
    }
    free(entries);
    if (found == 0) {
        return error_plain(reterr, "no report (*.json) in the folder '%s'",
                           utf8_printable(arena, folder));
    }
    return read_named(ret, arena, paths, found, reterr);
}

int document_folder_read(struct documents *ret,
                         struct arena *arena,
                         const char *path,
                         struct error *reterr)
{
    struct stat status;

    *ret = (struct documents){.folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode)};
    return ret->folder ? read_folder(ret, arena, path, reterr)
                       : read_named(ret, arena, &path, 1, reterr);
}

const char *document_folder_stem(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name);
    size_t tail = sizeof(ENDING) - 1;

    if (length > tail && text_equal(name + length - tail, ENDING)) {
        length -= tail;
    }
    return arena_copy(arena, name, length);
}
