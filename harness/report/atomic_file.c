#include "report/atomic_file.h"

#include "base/check.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const struct atomic_file *file, int os_errno, struct error *reterr)
{
    return error_os(reterr, os_errno, "cannot write '%s'", file->path);
}

/* The name that a killed process of the same id left behind is taken over. */
static int open_named(const char *temporary)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = open(temporary, flags, 0666);

    if (fd < 0 && errno == EEXIST && unlink(temporary) == 0) {
        fd = open(temporary, flags, 0666);
    }
    return fd;
}

/* A device, a pipe, or a door to what a program has open: nothing that could be replaced. */
static bool is_special(const char *path)
{
    static const char door[] = "/proc/";
    char target[sizeof(door)] = "";
    struct stat status;

    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return true;
    }
    return readlink(path, target, sizeof(door) - 1) > 0 && text_equal(target, door);
}

int atomic_file_open(struct atomic_file *file,
                     struct arena *arena,
                     const char *path,
                     struct error *reterr)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL   ? "."
                         : slash == path ? "/"
                                         : arena_copy(arena, path, (size_t)(slash - path));
    const char *name = slash == NULL ? path : slash + 1;

    *file = (struct atomic_file){
        .path = arena_copy(arena, path, strlen(path)),
        .temporary = arena_printf(arena, "%s/.%s.%ld.tmp", folder, name, (long)getpid()),
    };
    file->special = is_special(path);
    if (file->special) {
        file->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        return file->fd < 0 ? failed(file, errno, reterr) : 0;
    }
    file->fd = open(folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
    if (file->fd < 0) {
        file->fd = open_named(file->temporary);
        file->named = file->fd >= 0;
    }
    return file->fd < 0 ? failed(file, errno, reterr) : 0;
}

int atomic_file_write(struct atomic_file *file,
                      const void *bytes,
                      size_t length,
                      struct error *reterr)
{
    const char *at = bytes;

    CHECK(file->fd >= 0);
    while (length > 0) {
        ssize_t count = write(file->fd, at, length);
        if (count < 0 && errno != EINTR) {
            return failed(file, errno, reterr);
        }
        if (count > 0) {
            at += count;
            length -= (size_t)count;
        }
    }
    return 0;
}

/* linkat never replaces a file, so that the nameless one needs a name before it can be moved. */
static int give_name(struct atomic_file *file)
{
    char link[64];

    if (file->named) {
        return 0;
    }
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
    (void)unlink(file->temporary);
    if (linkat(AT_FDCWD, link, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) < 0) {
        return -1;
    }
    file->named = true;
    return 0;
}

/* Some file systems tell only here that the disk is full. */
static int close_fd(struct atomic_file *file)
{
    int fd = file->fd;

    file->fd = -1;
    return close(fd);
}

int atomic_file_commit(struct atomic_file *file, struct error *reterr)
{
    CHECK(file->fd >= 0);
    if (file->special) {
        return close_fd(file) < 0 ? failed(file, errno, reterr) : 0;
    }
    if (fsync(file->fd) < 0 || give_name(file) < 0 || close_fd(file) < 0 ||
        rename(file->temporary, file->path) < 0) {
        int os_errno = errno;
        atomic_file_abandon(file);
        return failed(file, os_errno, reterr);
    }
    file->named = false;
    return 0;
}

void atomic_file_abandon(struct atomic_file *file)
{
    if (file->fd >= 0) {
        (void)close_fd(file);
    }
    if (file->named) {
        (void)unlink(file->temporary);
        file->named = false;
    }
}

int atomic_file_put(const char *path, const void *bytes, size_t length, struct error *reterr)
{
    struct atomic_file file;
    struct arena arena;
    int result = -1;

    arena_init(&arena, 0);
    if (atomic_file_open(&file, &arena, path, reterr) == 0) {
        if (atomic_file_write(&file, bytes, length, reterr) == 0) {
            result = atomic_file_commit(&file, reterr);
        }
        atomic_file_abandon(&file);
    }
    arena_done(&arena);
    return result;
}

/* The folders that were made, by the lengths of their paths. */
struct made_folders {
    char *path;
    size_t *lengths;
    size_t count;
};

static int make_folder(struct made_folders *made, size_t length)
{
    char next = made->path[length];

    made->path[length] = '\0';
    int result = mkdir(made->path, 0777);
    made->path[length] = next;
    if (result == 0) {
        made->lengths[made->count++] = length;
    }
    return result < 0 && errno != EEXIST ? -1 : 0;
}

static int make_folders(struct made_folders *made)
{
    size_t length = strlen(made->path);

    for (size_t i = 1; i < length; i++) {
        if (made->path[i] == '/' && make_folder(made, i) < 0) {
            return -1;
        }
    }
    return make_folder(made, length);
}

/* Leaves none of ours behind for a name that was of no use; the last one first. */
static void remove_made(struct made_folders *made)
{
    while (made->count > 0) {
        made->path[made->lengths[--made->count]] = '\0';
        (void)rmdir(made->path);
    }
}

int atomic_file_prepare_folder(const char *folder, struct error *reterr)
{
    struct atomic_file probe = {.fd = -1};
    struct arena arena;
    int result = 0;

    if (folder[0] == '\0') {
        return error_plain(reterr, "the name of the report folder is empty");
    }
    arena_init(&arena, 0);
    struct made_folders made = {
        .path = arena_copy(&arena, folder, strlen(folder)),
        .lengths = ARENA_ARRAY(&arena, size_t, strlen(folder)),
    };
    if (make_folders(&made) < 0) {
        result = error_os(reterr, errno, "cannot create the folder '%s'", folder);
    } else {
        probe.path = folder;
        probe.temporary = arena_printf(&arena, "%s/.probe.%ld.tmp", folder, (long)getpid());
        probe.fd = open_named(probe.temporary);
        probe.named = probe.fd >= 0;
        if (probe.fd < 0) {
            result = error_os(reterr, errno, "cannot write into the folder '%s'", folder);
        }
        atomic_file_abandon(&probe);
    }
    if (result < 0) {
        remove_made(&made);
    }
    arena_done(&arena);
    return result;
}
