/* The inside of the simulated world, shared by its files. All times in it count from the moment at
   which the world was opened; only what goes out through world_ops counts from time 0 of the run.
 */
#ifndef BASCULE_WORLD_SIM_SIM_PARTS_H
#define BASCULE_WORLD_SIM_SIM_PARTS_H

#include "backends-stub/behaviour.h"
#include "base/check.h"
#include "base/heap.h"
#include "base/prng.h"
#include "world/injector.h"
#include "world/occurrences.h"
#include "world/sim/sim.h"
#include "world/sim/sim_flow.h"
#include "world/sim/sim_head.h"
#include "world/sim/sim_message.h"
#include "world/sim/sim_times.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;
struct sim_node;
struct sim_connection;
struct sim_channel;

/* ---- sim_agenda.c: what happens when ---- */

/* Part of what it happens to. Set again, it forgets the time before. */
struct sim_alarm {
    void (*ring)(struct sim *sim, struct sim_alarm *alarm);
    uint64_t item; /* of the agenda, counted from 1; 0: off */
};

#define SIM_OF(type, member, alarm) ((type *)(void *)((char *)(alarm)-offsetof(type, member)))

void sim_agenda_init(struct sim *sim);
void sim_alarm_set(struct sim *sim, struct sim_alarm *alarm, nanos at);
static inline void sim_alarm_off(struct sim_alarm *alarm)
{
    alarm->item = 0;
}
/* Lets the next thing happen that is due by then; false: there is none. */
bool sim_agenda_step(struct sim *sim, nanos until);

/* ---- sim_log.c: execution logs ---- */

struct sim_record {
    nanos start;
    nanos end; /* NANOS_NEVER: the node ended before the answer was out */
    uint64_t body_hash;
    uint64_t answer_hash;
    uint32_t request;
    uint16_t incarnation;
    uint16_t status;
    uint8_t method;
    bool executed;
    bool cut;
};

#define SIM_LOG_RECORDS 1024

struct sim_log_chunk {
    struct sim_log_chunk *next;
    size_t count;
    struct sim_record records[SIM_LOG_RECORDS];
};

struct sim_log {
    struct sim_log_chunk *first;
    struct sim_log_chunk *last;
    uint64_t count;
};

struct sim_record *sim_log_add(struct sim *sim, struct sim_log *log);
void sim_log_append(const struct sim *sim, const struct sim_node *node, struct journal *journal);

/* ---- connections ---- */

/* One direction of TCP between a client and whoever it is connected to: the way on which packets
   may vanish. */
struct sim_stream {
    struct sim_alarm again;
    nanos wait;         /* before the bytes are sent again */
    nanos last_arrival; /* bytes stay in order */
    struct sim_yield held;
    uint16_t tries;
};

enum sim_client_end {
    SIM_CLIENT_DIALLING,
    SIM_CLIENT_BUSY,
    SIM_CLIENT_IDLE,
    SIM_CLIENT_CLOSED,
};

enum sim_node_end {
    SIM_NODE_UNAWARE, /* nothing of it has arrived */
    SIM_NODE_QUEUED,  /* in the accept queue */
    SIM_NODE_IDLE,    /* accepted; no request, or not all of it */
    SIM_NODE_WAITING, /* for the stub to come to it */
    SIM_NODE_BUSY,    /* executed; the answer is to come, or under way */
    SIM_NODE_PARKED,  /* no (more) answer comes, until the client gives up */
    SIM_NODE_CLOSED,
};

/* A request at the node. */
struct sim_exchange {
    struct decision decision;
    struct sim_record *record; /* NULL: not logged */
    const struct sim_message *message;
    uint64_t answer_hash;
    nanos body_start; /* of a trickled body */
    uint64_t base;    /* bytes that the node sent on this connection before */
    uint64_t sent;    /* bytes of this answer so far */
    uint64_t limit;   /* that will be sent */
    uint32_t head_bytes;
    uint32_t body_bytes;
    uint16_t status;
    bool no_body; /* announced, perhaps, but not sent: HEAD */
    bool closes;  /* the connection, after it */
    struct sim_damage damage;
};

struct sim_connection {
    struct sim_alarm work;  /* of the node: the answer, or its next bytes, leave */
    struct sim_alarm dial;  /* of the client: its SYN arrives, or is sent again */
    struct sim_alarm limit; /* of the client's connect */
    struct sim_alarm idle;  /* of the node: closes what is not used */
    struct sim_alarm relay; /* something in the relay is due */
    struct sim_alarm knock; /* of the relay: its SYN arrives at the node, or its answer is back */
    struct sim_connection *next;      /* in a queue of its node, or of the free ones */
    struct sim_connection *node_next; /* all of the node */
    struct sim_connection *node_previous;
    struct sim_connection *idle_next; /* of its pool */
    struct sim_connection *idle_previous;
    struct sim_connection *index_next; /* of its bucket */
    struct sim_node *node;
    struct sim_pair *pair;       /* NULL: no relay between */
    struct sim_channel *channel; /* NULL: it carries requests; else one stream */
    struct sim_stream in;
    struct sim_stream out;
    nanos inside_arrival[2]; /* likewise between relay and node */
    uint32_t pieces;         /* under way */
    uint32_t number;         /* of the node's; stands for the client's port */

