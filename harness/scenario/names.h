/* The words of the scenario language as enums, made from the .def lists; pure tables, no file is
 * read here. */
#ifndef BASCULE_SCENARIO_NAMES_H
#define BASCULE_SCENARIO_NAMES_H

#include "base/figure.h"

#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
#define FAULT_KIND(name, word, class, opens, undone) FAULT_##name,
#include "scenario/fault_kinds.def"
#undef FAULT_KIND
    FAULT_KINDS
};

enum fault_class {
    FAULT_CLASS_PROCESS,
    FAULT_CLASS_ANSWER,
    FAULT_CLASS_WIRE,
    FAULT_CLASS_PACKET,
    FAULT_CLASS_CLIENT,
};

const char *fault_kind_word(enum fault_kind kind);
enum fault_class fault_kind_class(enum fault_kind kind);
bool fault_kind_opens(
    enum fault_kind kind); /* opens a disturbance (restart: only of a node that was up) */
bool fault_kind_takes_for(enum fault_kind kind);
/* May a random schedule hold it? No command to the client; what hits one node and is undone by its
   `for`; no flap, which is a schedule itself, and no partition, which is a matter of several nodes.
 */
bool fault_kind_suits_chaos(enum fault_kind kind);
/* Requests of answer faults (not refuse), connections of wire faults, packets of packet faults. */
bool fault_kind_counts_hits(enum fault_kind kind);
/* 0 hits mean that it did not bite; not of partition, for nodes need not talk to each other. */
bool fault_kind_needs_hits(enum fault_kind kind);

enum metric {
#define METRIC(name, word, unit, scope) METRIC_##name,
#include "scenario/metrics.def"
#undef METRIC
    METRICS
};

enum metric_scope {
    METRIC_SCOPE_DISTURBANCE,
    METRIC_SCOPE_RUN,
};

const char *metric_word(enum metric metric);
enum unit metric_unit(enum metric metric);
enum metric_scope metric_scope(enum metric metric);

enum http_method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    HTTP_METHODS
};

const char *http_method_word(enum http_method method);
bool http_method_is_idempotent(
    enum http_method method); /* RFC 9110, 9.2.2; PATCH and POST are not */

/* All words of one kind, for the reader's "did you mean": sets *ret_count. */
const char *const *fault_kind_words(size_t *ret_count);
const char *const *metric_words(size_t *ret_count);
const char *const *http_method_words(size_t *ret_count);

#endif
