/* Is a process ready? Asks again and again, without blocking, until it is: a path over HTTP that
   answers 2xx, or the port, which accepts a connection. It refuses to know processes. */
#ifndef BASCULE_WORLD_READINESS_H
#define BASCULE_WORLD_READINESS_H

#include "base/nanos.h"
#include "base/text.h"
#include "world/http_question.h"
#include "world/loop.h"
#include "world/node_places.h"

#include <stdbool.h>
#include <stdint.h>

#define READINESS_INTERVAL (20 * NANOS_PER_MS) /* from the end of one try to the next */
#define READINESS_TRY      (1 * NANOS_PER_S)   /* the longest that one try waits for its answer */

struct readiness_settings {
    struct loop *loop;
    struct http_client *http;       /* with a path */
    const struct node_place *place; /* where the process listens; port 0: it is ready at once */
    const char *path;               /* NULL: a connection is enough */
    uint16_t node;                  /* whose place it is */
};

/* Stays in place while it is on. */
struct readiness {
    struct loop_watch connection; /* first */
    struct readiness_settings settings;
    struct http_question question;
    nanos next;       /* try; NANOS_NEVER while one is under way */
    nanos connect_at; /* the try over TCP is given up then */
    uint16_t status;  /* of the last try */
    int os_errno;     /* likewise; 0: none */
    bool late;        /* likewise: no answer */
    bool is_on;
    bool is_ready;
};

void readiness_begin(struct readiness *readiness,
                     const struct readiness_settings *settings,
                     nanos now);
/* Is it ready? After each http_client_poll; it stops by itself when it is. */
bool readiness_poll(struct readiness *readiness, nanos now);
nanos readiness_deadline(const struct readiness *readiness);
/* Accepts one that is not on. */
void readiness_stop(struct readiness *readiness);

/* What came of the last try: "GET /health answered 503". */
void readiness_why(const struct readiness *readiness, struct text *ret);

#endif
