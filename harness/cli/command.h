/* What a command of the program is, and the exit statuses that all of them share. Commands and
 * cli.c alone print. */
#ifndef BASCULE_CLI_COMMAND_H
#define BASCULE_CLI_COMMAND_H

#include "cli/options.h"

/* API. An interruption is 128 + the signal. */
enum {
    STATUS_GOOD = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_INCONCLUSIVE = 3,
    STATUS_SKIPPED = 77,
    STATUS_SIGNAL = 128,
};

struct command {
    const char *name;
    const char *summary;  /* half a sentence */
    const char *operands; /* "SCENARIO|DIR..." */
    const char *about;    /* for the help, lines of at most 80 characters */
    const char *example;  /* one command a line, each indented by two */
    struct option_table options;
    int (*run)(const struct options *options); /* returns the exit status */
};

extern const struct command command_run;
extern const struct command command_check;
extern const struct command command_plan;
extern const struct command command_simulate;
extern const struct command command_replay;
extern const struct command command_client_check;
extern const struct command command_render;
extern const struct command command_compare;
extern const struct command command_history;
extern const struct command command_schema;

/* Prints "bascule NAME: text" and where help is; returns STATUS_USAGE. */
int command_misused(const struct command *command, const char *text);

#endif
