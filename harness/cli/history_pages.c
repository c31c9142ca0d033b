#include "cli/history_pages.h"

#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN_FILE "/proc/self/fd/1"

/* Where links begin; false: nobody knows. */
static bool find_folder(char ret[static PATH_MAX])
{
    struct stat status;

    if (fstat(STDOUT_FILENO, &status) < 0 || !S_ISREG(status.st_mode)) {
        return getcwd(ret, PATH_MAX) != NULL;
    }
    if (realpath(OWN_FILE, ret) == NULL) {
        return false;
    }
    char *slash = strrchr(ret, '/');
    *(slash == ret ? slash + 1 : slash) = '\0';
    return true;
}

/* From one folder to a file, both from the root and without links or dots in them. */
static const char *way(struct arena *arena, const char *folder, const char *file)
{
    const char *up = "";
    size_t shared = 0;

    for (size_t i = 0; folder[i] == file[i] || folder[i] == '\0'; i++) {
        if (file[i] == '/') {
            shared = i; /* the slash before the first name that is not shared */
        }
        if (folder[i] == '\0') {
            break;
        }
    }
    for (const char *left = folder + shared; *left != '\0'; left++) {
        up = *left == '/' && left[1] != '\0' ? arena_printf(arena, "../%s", up) : up;
    }
    return arena_printf(arena, "%s%s", up, file + shared + 1);
}

static const char *page_of(struct arena *arena, const char *folder, const char *report)
{
    char file[PATH_MAX];
    size_t length = strlen(report);

    if (length < 5 || !text_equal(report + length - 5, ".json")) {
        return NULL;
    }
    const char *page = arena_printf(arena, "%.*s.html", (int)length - 5, report);
    return realpath(page, file) == NULL ? NULL : way(arena, folder, file);
}

void history_pages_find(struct arena *arena, struct archive *archive)
{
    char folder[PATH_MAX];

    if (!find_folder(folder)) {
        return;
    }
    for (size_t i = 0; i < archive->count; i++) {
        archive->items[i].page = page_of(arena, folder, archive->items[i].path);
    }
}