    enum sim_client_end client_end;
    bool sent;
    bool headers_told;
    bool reused; /* it carried another attempt before this one */
    bool own;    /* for one request only */
    uint16_t client;
    uint32_t generation; /* of its pool */
    uint32_t dials;
    nanos dialled_at;
    uint64_t received; /* of the answer */
    struct world_attempt what;

    enum sim_node_end node_end;
    bool relay_over;  /* it has reset both ends */
    bool client_left; /* the node's kernel knows */
    uint64_t got;     /* of the request */
    nanos used_at;
    struct sim_exchange exchange;
};

struct sim_queue {
    struct sim_connection *first;
    struct sim_connection *last;
    uint32_t count;
};

void sim_queue_push(struct sim_queue *queue, struct sim_connection *connection);
struct sim_connection *sim_queue_pop(struct sim_queue *queue);

/* sim_connection.c: their memory, and TCP with its losses. */
struct sim_connection *sim_connection_new(struct sim *sim, struct sim_node *node);
/* Due after each event on a connection: when all is over at both ends, it is no more. */
void sim_connection_settle(struct sim *sim, struct sim_connection *connection);
void sim_send_in(struct sim *sim, struct sim_connection *connection, struct sim_yield sent);
void sim_send_out(struct sim *sim, struct sim_connection *connection, struct sim_yield sent);
/* Between relay and node, where nothing is lost. */
void sim_send_inside(struct sim *sim,
                     struct sim_connection *connection,
                     enum proxy_direction way,
                     struct sim_yield sent);
nanos sim_hop(struct sim_node *node);

/* sim_dial.c: from the SYN to the connection. */
void sim_dial(struct sim *sim, struct sim_connection *connection);
void sim_dial_give_up(struct sim_connection *connection);
/* The relay connects to the node. */
void sim_dial_from_relay(struct sim *sim, struct sim_connection *connection);

/* sim_client.c: attempts, and the connections of clients. */
struct sim_pool {                /* of one client to one node */
    struct sim_connection *idle; /* the oldest in front: it is used first, as libcurl does */
    struct sim_connection *idle_last;
    uint32_t generation;
};

void sim_client_init(struct sim *sim);
void sim_client_start(struct sim *sim, const struct world_attempt *what);
/* Whether the request may have reached the node. */
bool sim_client_cancel(struct sim *sim, struct attempt_ref ref);
/* It may be no more afterwards. */
void sim_client_close(struct sim *sim, struct sim_connection *connection);
void sim_client_drop(struct sim *sim, uint16_t client, uint16_t node);
void sim_client_connected(struct sim *sim, struct sim_connection *connection);
void sim_client_ends(struct sim *sim, struct sim_connection *connection, enum outcome outcome);
void sim_client_got(struct sim *sim, struct sim_connection *connection, struct sim_yield came);

/* sim_stream.c: both ends of the connections that carry a stream. */
void sim_streams_init(struct sim *sim);
void sim_stream_start(struct sim *sim, const struct world_stream *what);
void sim_stream_close(struct sim *sim, struct stream_ref ref);
void sim_stream_ends(struct sim *sim, struct sim_connection *connection, enum outcome outcome);
void sim_stream_got(struct sim *sim, struct sim_connection *connection, struct sim_yield came);
uint32_t sim_stream_request_bytes(const struct sim_channel *channel);
void sim_stream_decide(struct sim *sim, struct sim_connection *connection);
void sim_stream_continue(struct sim *sim, struct sim_connection *connection);
/* The node takes no more connections, and lets go of what could last for ever. */
void sim_stream_refuse(struct sim *sim, struct sim_connection *connection);
void sim_stream_free(struct sim *sim, struct sim_channel *channel);

/* sim_relay.c: the proxy between clients and nodes. */
void sim_relay_accept(struct sim *sim, struct sim_connection *connection);
void sim_relay_connected(struct sim *sim, struct sim_connection *connection);
void sim_relay_refused(struct sim *sim, struct sim_connection *connection);
void sim_relay_got(struct sim *sim,
                   struct sim_connection *connection,
                   enum proxy_direction way,
                   struct sim_yield came);
uint64_t sim_relay_order(struct sim *sim, const struct proxy_order *order);

/* ---- nodes ---- */

struct sim_order {
    struct sim_order *next;
    struct control_order order;
};

struct sim_node {
    struct prng prng;
    uint16_t index;
    const struct scenario_node *settings;

    /* sim_process.c */
    enum process_state state; /* as the harness sees it */
    bool lives;
    bool stopped;
    bool ending; /* it executes nothing more */
    bool to_end; /* told to while it stands still */
    bool closed; /* its connections are; the exit is still to be seen */
    bool stop_asked;
    bool continue_asked;
    bool ends_well; /* by itself, or by SIGTERM: what it left undone is marked as given up */
    bool started_before;
    uint16_t incarnation;
    nanos started_at;
    const char *exit_text;
    struct sim_alarm start;
    struct sim_alarm end;
    struct sim_alarm look; /* for a stop or a continuation */
    struct sim_alarm exit_after;
    struct sim_alarm mail;
    struct sim_order *orders; /* under way, oldest first */
    struct sim_order **orders_last;
    uint64_t sequence;

