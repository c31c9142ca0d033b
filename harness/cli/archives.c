#include "cli/archives.h"

#include "cli/report_files.h"
#include "report/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool archives_read(struct archive *ret,
                   struct arena *arena,
                   const char *const *paths,
                   size_t path_count)
{
    struct files files;

    *ret = (struct archive){.count = 0};
    bool good = report_files_find(&files, arena, paths, path_count, false);
    for (size_t i = 0; i < files.count; i++) {
        struct error error = {.text = ""};
        if (archive_add(ret, arena, files.paths[i], &error) < 0) {
            (void)fprintf(stderr, "%s\n", utf8_printable(arena, error.text));
            good = false;
        }
    }
    return good;
}

bool archives_may_print_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && value[0] != '\0') {
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
        }
    }
    return false;
}
