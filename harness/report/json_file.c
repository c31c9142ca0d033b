#include "report/json_file.h"

#include "report/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES_FIRST = 64 * 1024, MIB_SHIFT = 20 };

struct reading {
    struct arena *arena;
    const char *path;
    size_t limit;
    struct error *reterr;
};

static int too_large(const struct reading *r)
{
    return error_plain(r->reterr, "%s: more than %zu MiB are not read", r->path,
                       r->limit >> MIB_SHIFT);
}

static int check_file(const struct reading *r, int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0) {
        return error_os(r->reterr, errno, "cannot read '%s'", r->path);
    }
    if (S_ISDIR(status.st_mode)) {
        return error_plain(r->reterr, "'%s' is a folder, not a file", r->path);
    }
    return status.st_size > (off_t)r->limit ? too_large(r) : 0;
}

/* Reads until the end, also of a pipe, whose size nobody knows. *bytes is the heap's, also after a
   failure. */
static int read_all(const struct reading *r, int fd, char **bytes, size_t *ret_length)
{
    size_t capacity = 0;
    size_t length = 0;

    for (;;) {
        if (length == capacity) {
            capacity = capacity == 0 ? BYTES_FIRST : 2 * capacity;
            char *more = realloc(*bytes, capacity);
            if (more == NULL) {
                return error_os(r->reterr, errno, "cannot read '%s'", r->path);
            }
            *bytes = more;
        }
        ssize_t count = read(fd, *bytes + length, capacity - length);
        if (count < 0 && errno != EINTR) {
            return error_os(r->reterr, errno, "cannot read '%s'", r->path);
        }
        if (count == 0) {
            *ret_length = length;
            return 0;
        }
        length += count > 0 ? (size_t)count : 0;
        if (length > r->limit) {
            return too_large(r);
        }
    }
}

static json_t *parse(const struct reading *r, const char *bytes, size_t length)
{
    json_error_t error;
    json_t *json = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &error);

    if (json == NULL) {
        (void)error_plain(r->reterr, "%s:%d:%d: this is no whole JSON: %s", r->path, error.line,
                          error.column, utf8_printable(r->arena, error.text));
    }
    return json;
}

json_t *json_file_read(struct arena *arena, const char *path, size_t limit, struct error *reterr)
{
    const struct reading r = {
        .arena = arena,
        .path = utf8_printable(arena, path),
        .limit = limit,
        .reterr = reterr,
    };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    json_t *json = NULL;
    char *bytes = NULL;
    size_t length = 0;

    if (fd < 0) {
        (void)error_os(reterr, errno, "cannot open '%s'", r.path);
        return NULL;
    }
    if (check_file(&r, fd) == 0 && read_all(&r, fd, &bytes, &length) == 0) {
        json = parse(&r, bytes, length);
    }
    free(bytes);
    (void)close(fd);
    return json;
}
