/* A file that is there whole or not at all: written beside its name, then put in its place. It
   refuses to leave a half-written file behind; where the file system knows O_TMPFILE, also when the
   process is killed. What is no file, such as /dev/stdout or a pipe, is written as it is. */
#ifndef BASCULE_REPORT_ATOMIC_FILE_H
#define BASCULE_REPORT_ATOMIC_FILE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct atomic_file {
    const char *path;
    const char *temporary; /* in the same folder */
    int fd;                /* -1: closed */
    bool named;            /* the temporary has a name already */
    bool special;          /* no file */
};

/* Errors name the path and the system's reason. path is copied into the arena. */
int atomic_file_open(struct atomic_file *file,
                     struct arena *arena,
                     const char *path,
                     struct error *reterr);
int atomic_file_write(struct atomic_file *file,
                      const void *bytes,
                      size_t length,
                      struct error *reterr);
/* To disk and into place. The file is closed and gone from here on, also after a failure. */
int atomic_file_commit(struct atomic_file *file, struct error *reterr);
/* Leaves nothing behind; accepts a file that is closed already. */
void atomic_file_abandon(struct atomic_file *file);

/* The three in one go. */
int atomic_file_put(const char *path, const void *bytes, size_t length, struct error *reterr);

/* Creates the folder and those above it where missing, and proves that a file can be made in it;
   where not, none that it made stays. */
int atomic_file_prepare_folder(const char *folder, struct error *reterr);

#endif
