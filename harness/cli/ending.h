/* How each scenario of a `bascule run` ended, and the one exit status that follows from all of
 * them. */
#ifndef BASCULE_CLI_ENDING_H
#define BASCULE_CLI_ENDING_H

#include "core/verdict.h"
#include "report/report_text.h"

#include <stdbool.h>
#include <stddef.h>

struct ending {
    struct headline headline;
    enum verdict verdict;
    bool must_unmet;
    const char *report;  /* name of its file in the report folder; NULL: not written */
    const char *details; /* for the end of the output, "" if there is nothing to say */
};

struct ending_list {
    struct ending *items;
    size_t count;
    bool write_failed; /* a report or a journal */
    bool strict;       /* skipped ones are not good enough */
    int signal;        /* that interrupted, 0 */
};

size_t ending_count(const struct ending_list *endings, enum verdict verdict);

/* docs/guide.md, "In CI": an interruption wins over 1, 1 over 3, 3 over 0; 77 only if everything
 * was skipped. */
int ending_exit_status(const struct ending_list *endings);

#endif
