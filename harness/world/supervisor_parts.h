/* The inside of the supervisor, shared by its files: one node as a process, or as none. */
#ifndef BASCULE_WORLD_SUPERVISOR_PARTS_H
#define BASCULE_WORLD_SUPERVISOR_PARTS_H

#include "world/readiness.h"
#include "world/supervisor.h"

#include <sys/types.h>

struct log_node {
    struct log_node *next;
    struct execution_log log;
};

struct process {
    struct loop_watch control; /* first: the callbacks find the process from it */
    struct loop_watch pidfd;
    struct supervisor *supervisor;
    struct log_node *logs; /* oldest first */
    struct log_node *newest_log;
    enum process_state state;
    struct readiness readiness; /* not of stubs, which tell by themselves */
    const char *exit_text;
    pid_t pid;
    nanos ready_limit;
    nanos group_limit; /* its leader has ended, the rest of its group is waited for so long;
                          NANOS_NEVER: no such wait is on */
    nanos kill_at;     /* it was asked to stop; NANOS_NEVER: it was not */
    int64_t log_from;  /* where its log began when it was started */
    uint64_t sequence;
    uint16_t node;
    uint16_t incarnation;
    bool stop_asked;
    bool continue_asked;
    bool not_ready_told;
};

struct supervisor {
    struct supervisor_settings settings;
    struct process *processes;
    size_t count;
    bool stopping; /* nothing is told any more */
};

/* supervisor_command.c: programs of the user's, and what runs already. */
void command_start(struct process *process);
void command_ready(struct process *process);
void command_late(struct process *process);
/* "; its log ends: ..." of what it wrote since it was started, or "". */
const char *process_log_tail(const struct process *process);

/* supervisor.c */
void process_tell(struct process *process, struct process_event event);
enum node_kind process_kind(const struct process *process);
/* "node" or "service" */
const char *process_noun(const struct process *process);
void process_not_ready(struct process *process, bool port_was_taken, const char *text);
const char *process_name(const struct process *process);
uint16_t process_port(const struct process *process);
uint32_t process_address(const struct process *process);
void process_close_watch(struct process *process, struct loop_watch *watch);

#endif
