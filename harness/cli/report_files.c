#include "cli/report_files.h"

#include "base/text.h"
#include "report/report_file.h"

static bool is_named(const char *path, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(path, paths[i])) {
            return true;
        }
    }
    return false;
}

bool report_files_find(
    struct files *ret, struct arena *arena, const char *const *paths, size_t path_count, bool flat)
{
    static const char *const endings[] = {".json", NULL};
    const struct files_wanted wanted = {
        .endings = endings, .kind = "report (*.json)", .flat = flat};
    struct files found;
    bool good = files_find(&found, arena, paths, path_count, &wanted);

    *ret = (struct files){.paths = found.paths};
    for (size_t i = 0; i < found.count; i++) {
        const char *path = found.paths[i];
        if (is_named(path, paths, path_count) || !report_file_is_other(path)) {
            ret->paths[ret->count++] = path;
        }
    }
    if (good && ret->count == 0) {
        files_complain(arena, paths[0], "no report in there, only files that tell of reports");
        return false;
    }
    return good;
}