    /* sim_stub.c */
    nanos ready_at;
    bool listens;
    bool refusing;
    struct behaviours *behaviours; /* NULL: none was ever set */
    uint64_t *hits;                /* one a fault, of what is not set any more; NULL likewise */
    struct sim_alarm turn;         /* the next request's */
    nanos free_at;
    uint8_t *replays;    /* one bit a key (sim_answer.c): executed; NULL: none yet */
    uint16_t replays_of; /* incarnation */
    struct sim_queue backlog;
    struct sim_queue overdue;
    struct sim_queue inbox;
    struct sim_connection *connections;
    uint32_t opened;
    struct sim_log log;

    struct sim_relay *relay; /* NULL: no proxy in this run */
};

static inline bool sim_node_runs(const struct sim_node *node)
{
    return node->lives && !node->stopped && !node->ending;
}

void sim_process_init(struct sim_node *node);
void sim_process_start(struct sim *sim, struct sim_node *node);
bool sim_process_signal(struct sim *sim, struct sim_node *node, int signal);
uint64_t sim_process_order(struct sim *sim, struct sim_node *node, struct control_order *order);
uint64_t sim_process_hits(const struct sim_node *node, uint32_t fault);

void sim_stub_init(struct sim_node *node);
/* It listens from now on, goes on after a stop, or ends with all its connections. */
void sim_stub_begin(struct sim *sim, struct sim_node *node);
void sim_stub_resume(struct sim *sim, struct sim_node *node);
void sim_stub_end(struct sim *sim, struct sim_node *node);
/* Gives the hits of a behaviour that is cleared. */
uint64_t sim_stub_obey(struct sim *sim, struct sim_node *node, const struct control_order *order);
/* False: the accept queue is full. Only of a node that listens. */
bool sim_stub_accept(struct sim *sim, struct sim_connection *connection);
void sim_stub_close(struct sim *sim, struct sim_connection *connection, enum sim_ending ending);
void sim_stub_is_idle(struct sim *sim, struct sim_connection *connection);
void sim_stub_got(struct sim *sim, struct sim_connection *connection, struct sim_yield came);

/* sim_answer.c: from the end of a node's work on a request to the last byte of the answer. */
struct sim_head sim_answer_head(const struct sim_connection *connection);
void sim_answer_decide(struct sim *sim, struct sim_connection *connection);
void sim_answer_continue(struct sim *sim, struct sim_connection *connection);
void sim_answer_over(struct sim *sim, struct sim_connection *connection);

/* ---- sim_packets.c: rules that drop packets ---- */

struct sim_rule {
    struct sim_rule *next;
    uint32_t number;
    uint16_t node; /* NODE_NONE: a partition, which meets nobody */
    enum direction direction;
    uint32_t of_ppm;
    uint64_t packets;
};

void sim_rule_add(struct sim *sim, struct sim_rule rule);
uint64_t sim_rule_remove(struct sim *sim, uint32_t number);
bool sim_packet_vanishes(struct sim *sim, struct sim_connection *connection, enum direction way);

/* ---- the world ---- */

struct sim_piece;

struct sim {
    struct world world;
    struct world_settings settings;
    const struct scenario *scenario;
    struct arena *arena;
    nanos clock;
    nanos t0;
    struct heap agenda;
    struct injector *injector;
    nanos injector_due;
    struct sim_node *nodes;
    uint16_t node_count;
    uint16_t not_ready;
    nanos spawned_at; /* the last process */
    bool prepared;
    bool was_stopped;
    struct sim_pool *pools;          /* client * nodes + node */
    struct sim_connection **buckets; /* with an attempt under way, by its id */
    struct sim_message *messages;    /* one for each of traffic.requests, then a probe's */
    struct sim_connection *free_connections;
    struct sim_channel **channels; /* by the number of the stream; NULL: not open */
    struct sim_channel *free_channels;
    struct sim_piece *free_pieces;
    struct sim_rule *rules;
    struct sim_order *free_orders;
    struct occurrences seen;

    /* orders to the proxy */
    struct sim_alarm proxy_mail;
    struct sim_proxy_order *proxy_orders;
    struct sim_proxy_order **proxy_orders_last;
    uint64_t proxy_sequence;
};

/* sim.c */
void sim_tell(void *context, const struct occurrence *occurrence);
void sim_see(struct sim *sim, struct sim_node *node, struct process_event event);
/* Lets the next thing happen that is due by then; false: there is none. */
bool sim_advance(struct sim *sim, nanos until);
/* The injector may want to be called at another time now. */
void sim_injector_touched(struct sim *sim);

/* sim_hands.c */
extern const struct injector_hands sim_hands;

/* sim_finish.c */
void sim_finish(struct world *world, struct journal *journal);

#endif
