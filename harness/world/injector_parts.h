/* The inside of the injector, shared by its files: one fault on one node, and how it is told of. */
#ifndef BASCULE_WORLD_INJECTOR_PARTS_H
#define BASCULE_WORLD_INJECTOR_PARTS_H

#include "world/injector.h"

enum stage {
    STAGE_EXIT,     /* waits for the process to end */
    STAGE_STOP,     /* waits to see it stopped */
    STAGE_ACK,      /* waits for the stub's or the proxy's word that it is set */
    STAGE_GATHER,   /* a partition: waits until the fault's other targets are told, too */
    STAGE_HOLDS,    /* effective */
    STAGE_START,    /* waits for the node to be ready again */
    STAGE_CONTINUE, /* waits to see it continued */
    STAGE_CLEAR,    /* waits for the word that it is cleared */
    STAGE_OVER,
};

/* One fault on one node. */
struct injection {
    struct injection *next; /* in order of application */
    uint32_t fault;
    uint16_t node;
    enum stage stage;
    uint64_t sequence;     /* of the order whose ACK is awaited */
    uint64_t set_sequence; /* of the order that set the behaviour: its ACK may come after that to
                              clear */
    nanos kill_at;         /* it did not terminate: NANOS_NEVER when no such wait is on */
    bool was_up;
    bool has_rule; /* a partition: its number is that of the rule for all targets of the fault */
    bool effective_told;
    bool continue_when_stopped; /* the end of a pause came before it was seen: a continuation would
                                   take back the stop itself */
    bool
        start_when_down; /* a restart, or the end of its `for`, came before its process had ended */
};

struct injector {
    struct injector_settings settings;
    struct injection *first;
    struct injection **last;
};

/* injection.c */

nanos injector_now(const struct injector *injector);
enum process_state injector_node_state(const struct injector *injector, uint16_t node);
void injector_node_start(const struct injector *injector, uint16_t node);
void injector_node_signal(const struct injector *injector, uint16_t node, int signal);
uint64_t
injector_node_order(const struct injector *injector, uint16_t node, struct control_order *order);

/* What is done to the process or the answer: a flap is the kill or the pause of its phases. */
enum fault_kind injection_kind(const struct injector *injector, const struct injection *injection);
bool injection_is_answer(const struct injector *injector, const struct injection *injection);
/* Faults of the network do not care what becomes of the node's process. */
bool injection_is_between(const struct injector *injector, const struct injection *injection);
/* So far, of a fault of the answer; else 0. */
uint64_t injection_hits(const struct injector *injector, const struct injection *injection);
void injection_applied(struct injector *injector, const struct injection *injection, nanos at);
/* Told once, however often it is called. */
void injection_effective(struct injector *injector,
                         struct injection *injection,
                         nanos at,
                         enum confirmed_by by);
void injection_over(struct injector *injector,
                    struct injection *injection,
                    nanos at,
                    enum confirmed_by by,
                    uint64_t hits);
void injection_failed(struct injector *injector, struct injection *injection, const char *text);

/* injector.c */

/* The order's sequence, 0 if the node could not take it. */
uint64_t injector_order_set(struct injector *injector, const struct injection *injection);

/* Ends a pause; over when the kernel says so. */
void injector_continue(struct injector *injector, struct injection *injection);

/* injector_wire.c: faults between client and node, by the proxy and by the packet filter. */
void wire_apply(struct injector *injector, struct injection *injection);
void wire_clear(struct injector *injector, struct injection *injection);
void packets_apply(struct injector *injector, struct injection *injection);
void packets_clear(struct injector *injector, struct injection *injection);
uint32_t packets_rule(const struct injector *injector, const struct injection *injection);

/* injector_partition.c: faults between nodes, by the packet filter. One rule for all targets of a
   fault, so it waits for the next poll. */
void partition_apply(struct injector *injector, struct injection *injection);
void partition_clear(struct injector *injector, struct injection *injection);
bool partition_is_due(const struct injector *injector);
void partition_poll(struct injector *injector);

#endif
