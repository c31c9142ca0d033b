/* Figures for a person's eyes, rounded: "1.501 s", "4.2 ms", "never", "-"; no program should read
 * them. */
#ifndef BASCULE_REPORT_HUMAN_H
#define BASCULE_REPORT_HUMAN_H

#include "base/figure.h"
#include "base/nanos.h"

#include <stdint.h>

#define HUMAN_MAX 32

/* Each returns buffer. */
const char *human_time(nanos time, char buffer[static HUMAN_MAX]);
const char *human_count(uint64_t count, char buffer[static HUMAN_MAX]); /* "12,345" */
const char *human_figure(enum unit unit, struct figure figure, char buffer[static HUMAN_MAX]);

#endif
