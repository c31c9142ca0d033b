/* The journal as JSON Lines (schemas/journal.schema.json): a line for the run, then one an event,
   in the order in which they were recorded. It refuses to leave anything out or to compute
   anything. */
#ifndef BASCULE_REPORT_JOURNAL_JSONL_H
#define BASCULE_REPORT_JOURNAL_JSONL_H

#include "base/arena.h"
#include "base/error.h"
#include "core/journal.h"
#include "core/verdict.h"
#include "report/atomic_file.h"
#include "scenario/scenario.h"

struct journal_jsonl {
    struct atomic_file file;
    char *buffer;
};

/* Memory comes from the arena, which must live until commit or abandon. */
int journal_jsonl_open(struct journal_jsonl *writer,
                       struct arena *arena,
                       const char *path,
                       struct error *reterr);
/* Runs may follow one another in one file, each with a first line of its own. The scenario is that
   of the run, its chaos resolved. */
int journal_jsonl_add(struct journal_jsonl *writer,
                      const struct scenario *scenario,
                      const struct run_result *run,
                      const struct journal *journal,
                      struct error *reterr);
int journal_jsonl_commit(struct journal_jsonl *writer, struct error *reterr);
void journal_jsonl_abandon(struct journal_jsonl *writer);

#endif
