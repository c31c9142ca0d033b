/* CHECK: an assertion about our own code that is never compiled out; it refuses to judge user
 * input. */
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

_Noreturn void check_failed(const char *file, int line, const char *condition);

#endif
