#include "cli/run_logs.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char ending[] = ".log";

static bool is_log(const char *name)
{
    size_t length = strlen(name);
    size_t tail = strlen(ending);

    return length > tail && strcmp(name + length - tail, ending) == 0;
}

/* Those of an earlier run would be taken for this one's. */
static void remove_old(const char *folder)
{
    DIR *entries = opendir(folder);

    if (entries == NULL) {
        return;
    }
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (is_log(entry->d_name)) {
            (void)unlinkat(dirfd(entries), entry->d_name, 0);
        }
    }
    (void)closedir(entries);
}

const char *run_logs_name(struct arena *arena, const struct scenario *scenario)
{
    return arena_printf(arena, "%s.logs", scenario->name);
}

const char *run_logs_prepare(struct arena *arena,
                             const char *report_folder,
                             const struct scenario *scenario,
                             struct error *reterr)
{
    const char *path = arena_printf(arena, "%s/%s", report_folder, run_logs_name(arena, scenario));

    if (mkdir(path, 0777) < 0 && errno != EEXIST) {
        (void)error_os(reterr, errno, "cannot make the folder '%s' for logs", path);
        return NULL;
    }
    remove_old(path);
    return path;
}
