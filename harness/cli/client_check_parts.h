/* What the files of client-check share, and nobody else sees: the program under test, one line for
   each thing that is tried, and what was counted. They print to stdout. */
#ifndef BASCULE_CLI_CLIENT_CHECK_PARTS_H
#define BASCULE_CLI_CLIENT_CHECK_PARTS_H

#include "base/arena.h"
#include "cli/client_bench.h"
#include "world/exec_client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_CHECK_WITHIN (10 * NANOS_PER_S) /* for whatever is asked of the program */

struct client_check {
    struct client_bench *bench;
    struct arena *arena;
    uint32_t failed;
    uint32_t missing;
    uint32_t first_get; /* numbers of requests */
    uint32_t post;
};

/* client_check.c: a line. name: a word or two; text: what is so, or what to do about it. */
void client_check_good(const char *name, const char *text);
void client_check_missing(struct client_check *check, const char *name, const char *text);
void client_check_bad(struct client_check *check, const char *name, const char *text);
/* What the program did wrong explains more than what is missing because of it. */
void client_check_bad_or_problem(struct client_check *check, const char *name, const char *text);

/* Does the program say that it can do that (CLIENT_FEATURE_...)? */
bool client_check_has(const struct client_check *check, unsigned feature);

/* In their order, until one of them ends the program's work. */
void client_check_each(struct client_check *check,
                       void (*const tries[])(struct client_check *check),
                       size_t count);

/* client_check_requests.c */
void client_check_requests(struct client_check *check);
/* What the nodes' logs say of them, once the program has ended. */
void client_check_logs(struct client_check *check);
/* A request of that kind, to its end; true if it went well. */
bool client_check_ask(struct client_check *check, enum client_bench_mix mix, uint32_t *ret_number);
/* NODE_NONE: no node saw it. */
uint16_t client_check_served_by(const struct client_check *check, uint32_t number);

/* client_check_nodes.c: the orders of an operator, and a node that is killed. */
void client_check_nodes(struct client_check *check);

#endif
