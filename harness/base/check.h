/* CHECK: an assertion about our own code that is never compiled out; it refuses to judge user
 * input. CHECK_MEMORY: what there is when memory is not. */
#ifndef BASCULE_BASE_CHECK_H
#define BASCULE_BASE_CHECK_H

/* Prints place and condition to stderr and aborts. Users' mistakes are `struct error`, never a
 * CHECK. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failed(__FILE__, __LINE__, #condition);                                          \
        }                                                                                          \
    } while (0)

/* The system gave none: nobody's mistake. Says "out of memory" on stderr and ends the process at
 * once with MEMORY_STATUS: others see to what it started. */
#define CHECK_MEMORY(is_there)                                                                     \
    do {                                                                                           \
        if (!(is_there)) {                                                                         \
            check_memory_failed();                                                                 \
        }                                                                                          \
    } while (0)

/* As of a run that cannot be judged: docs/guide.md. */
enum { MEMORY_STATUS = 3 };

_Noreturn void check_memory_failed(void);
_Noreturn void check_failed(const char *file, int line, const char *condition);

#endif
