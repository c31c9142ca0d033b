/* Arguments of a command, read by a table: options anywhere, operands in order. It refuses to
   guess: no abbreviations, and "did you mean" instead. */
#ifndef BASCULE_CLI_OPTIONS_H
#define BASCULE_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct option_spec {
    const char *name;  /* without the dashes */
    const char *value; /* "DIR"; NULL: takes none */
    const char *help;  /* half a sentence */
    char letter;       /* 'o' for -o; 0: none */
};

struct option_table {
    const struct option_spec *items;
    size_t count;
};

struct option_use {
    const struct option_spec *spec;
    const char *value; /* NULL if it takes none */
};

struct options {
    struct option_use *uses; /* in order */
    size_t use_count;
    const char **operands;
    size_t operand_count;
    bool help; /* --help or -h was among them; then nothing else was judged */
};

/* arguments: without the names of program and command. Understands --name value, --name=value, -o
   value, -ovalue and
   "--". Memory comes from the arena; strings stay the caller's. */
int options_parse(struct options *ret,
                  struct arena *arena,
                  const struct option_table *table,
                  const char *const *arguments,
                  size_t count,
                  struct error *reterr);

bool options_has(const struct options *options, const char *name);
/* Of the last use; NULL if there is none. */
const char *options_value(const struct options *options, const char *name);
/* All values in order, in the arena. */
const char *const *options_values(const struct options *options,
                                  struct arena *arena,
                                  const char *name,
                                  size_t *ret_count);

struct option_range {
    uint64_t least;
    uint64_t most;
};

/* The whole decimal number of the last use; *ret is left alone if there is none. */
int options_number(const struct options *options,
                   const char *name,
                   struct option_range range,
                   uint64_t *ret,
                   struct error *reterr);

#endif
