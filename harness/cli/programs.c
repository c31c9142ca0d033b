#include "cli/programs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usual_folders[] = "/usr/local/bin:/usr/bin:/bin";

static bool is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static const char *found_in(struct arena *arena, const char *folder, const char *name)
{
    const char *path = arena_printf(arena, "%s/%s", folder, name);

    return is_program(path) ? path : NULL;
}

static const char *found_on(struct arena *arena, const char *name, const char *search_path)
{
    const char *folder = search_path != NULL ? search_path : usual_folders;

    for (;;) {
        size_t length = strcspn(folder, ":");
        const char *prefix = length == 0 ? "." : arena_copy(arena, folder, length);
        const char *path = found_in(arena, prefix, name);
        if (path != NULL || folder[length] == '\0') {
            return path;
        }
        folder += length + 1;
    }
}

static const char *found_by_path(struct arena *arena, const char *path, const char *folder)
{
    if (path[0] == '/') {
        return is_program(path) ? path : NULL;
    }
    return found_in(arena, folder, path);
}

bool programs_exists(const char *name, const char *folder, const char *search_path)
{
    struct arena arena;

    arena_init(&arena, 0);
    bool exists = strchr(name, '/') != NULL ? found_by_path(&arena, name, folder) != NULL
                                            : found_on(&arena, name, search_path) != NULL;
    arena_done(&arena);
    return exists;
}

const char *
programs_find(struct arena *arena, const char *name, const char *folder, const char *search_path)
{
    char here[PATH_MAX];
    const char *path = found_by_path(arena, name, folder);

    if (path == NULL && strchr(name, '/') == NULL) {
        path = found_on(arena, name, search_path);
    }
    if (path == NULL || path[0] == '/' || getcwd(here, sizeof(here)) == NULL) {
        return path;
    }
    return arena_printf(arena, "%s/%s", here, path);
}

static const char *beside_ourselves(struct arena *arena, const char *name)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length < 0) {
        return NULL;
    }
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL) {
        return NULL;
    }
    return arena_printf(arena, "%.*s/%s", (int)(slash - self), self, name);
}

static const char *
find(struct arena *arena, const char *name, const char *variable, struct error *reterr)
{
    const char *named = getenv(variable);

    if (named != NULL && named[0] != '\0') {
        if (!is_program(named)) {
            (void)error_plain(reterr, "%s names '%s', which is no program", variable, named);
            return NULL;
        }
        return named;
    }
    const char *path = beside_ourselves(arena, name);
    if (path == NULL) {
        (void)error_os(reterr, errno, "cannot find %s, since /proc/self/exe is unreadable", name);
        return NULL;
    }
    if (!is_program(path)) {
        (void)error_plain(reterr, "cannot find %s: it should be at '%s', or be named by %s", name,
                          path, variable);
        return NULL;
    }
    return path;
}

const char *programs_find_stub(struct arena *arena, struct error *reterr)
{
    return find(arena, "bascule-stub", "BASCULE_STUB", reterr);
}

const char *programs_find_proxy(struct arena *arena, struct error *reterr)
{
    return find(arena, "bascule-proxy", "BASCULE_PROXY", reterr);
}
