/* Samples made by hand, for the tests of comparisons. */
#ifndef BASCULE_TESTS_CORE_COMPARE_MAKER_H
#define BASCULE_TESTS_CORE_COMPARE_MAKER_H

#include "core/compare.h"

#include <math.h>

#define NEVER ((double)INFINITY)

/* cmocka fixtures of a whole group: the arena that all samples live in. */
int compare_maker_begin(void **state);
int compare_maker_end(void **state);

struct sample sample_made(const double *values, size_t count);

#define SAMPLE(...)                                                                                \
    sample_made((const double[]){__VA_ARGS__}, sizeof((double[]){__VA_ARGS__}) / sizeof(double))

/* count values around `middle`, `step` apart. */
struct sample around(double middle, double step, size_t count);

/* count values, the first `other` of them `value`, the rest 0. */
struct sample mostly_zero(size_t count, size_t other, double value);

/* With a threshold of 10 %. */
struct compare_total compare_questions(const struct compare_question *questions,
                                       struct compare_answer *answers,
                                       size_t count);

#endif
