#include "world/private_folder.h"

#include "base/text.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 16
#define PATTERN         "bascule-XXXXXX"

/* Folders that exist nearly everywhere and that hardly anybody needs; the first is a tmpfs anyway.
 */
static const char *const mount_points[] = {"/dev/shm", "/mnt", "/media", "/srv"};

bool private_folder_is_needed(const struct scenario *scenario)
{
    return scenario_has_node(scenario, NODE_COMMAND) ||
           scenario_client_is_external(&scenario->client);
}

/* ---- what a mount would hide ---- */

static bool mentions(const char *text, const char *path)
{
    return text != NULL && strstr(text, path) != NULL;
}

static bool line_mentions(const struct command_line *line, const char *path)
{
    for (size_t i = 0; i < line->count; i++) {
        if (mentions(line->words[i], path)) {
            return true;
        }
    }
    return false;
}

static bool node_mentions(const struct scenario_node *node, const char *path)
{
    for (size_t i = 0; i < node->env_count; i++) {
        if (mentions(node->env[i].value, path)) {
            return true;
        }
    }
    return mentions(node->cwd, path) || line_mentions(&node->command, path);
}

static bool is_wanted(const struct scenario *scenario, const char *path)
{
    static const char *const variables[] = {"HOME", "TMPDIR", "PATH"};
    char here[4096];
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (mentions(getenv(variables[i]), path)) {
            return true;
        }
    }
    for (size_t i = 0; i < scenario->process_count; i++) {
        if (node_mentions(&scenario->nodes[i], path)) {
            return true;
        }
    }
    return getcwd(here, sizeof here) == NULL || mentions(here, path) ||
           mentions(scenario->file, path) || mentions(scenario->client.options, path) ||
           line_mentions(&scenario->client.exec, path) ||
           line_mentions(&scenario->alerts.command, path);
}

static bool is_among(const char *const *wanted, const char *path)
{
    while (*wanted != NULL && !mentions(*wanted, path)) {
        wanted++;
    }
    return *wanted != NULL;
}

static const char *mount_somewhere(const struct scenario *scenario, const char *const *wanted)
{
    for (size_t i = 0; i < sizeof mount_points / sizeof mount_points[0]; i++) {
        if (!is_wanted(scenario, mount_points[i]) && !is_among(wanted, mount_points[i]) &&
            mount("tmpfs", mount_points[i], "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") == 0) {
            return mount_points[i];
        }
    }
    return NULL;
}

/* ---- made and removed ---- */

int private_folder_make(struct private_folder *folder,
                        const struct scenario *scenario,
                        const char *const *wanted,
                        struct error *reterr)
{
    struct text path;
    const char *above = getenv("TMPDIR");
    *folder = (struct private_folder){
        .mounted_on = wanted != NULL ? mount_somewhere(scenario, wanted) : NULL};
    if (folder->mounted_on != NULL) {
        above = folder->mounted_on;
    } else if (above == NULL || above[0] != '/') {
        above = "/tmp";
    }
    text_init(&path, folder->path, sizeof folder->path);
    text_printf(&path, "%s/" PATTERN, above);
    if (path.overflowed || mkdtemp(folder->path) == NULL) {
        int os_errno = path.overflowed ? ENAMETOOLONG : errno;
        folder->path[0] = '\0';
        private_folder_remove(folder);
        return error_os(reterr, os_errno, "cannot make a folder in '%s'", above);
    }
    return 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)where;
    (void)(kind == FTW_DP || kind == FTW_DNR ? rmdir(path) : unlink(path));
    return 0; /* as much as can be */
}

bool private_folder_clear(const char *path)
{
    (void)nftw(path, remove_one, DESCRIPTORS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    return access(path, F_OK) < 0;
}

void private_folder_remove(struct private_folder *folder)
{
    if (folder->mounted_on != NULL) { /* with what is in it, also while somebody still uses it */
        (void)umount2(folder->mounted_on, MNT_DETACH);
    } else if (folder->path[0] != '\0') {
        (void)private_folder_clear(folder->path);
    }
    *folder = (struct private_folder){.path = ""};
}
