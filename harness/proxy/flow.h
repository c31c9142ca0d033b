/* One direction of a connection: reads from one socket, lets the shaper judge, keeps what is not
   due or not wanted yet, writes to the other; it refuses to know whose sockets these are, and
   closes none.

   What is kept is bounded: FLOW_BUFFER where the other side takes nothing, FLOW_QUEUE_MAX where
   bytes are delayed, FLOW_TOTAL_MAX over all flows (past it a flow keeps one buffer); then it stops
   reading, and the sender's TCP waits. Small reads are copied, for two calls are less than a pipe's
   three; once a read fills the whole buffer, what follows is spliced. */
#ifndef BASCULE_PROXY_FLOW_H
#define BASCULE_PROXY_FLOW_H

#include "proxy/alarms.h"
#include "proxy/queue.h"
#include "proxy/shaper.h"
#include "proxy/splicer.h"

#include <stdbool.h>
#include <stddef.h>

#define FLOW_BUFFER    ((size_t)64 << 10)
#define FLOW_QUEUE_MAX ((size_t)4 << 20)
#define FLOW_TOTAL_MAX ((size_t)256 << 20)

/* What all flows share. */
struct flow_kit {
    struct alarms alarms;
    struct splicers splicers;
    size_t queued;
    unsigned char buffer[FLOW_BUFFER];
};

enum flow_ending {
    FLOW_OPEN,
    FLOW_FIN, /* the other side shall see the end, after all that came before it */
    FLOW_RST, /* likewise a reset; of a sender that is reset itself, nothing waits for a full buffer
               */
};

struct flow {
    struct flow_kit *kit;
    int from_fd;
    int to_fd;
    struct shaper shaper;
    struct splicer *splicer; /* its bytes go before those of the queue; NULL: none borrowed */
    struct queue queue;
    size_t counted; /* of queue.bytes, in kit->queued */
    struct alarm alarm;
    nanos again_at; /* throttled until then; NANOS_NEVER: not */
    enum flow_ending ending;
    nanos ending_due;
    nanos held_until; /* the end by FIN waits for that, too; 0: nothing holds it back */
    bool blocked;     /* the other side takes nothing now: not connected yet, or full */
    bool noticed;     /* something is there to be read, but nothing may pass */
    bool bulk;        /* the last read was a big one */
    bool from_broken; /* the sender is reset: after its last bytes comes no end, but a reset */
    bool done;        /* the end was passed on, or nobody is there to take anything */
};

/* What its user must do now. */
enum flow_state {
    FLOW_ON,
    FLOW_RESET,  /* the connection ends here, by a reset of both sides */
    FLOW_BROKEN, /* the receiver is reset; the flow is done */
};

/* alarm.ring is the user's; it calls flow_wake. */
void flow_init(struct flow *flow,
               struct flow_kit *kit,
               enum proxy_direction direction,
               uint64_t seed,
               void (*ring)(struct alarm *alarm, nanos now));
void flow_done(struct flow *flow);

bool flow_wants_read(const struct flow *flow);
bool flow_wants_write(const struct flow *flow);

enum flow_state flow_read(struct flow *flow);    /* there is something, or the end */
enum flow_state flow_unblock(struct flow *flow); /* the other side takes bytes again */
enum flow_state flow_wake(struct flow *flow, nanos now);
/* The sender is reset, and nothing of it is left to be read. */
enum flow_state flow_sender_reset(struct flow *flow, nanos now);
/* The sender is reset after it had ended: an end that is held back becomes a reset, which is not.
 */
enum flow_state flow_stop_holding(struct flow *flow);
/* The faults on the connection changed. */
enum flow_state flow_follow(struct flow *flow, struct grip *grips, nanos now);

#endif
