/* Who can answer: the nodes and services of a scenario, as plain data. A part of scenario.h. */
#ifndef BASCULE_SCENARIO_SCENARIO_NODES_H
#define BASCULE_SCENARIO_SCENARIO_NODES_H

#include "base/error.h"
#include "base/nanos.h"

#include <stddef.h>
#include <stdint.h>

#define NODE_NONE UINT16_MAX

struct stub_settings {
    nanos latency;     /* of every answer */
    nanos start_delay; /* before it listens */
    nanos idle_close;  /* an idle connection is closed after this; NANOS_NEVER: not */
    nanos exit_after;  /* the stub ends by itself this long after it is ready; NANOS_NEVER: not. For
                          canaries */
    uint32_t backlog;  /* of listen(2) */
};

/* An argument vector, never a line for a shell. "$(port)", "$(name)", "$(dir)", "$(address)" and
   "$(address.NODE)" in it are replaced when it is run (world/command_line.h). */
struct command_line {
    const char *const *words; /* and a NULL after them */
    size_t count;             /* 0: none */
    struct source_at at;      /* of the program */
};

struct environment_variable {
    const char *name;
    const char *value; /* NULL: the harness's own value of that name, which is never recorded */
    struct source_at at;
};

enum node_kind {
    NODE_STUB,     /* the built-in one */
    NODE_COMMAND,  /* a program of the user's, started and stopped by the harness */
    NODE_EXTERNAL, /* runs already; the harness neither starts nor stops it */
};

/* When a process counts as ready. */
struct ready_settings {
    const char *http; /* this path answers 2xx; NULL: the port accepts a connection */
    nanos within;
};

struct stop_settings {
    int signal;
    nanos within; /* then it is killed */
};

/* Where a node or a load balancer is asked. */
struct scenario_url {
    const char *text;   /* as written, without a slash at its end */
    const char *host;   /* a name in small letters or a numeric IPv4 address; "127.0.0.1" unless a
                           URL says otherwise */
    const char *prefix; /* before every path: "" or "/v1" */
    uint16_t port;
    struct source_at at; /* no line where nothing was written */
};

/* A node, or a service: a process that is no target of the client (a load balancer). */
struct scenario_node {
    const char *name;
    enum node_kind kind;
    uint16_t port; /* url.port; 0: a service without one, which is ready once it runs */
    struct scenario_url url;
    struct stub_settings stub;              /* NODE_STUB */
    struct command_line command;            /* NODE_COMMAND, as the rest */
    const struct environment_variable *env; /* besides PATH, HOME, LANG and TMPDIR */
    size_t env_count;
    const char *cwd; /* as written, from the scenario's folder; NULL: that folder */
    struct ready_settings ready;
    struct stop_settings stop;
    struct source_at at;
};

#endif
