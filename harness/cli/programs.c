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

static bool found_on(struct arena *arena, const char *name, const char *search_path)
{
    const char *folder = search_path;

    for (;;) {
        size_t length = strcspn(folder, ":");
        const char *prefix = length == 0 ? "." : arena_copy(arena, folder, length);
        if (is_program(arena_printf(arena, "%s/%s", prefix, name))) {
            return true;
        }
        if (folder[length] == '\0') {
            return false;
        }
        folder += length + 1;
    }
}

bool programs_exists(const char *name, const char *folder, const char *search_path)
{
    struct arena arena;
    bool exists = false;

    arena_init(&arena, 0);
    if (strchr(name, '/') == NULL) {
        exists = found_on(&arena, name, search_path != NULL ? search_path : usual_folders);
    } else if (name[0] == '/') {
        exists = is_program(name);
    } else {
        exists = is_program(arena_printf(&arena, "%s/%s", folder, name));
    }
    arena_done(&arena);
    return exists;
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
