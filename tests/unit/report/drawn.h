/* A hand-made document and what a writer makes of it, for the tests of the formats. */
#ifndef BASCULE_TESTS_REPORT_DRAWN_H
#define BASCULE_TESTS_REPORT_DRAWN_H

#include "report/render.h"

struct drawn {
    struct arena arena;
    struct document document;
    struct document_expectation expectations[3];
    struct document_run run;
    struct document_reason reason;
};

/* cmocka fixtures; *state is a struct drawn: a failed scenario of one run with a passed, a failed
   and an inconclusive expectation. */
int drawn_setup(void **state);
int drawn_teardown(void **state);

/* In the arena. */
const char *drawn_text(struct drawn *drawn, enum render_format format);

/* Every control character, what is not UTF-8, and what means something to any format. */
extern const char drawn_hostile[];

size_t drawn_times(const char *text, const char *part);
void drawn_assert_has(const char *text, const char *part);

/* No byte of a control character but line breaks, and all of it UTF-8. */
void drawn_assert_plain(const char *text);

#endif
