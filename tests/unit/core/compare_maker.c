#include "compare_maker.h"

static struct arena arena;

int compare_maker_begin(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

int compare_maker_end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

struct sample sample_made(const double *values, size_t count)
{
    return sample_of(&arena, values, count);
}

struct sample around(double middle, double step, size_t count)
{
    double *values = ARENA_ARRAY(&arena, double, count + 1);

    for (size_t i = 0; i < count; i++) {
        values[i] = middle + step * ((double)i - (double)(count - 1) / 2);
    }
    return sample_of(&arena, values, count);
}

struct sample mostly_zero(size_t count, size_t other, double value)
{
    double *values = ARENA_ARRAY(&arena, double, count);

    for (size_t i = 0; i < other; i++) {
        values[i] = value;
    }
    return sample_of(&arena, values, count);
}

struct compare_total compare_questions(const struct compare_question *questions,
                                       struct compare_answer *answers,
                                       size_t count)
{
    struct compare_total total;

    compare_all(questions, answers, count, (struct compare_rules){.threshold = 0.1}, &total);
    return total;
}
