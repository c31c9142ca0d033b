#include "report/json_file.h"

#include "report/utf8.h"
#include "scenario/input_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES_FIRST = 64 * 1024, MIB_SHIFT = 20, UTF8_MAX = 4 };

/* ---- The bytes ---- */

static int too_large(const struct json_file *file, size_t limit, struct error *reterr)
{
    return error_plain(reterr, "%s: error: more than %zu MiB are not read", file->path,
                       limit >> MIB_SHIFT);
}

static int check_file(const struct json_file *file, int fd, size_t limit, struct error *reterr)
{
    struct stat status;

    if (fstat(fd, &status) < 0) {
        return error_os(reterr, errno, "%s: error: cannot be read", file->path);
    }
    if (S_ISDIR(status.st_mode)) {
        return error_plain(reterr, "%s: error: this is a folder, not a file", file->path);
    }
    return status.st_size > (off_t)limit ? too_large(file, limit, reterr) : 0;
}

/* Reads until the end, also of a pipe, whose size nobody knows. */
static int read_all(struct json_file *file, int fd, size_t limit, struct error *reterr)
{
    size_t capacity = 0;

    for (;;) {
        if (file->length == capacity) {
            capacity = capacity == 0 ? BYTES_FIRST : 2 * capacity;
            char *more = realloc(file->bytes, capacity);
            if (more == NULL) {
                return error_os(reterr, errno, "%s: error: cannot be read", file->path);
            }
            file->bytes = more;
        }
        ssize_t count = read(fd, file->bytes + file->length, capacity - file->length);
        if (count < 0 && errno != EINTR) {
            return error_os(reterr, errno, "%s: error: cannot be read", file->path);
        }
        if (count == 0) {
            return 0;
        }
        file->length += count > 0 ? (size_t)count : 0;
        if (file->length > limit) {
            return too_large(file, limit, reterr);
        }
    }
}

/* ---- Places ---- */

static size_t behind_text(const struct json_file *file, size_t at)
{
    for (at++; at < file->length && file->bytes[at] != '"'; at++) {
        at += file->bytes[at] == '\\' ? 1 : 0;
    }
    return at + 1;
}

static bool is_key(const struct json_file *file, size_t from, size_t to, const char *key)
{
    size_t length = strlen(key);

    if (to - from != length + 2 || memcmp(file->bytes + from + 1, key, length) != 0) {
        return false;
    }
    while (to < file->length && isspace((unsigned char)file->bytes[to])) {
        to++;
    }
    return to < file->length && file->bytes[to] == ':';
}

/* Over brackets and texts, until the outermost member of that name, or the end. *ret_open: it ends
   within something. */
static size_t walk(const struct json_file *file, const char *key, bool *ret_open)
{
    size_t depth = 0;
    size_t at = 0;

    while (at < file->length) {
        char byte = file->bytes[at];
        size_t next = byte == '"' ? behind_text(file, at) : at + 1;
        if (byte == '"' && depth == 1 && key != NULL && is_key(file, at, next, key)) {
            return at;
        }
        depth += byte == '{' || byte == '[' ? 1 : 0;
        depth -= (byte == '}' || byte == ']') && depth > 0 ? 1 : 0;
        at = next;
    }
    *ret_open = depth > 0 || at > file->length;
    return file->length;
}

size_t json_file_member(const struct json_file *file, const char *key)
{
    bool open;

    return walk(file, key, &open);
}

int json_file_complain(
    const struct json_file *file, size_t at, struct error *reterr, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    size_t line = 1;
    size_t column = 1;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < at; i++) {
        bool is_end = file->bytes[i] == '\n';
        bool is_first = ((unsigned char)file->bytes[i] & 0xC0) != 0x80; /* of a character */
        line += is_end ? 1 : 0;
        column = is_end ? 1 : column + (is_first ? 1 : 0);
    }
    return error_plain(reterr, "%s:%zu:%zu: error: %s", file->path, line, column, text);
}

/* ---- The JSON ---- */

/* What was cut off shows at the end alone: something is open, and all before was well. */
static bool is_cut(const struct json_file *file, size_t consumed)
{
    bool open = false;

    (void)walk(file, NULL, &open);
    return open && consumed + UTF8_MAX > file->length;
}

static int parse(struct json_file *file, struct arena *arena, struct error *reterr)
{
    json_error_t error;

    file->value = json_loadb(file->bytes, file->length, JSON_REJECT_DUPLICATES, &error);
    if (file->value != NULL) {
        return 0;
    }
    size_t consumed = error.position > 0 ? (size_t)error.position : 0;
    if (file->length == 0) {
        return json_file_complain(file, 0, reterr, "the file is empty");
    }
    if (is_cut(file, consumed)) {
        return json_file_complain(file, file->length, reterr,
                                  "the file ends here, but its JSON does not: it was cut short");
    }
    size_t at = consumed > 0 ? consumed - 1 : 0;
    if (json_error_code(&error) == json_error_end_of_input_expected) {
        return json_file_complain(file, at, reterr,
                                  "this is not one JSON value, but another begins here, as in a "
                                  "journal");
    }
    return json_file_complain(file, at, reterr, "this is no JSON: %s",
                              utf8_printable(arena, error.text));
}

int json_file_read(struct json_file *ret,
                   struct arena *arena,
                   const char *path,
                   size_t limit,
                   struct error *reterr)
{
    int fd = input_file_open(path);

    *ret = (struct json_file){.path = path[0] == '\0' ? "''" : utf8_printable(arena, path)};
    if (fd < 0) {
        return error_os(reterr, errno, "%s: error: cannot be opened", ret->path);
    }
    int status = check_file(ret, fd, limit, reterr);
    status = status < 0 ? status : read_all(ret, fd, limit, reterr);
    status = status < 0 ? status : parse(ret, arena, reterr);
    (void)close(fd);
    if (status < 0) {
        json_file_done(ret);
    }
    return status;
}

void json_file_done(struct json_file *file)
{
    json_decref(file->value);
    free(file->bytes);
    *file = (struct json_file){.path = file->path};
}
