#include "report/atomic_file.h"

#include "base/check.h"

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

static int make_folders(char *folder)
{
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int made = mkdir(folder, 0777);
        *slash = '/';
        if (made < 0 && errno != EEXIST) {
            return -1;
        }
    }
    return mkdir(folder, 0777) < 0 && errno != EEXIST ? -1 : 0;
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
    if (make_folders(arena_copy(&arena, folder, strlen(folder))) < 0) {
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
    arena_done(&arena);
    return result;
}
