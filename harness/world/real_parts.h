/* The inside of the real world, shared by its files. */
#ifndef BASCULE_WORLD_REAL_PARTS_H
#define BASCULE_WORLD_REAL_PARTS_H

#include "world/exec_client.h"
#include "world/guardian.h"
#include "world/http_client.h"
#include "world/injector.h"
#include "world/look_up.h"
#include "world/loop.h"
#include "world/node_networks.h"
#include "world/node_places.h"
#include "world/notifier.h"
#include "world/occurrences.h"
#include "world/packet_filter.h"
#include "world/private_folder.h"
#include "world/proxy_link.h"
#include "world/real.h"
#include "world/served.h"
#include "world/stream_client.h"
#include "world/supervisor.h"

#include <stdbool.h>
#include <stdint.h>

struct real {
    struct world world;
    struct world_settings settings;
    struct real_programs programs;
    struct loop *loop;
    struct supervisor *supervisor;
    struct injector *injector;
    struct http_client *http;
    struct stream_client *streams;  /* NULL: the scenario has none */
    struct proxy_link *proxy;       /* NULL: no fault on the wire */
    struct packet_filter *filter;   /* NULL: no fault on packets */
    struct node_networks *networks; /* NULL: no fault between nodes */
    struct guardian *guardian;      /* NULL: the kernel does its work */
    struct notifier *notifier;      /* NULL: nobody is told of alerts */
    struct exec_client *client;     /* NULL: the client is one of ours */
    struct look_ups *look_ups;
    struct served *served; /* NULL: the client's attempts are seen */
    struct node_places places;
    struct private_folder folder;
    nanos t0;         /* CLOCK_MONOTONIC */
    bool ends_strays; /* outside a PID namespace: every child that is left is of this run */
    bool prepared;
    bool released;
    bool interrupt_told;
    bool doubt;       /* a node will not become ready */
    bool was_stopped; /* some node was stopped at some time, and may hold requests */
    uint32_t not_ready;
    struct occurrences seen; /* CLOCK_MONOTONIC times */
};

/* real.c */
void real_tell(void *context, const struct occurrence *occurrence);
void real_problem(struct real *real, enum reason reason, const char *text);
void real_process_event(void *context, const struct process_event *event);
void real_proxy_event(void *context, const struct proxy_event *event);
/* Waits once, then takes all that is ready, so that no deadline is judged before an answer that is
 * there. */
void real_turn(struct real *real, nanos until);

/* real_open.c: everything that the scenario needs, started or not. */
int real_open(struct real *real, struct error *reterr);

/* What a client program asks to reach the node: "http://127.0.0.1:8080/v1". */
const char *real_node_url(const struct real *real, uint16_t node);

/* Interrupts become occurrences. */
void real_look_for_signal(struct real *real);

/* real_client.c: the client programs; all but the ops may be called where there are none. */
int real_client_open(struct real *real, struct error *reterr);
/* The nodes are ready: false if the client will not be. */
bool real_client_prepare(struct real *real);
void real_client_finish(struct real *real);
nanos real_give_request(struct world *world, const struct world_request *request);
void real_withdraw_request(struct world *world, uint16_t client, uint32_t request);
bool real_order_client(struct world *world,
                       uint16_t client,
                       enum client_order_kind order,
                       uint32_t fault,
                       uint16_t node);

/* real_hands.c: what faults do to processes, proxy and packet filter; the context is the world. */
extern const struct injector_hands real_hands;

/* real_finish.c: release and finish of world_ops. */
void real_release(struct world *world);
void real_finish(struct world *world, struct journal *journal);

#endif
