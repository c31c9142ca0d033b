/* The inside of the supervisor, shared by its files: one node as a process, or as none. */
#ifndef BASCULE_WORLD_SUPERVISOR_PARTS_H
#define BASCULE_WORLD_SUPERVISOR_PARTS_H

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
    struct log_node *logs; /* newest first */
    enum process_state state;
    pid_t pid;
    nanos ready_limit;
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
};

/* supervisor.c */
void process_not_ready(struct process *process, bool port_was_taken, const char *text);
const char *process_name(const struct process *process);
uint16_t process_port(const struct process *process);
uint32_t process_address(const struct process *process);
void process_close_watch(struct process *process, struct loop_watch *watch);

#endif
