/* What the words of reports mean, in one short clause each, for people who read a report and
   nothing else. docs/metrics.md and docs/faults.md tell it exactly. It refuses to know where it is
   shown; no clause holds a character that means something to a format. */
#ifndef BASCULE_REPORT_MEANING_H
#define BASCULE_REPORT_MEANING_H

/* Of a metric as expectations write it: "switchover.p95", "share.backup-1". NULL: unknown. */
const char *meaning_of_metric(const char *metric);

/* What a fault of that kind does to its target: "its process is killed". NULL: unknown. */
const char *meaning_of_fault(const char *kind);

/* How a fault was seen to hold, after "confirmed:". NULL: unknown. */
const char *meaning_of_confirmation(const char *confirmed_by);

/* What made a client believe that a node failed, after "by": "a refused connection". NULL: unknown.
 */
const char *meaning_of_suspicion(const char *why);

/* Who the client under test is, after "by": "the built-in client resilient". NULL: unknown. */
const char *meaning_of_profile(const char *profile);

#endif
