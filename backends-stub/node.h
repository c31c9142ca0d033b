/* What happens to one request inside the node: decided, executed, logged; it refuses to know HTTP
   libraries and sockets.

   A request executes as soon as it is read. Latency and lateness come after that and before the
   first byte of the answer: a node that dies meanwhile has done the work and lost the answer, which
   is the hard case for clients. */
#ifndef BASCULE_STUB_NODE_H
#define BASCULE_STUB_NODE_H

#include "backends-stub/api.h"
#include "backends-stub/behaviour.h"
#include "backends-stub/control.h"
#include "backends-stub/execution_log.h"
#include "backends-stub/replays.h"

struct node {
    struct control_settings settings;
    struct behaviours behaviours;
    struct api api;
    struct execution_log log;
    struct replays replays;
    nanos ready_at;
    bool refusing; /* connections close after the answer that they wait for */
};

/* What came in. Texts live as long as the call. */
struct node_request {
    const char *method;
    const char *path; /* without the query */
    const char *id;   /* X-Request-Id, NULL: none */
    const char *key;  /* Idempotency-Key, NULL: none */
    const char *body; /* NULL: none */
    size_t body_length;
    bool body_too_large;
    struct api_wish wish;
};

/* What goes out. Call exchange_done in the end, also after a silence. */
struct exchange {
    enum http_method method;
    struct decision decision;
    struct api_answer answer;
    struct execution_record *record; /* NULL: not logged */
};

void node_execute(struct node *node, struct node_request request, struct exchange *ret);
/* The faults' say about one more item of a stream of that path. */
struct decision node_decide(struct node *node, const char *path);
/* The answer is out, or given up. */
void exchange_done(struct exchange *exchange);

/* "RUN-NUMBER", both in decimal and below 2^32 - 1. */
bool request_id_parse(const char *text, uint32_t *ret_run, uint32_t *ret_number);

#endif
