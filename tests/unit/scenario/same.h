/* Are two scenarios the same data? Places in files and the text itself do not count. */
#ifndef BASCULE_TESTS_SCENARIO_SAME_H
#define BASCULE_TESTS_SCENARIO_SAME_H

#include "scenario/scenario.h"

/* Fails the test where they differ. */
void same_scenario(const struct scenario *a, const struct scenario *b);

/* Written and read again a scenario must be the same one, and written once more the same text.
   Fails the test otherwise, with the text. Not for scenarios with chaos. */
void same_when_written(const struct scenario *scenario);

#endif
