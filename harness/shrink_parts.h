/* What the files of shrink share among themselves; nobody else includes it. */
#ifndef BASCULE_SHRINK_PARTS_H
#define BASCULE_SHRINK_PARTS_H

#include "base/arena.h"
#include "core/verdict.h"
#include "scenario/scenario.h"
#include "shrink.h"

#include <stdbool.h>
#include <stdint.h>

/* From the plainest way to fail to the vaguest: a smaller run may fail more plainly, never less. */
enum failing {
    FAILING_BY_FIGURE,
    FAILING_BY_RELAPSE,
    FAILING_UNRECOVERED,
    FAILING_CUT_OFF, /* not recovered, but even a client that keeps the limit had no time to */
};

struct failure {
    const char *name; /* of the expectation */
    const char *limit_text;
    bool of_fault; /* one of a fault's own */
    enum failing how;
    int64_t excess; /* over the limit, in the metric's unit */
};

struct shrinker {
    const struct scenario *scenario; /* as given */
    const struct shrink_options *options;
    uint64_t seed;
    struct failure failure; /* of the smallest */
    int64_t excess_min;     /* less might not be seen outside of the simulation */
    bool spare;             /* in the smallest some node is always free: so it must stay, for who
                               has nobody to turn to fails for another reason */
    uint32_t others;        /* of some more seeds those that the smallest fails with as well */
    bool lenient; /* at first: a fault drawn by chance need not hit anything, other seeds need not
                     fail */
    uint32_t tries;
    uint32_t tries_max;
    uint64_t requests_left; /* to be simulated */
    uint64_t *seen;         /* hashes of the texts that were tried: open addressing, 0 is free */
    size_t seen_capacity;
    struct arena kept; /* of the smallest and its run */
    const struct scenario *smallest;
    const struct scenario_result *result; /* of its one run */
    struct arena draft;                   /* of what is tried next */
};

/* ---- The first run (shrink_begin.c) */

/* Runs the scenario as it was given, finds out how it fails, and makes its schedule the first
   smallest. 1: it does not fail. *ret_names: of all that fails, in the given arena. */
int shrink_begin(struct shrinker *shrinker,
                 struct arena *arena,
                 const char **ret_names,
                 struct error *reterr);
/* The faults of chaos are forgiven if they hit nothing, those of a file are not: from now on the
   smallest must fail as a file. False if it does not. */
bool shrink_be_strict(struct shrinker *shrinker);

/* ---- Trying (shrink_try.c) */

/* A copy of the smallest to be edited: its faults, nodes and expectations are its own. Forgets the
   last one. */
struct scenario *shrink_draft(struct shrinker *shrinker);
/* Writes the draft down, reads it back and runs it. True if that is a scenario that fails in the
   same way: it is the smallest then. Always false once the tries are spent. */
bool shrink_try(struct shrinker *shrinker, const struct scenario *draft);
/* The same whatever is spent. */
bool shrink_test(struct shrinker *shrinker, const struct scenario *draft);
bool shrink_is_spent(const struct shrinker *shrinker);
/* The first application of that fault in the run of the smallest; NULL: it was not applied. */
const struct fault_record *shrink_record(const struct shrinker *shrinker, uint32_t fault);
int shrink_simulate(struct arena *arena,
                    const struct scenario *scenario,
                    uint64_t seed,
                    struct scenario_result *ret,
                    struct error *reterr);

/* ---- How a run fails (shrink_failure.c) */

struct failure failure_of(const struct scenario_result *whole,
                          const struct expectation_result *result);
/* The first expectation that fails, but news before what is known to fail; NULL: none fails. */
const struct expectation_result *failure_find(const struct scenario_result *result);
const char *failure_names(struct arena *arena, const struct scenario_result *result);
/* By how much a smaller run has to miss the limit if this one did by `excess`. */
int64_t failure_least_excess(const struct expectation *expectation, int64_t excess);
/* Does the run fail as the smallest does, and as clearly? The worst of those that are the same
   expectation (several faults may carry it). */
bool failure_again(const struct shrinker *shrinker,
                   const struct scenario_result *result,
                   struct failure *ret);
/* Does it fail the same expectation, however? */
bool failure_at_all(const struct failure *failure, const struct scenario_result *result);

/* ---- Edits of a draft (shrink_edit.c) */

/* keep: one a fault. The expectations of those that go, go with them. */
void edit_faults(struct scenario *draft, const bool *keep);
/* Traffic ends then; faults that would come later go. */
void edit_end(struct arena *arena, struct scenario *draft, nanos duration);
/* False if a fault or an expectation needs the node. */
bool edit_drop_node(struct arena *arena, struct scenario *draft, uint16_t node);
/* Only the expectations that are the one of that failure. */
void edit_expectations(struct scenario *draft, const struct failure *failure);
/* The nodes that a fault hits, by name. */
void edit_target(struct arena *arena,
                 struct scenario *draft,
                 struct fault *fault,
                 const uint16_t *nodes,
                 size_t count);
bool edit_is_failure(const struct failure *failure, const struct expectation *expectation);

/* ---- Passes: true if something became smaller (shrink_faults.c, shrink_times.c, shrink_frame.c)
 */

bool shrink_pass_faults(struct shrinker *shrinker);     /* fewer */
bool shrink_pass_targets(struct shrinker *shrinker);    /* named, and fewer of them */
bool shrink_pass_parameters(struct shrinker *shrinker); /* plain ones */
bool shrink_pass_ids(struct shrinker *shrinker);        /* in order of time, with plain ids */

bool shrink_pass_chance(struct shrinker *shrinker); /* drawn times fixed */
bool shrink_pass_end(struct shrinker *shrinker);    /* an earlier end */
bool shrink_pass_clear(struct shrinker *shrinker);  /* not smaller, but not vague any more */
bool shrink_pass_holds(struct shrinker *shrinker);  /* shorter ones */
bool shrink_pass_gaps(struct shrinker *shrinker);   /* earlier faults */
bool shrink_pass_round(struct shrinker *shrinker);  /* round times */

bool shrink_pass_expectations(struct shrinker *shrinker); /* only the one that fails; no warm-up */
bool shrink_pass_nodes(struct shrinker *shrinker);        /* fewer, with default stubs */
bool shrink_pass_traffic(struct shrinker *shrinker);      /* one client, fewer requests */

/* ---- What it is about (shrink_comment.c) */

const char *shrink_actual(struct arena *arena, const struct shrinker *shrinker);
const char *const *shrink_fault_comments(struct arena *arena, const struct shrinker *shrinker);

#endif
