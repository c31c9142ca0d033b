/* cmocka with the headers that it expects before itself, in the one order that works. */
#ifndef BASCULE_TESTS_CMOCKA_ALL_H
#define BASCULE_TESTS_CMOCKA_ALL_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#endif
