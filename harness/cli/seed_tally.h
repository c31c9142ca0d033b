/* What many seeds of one scenario came to: counts, the first seed of each kind, and figures pooled
   over all of them. The order in which outcomes come makes no difference. */
#ifndef BASCULE_CLI_SEED_TALLY_H
#define BASCULE_CLI_SEED_TALLY_H

#include "base/arena.h"
#include "cli/seed_run.h"
#include "core/verdict.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct seed_tally {
    const struct scenario *scenario;
    uint64_t planned; /* seeds */
    uint64_t done;
    uint64_t counts[SEED_ENDINGS];
    uint64_t first[SEED_ENDINGS]; /* seed; where counts is above 0 */
    nanos virtual_ns;
    int64_t *figures[SEED_FIGURES];
    size_t figure_counts[SEED_FIGURES];
};

/* Memory for planned seeds from the arena. */
void seed_tally_init(struct seed_tally *tally,
                     struct arena *arena,
                     const struct scenario *scenario,
                     uint64_t planned);
void seed_tally_add(struct seed_tally *tally, const struct seed_outcome *outcome);

/* Of all seeds together. strict: one that proved nothing is in doubt even beside others.
 */
enum verdict seed_tally_verdict(const struct seed_tally *tally, bool strict);

/* "kill-primary: 1000 seeds, all passed (412 runs/s, 6,180 x real time)", with a line break. wall:
   0 if unknown. */
void seed_tally_line(FILE *out, struct arena *arena, const struct seed_tally *tally, nanos wall);

/* A row for each metric that has any figure: min, p50, p95, max of the worst of each seed. */
void seed_tally_figures(FILE *out, struct arena *arena, const struct seed_tally *tally);

#endif
