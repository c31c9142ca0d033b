/* The inside of client programs, shared by its files: one instance as a process with two pipes. */
#ifndef BASCULE_WORLD_EXEC_CLIENT_PARTS_H
#define BASCULE_WORLD_EXEC_CLIENT_PARTS_H

#include "world/exec_client.h"
#include "world/exec_line.h"
#include "world/exec_protocol.h"

#include <stddef.h>
#include <sys/types.h>

#define ORDERS_MAX 64  /* that one instance has not answered */
#define WHYS_MAX   256 /* different ones that are kept once */

enum instance_state {
    INSTANCE_IDLE, /* not started */
    INSTANCE_STARTING,
    INSTANCE_READY,
    INSTANCE_STOPPING,
    INSTANCE_GONE, /* reaped */
};

struct order {
    uint32_t fault;
    uint16_t node;
    enum client_order_kind kind; /* SWITCH or RESET */
};

struct instance {
    struct loop_watch input; /* its standard input; first: callbacks find the instance from it */
    struct loop_watch output;
    struct loop_watch pidfd;
    struct exec_client *client;
    enum instance_state state;
    bool broken; /* a problem of it was told */
    bool stop_said;
    uint8_t features;
    uint16_t index;
    pid_t pid;
    nanos limit;           /* it is given up then ... */
    const char *limit_why; /* ... and why */
    char *unsent; /* what the pipe did not take yet: `unsent_length` bytes from unsent_first */
    size_t unsent_first, unsent_length, unsent_capacity;
    char *heard; /* the beginning of a line */
    size_t heard_length, heard_capacity;
    struct order orders[ORDERS_MAX]; /* oldest first */
    uint32_t order_count;
    uint32_t status_asked; /* not answered yet */
};

enum request_state {
    REQUEST_UNKNOWN,
    REQUEST_OUT,
    REQUEST_ANSWERED,
    REQUEST_WITHDRAWN, /* what comes of it is ignored */
};

enum caller_state {
    CALLER_UNKNOWN,
    CALLER_OPEN,
    CALLER_CLOSED, /* by us: what comes of it is ignored */
    CALLER_ENDED,  /* by the program */
};

struct caller {
    struct stream_ref ref;
    enum caller_state state;
};

struct exec_client {
    struct exec_client_settings settings;
    const char *start_line;
    struct http_client_body *requests; /* by entry of the mix */
    char *line;                        /* room for the longest of them */
    struct instance *instances;
    uint16_t instance_count;
    uint64_t request_count;
    uint8_t *request_states; /* enum request_state */
    struct caller *callers;  /* long-lived ones, by number */
    uint32_t caller_count;
    const char *whys[WHYS_MAX];
    uint32_t why_count;
};

/* exec_client.c */
void instance_report(struct instance *instance, struct occurrence occurrence);
/* A problem, told once; the process is killed. Takes text as it is. */
void instance_break(struct instance *instance, enum reason reason, const char *text);
/* "the client", or "client 2" where there are several. */
const char *instance_name(const struct instance *instance);

/* exec_client_pipes.c: the process and what goes through its pipes. */
void instance_start(struct instance *instance);
void instance_say(struct instance *instance, const char *bytes, size_t length);
/* The order `stop`, and the end of its input once it has read the rest. */
void instance_stop(struct instance *instance);
void instance_close_pipes(struct instance *instance);
void instance_free(struct instance *instance);

/* exec_client_lines.c: what a whole line means. */
void instance_hear(struct instance *instance, const char *line, size_t length);

#endif
