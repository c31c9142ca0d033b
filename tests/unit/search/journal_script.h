/* Small journals from text, for the rules of the random search: one line an event, told to the
   invariants as a run would. Each script makes two journals, a good one and one that breaks a rule.

   A line is a time in milliseconds and a command (see journal_player.c), blanks between the words.
   After '!' it is in the bad journal alone, after '=' in the good one alone; after '*' and a number
   it comes so often, with 00, 01, ... in the place of '#'. When time goes on, a turn of the engine
   ends. Two nodes, a and b; one client; 20 s of traffic; a fault ends at 0. */
#ifndef BASCULE_TESTS_JOURNAL_SCRIPT_H
#define BASCULE_TESTS_JOURNAL_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/* What the client or the scenario has besides. */
enum {
    WITH_PROBES = 1 << 0,      /* every second, 500 ms each, fall 2, rise 1 */
    WITH_HEDGES = 1 << 1,      /* after 100 ms, as few as possible */
    WITH_BREAKER = 1 << 2,     /* 2 failures in 1 s */
    WITH_BUDGET = 1 << 3,      /* of retries, as small as possible */
    WITH_ONE_FAILURE = 1 << 4, /* which ejects; otherwise two */
    WITH_ONE_ATTEMPT = 1 << 5,
    WITH_CANCELS = 1 << 6,    /* after 200 ms */
    WITH_UNHARMED_B = 1 << 7, /* nothing ever happens to b */
    WITH_STREAM = 1 << 8,     /* number 0, an event every 100 ms */
};

struct script {
    const char *rule; /* that the bad journal breaks, where no other counts */
    unsigned with;    /* WITH_... */
    const char *text;
};

/* Fails the test where the good journal breaks any rule, or the bad one not that rule. */
void script_check(const struct script *script);
void scripts_check(const struct script *scripts, size_t count);

#endif
