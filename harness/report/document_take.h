/* Typed access to the values of a report of unknown origin. The first complaint stays and names the
   place; after it every access gives an empty value, so that readers need not look after each one.
   For document*.c and report_read.c only. */
#ifndef BASCULE_REPORT_DOCUMENT_TAKE_H
#define BASCULE_REPORT_DOCUMENT_TAKE_H

#include "report/document.h"

#include <jansson.h>

struct taking {
    struct arena *arena;
    const char *path;
    struct error *reterr;
    bool failed;
};

/* A value and where it stands. Those above live on the callers' stacks. */
struct place {
    struct taking *taking;
    const struct place *up; /* NULL: the whole report */
    const json_t *value;    /* NULL: it is not there */
    const char *key;        /* NULL: an item of a list */
    size_t index;
};

/* "FILE: error: runs[0].faults TEXT", fit for a terminal. */
void take_complain(const struct place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "is missing", or "is no WANTED". */
void take_wrong(const struct place *place, const char *wanted);

struct place take_member(const struct place *object, const char *key);
struct place take_item(const struct place *list, size_t index);

/* Of a member of an object. Absent or of another type: a complaint. */
const char *take_text(const struct place *object, const char *key);
const char *take_text_or_null(const struct place *object, const char *key);
/* NULL also where it is missing: earlier versions did not write it. */
const char *take_text_if_there(const struct place *object, const char *key);
/* One of the words, which end with NULL. */
const char *take_word(const struct place *object, const char *key, const char *const *words);
bool take_flag(const struct place *object, const char *key);
/* At most 2^53 on either side of 0, as are figures. */
double take_number(const struct place *object, const char *key);
/* From 0 to 2^53. */
int64_t take_count(const struct place *object, const char *key);
/* null is -1; with most below 0 nothing else is possible. */
int64_t take_count_or_null(const struct place *object, const char *key, int64_t most);
/* The member "seed". */
uint64_t take_seed(const struct place *object);
/* Of the member "scenario" of a report; the text has the recorded digest. */
const char *take_scenario_text(const struct place *scenario);
struct document_figure take_figure(const struct place *object, const char *key);
struct document_texts take_texts(const struct place *object, const char *key);
struct place take_object(const struct place *object, const char *key);
/* Sets *ret_count: 0 after a complaint. */
struct place take_list(const struct place *object, const char *key, size_t *ret_count);

/* The value itself. */
struct document_figure take_figure_at(const struct place *place);
const char *take_text_at(const struct place *place);

#endif
