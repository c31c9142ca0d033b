/* How long things take in virtual time, in one place: what a quiet machine needs for the same over
   loopback, rounded. None of it decides a verdict; the limits of clients are longer by far. */
#ifndef BASCULE_WORLD_SIM_SIM_TIMES_H
#define BASCULE_WORLD_SIM_SIM_TIMES_H

#include "base/nanos.h"

/* From one end of a connection to the other, and a jitter on top that is drawn for each. */
#define SIM_HOP             (40 * NANOS_PER_US)
#define SIM_HOP_JITTER_BITS 15 /* up to 33 us */
/* A stub reads, executes and answers a request; it does one at a time. */
#define SIM_SERVICE         (30 * NANOS_PER_US)

#define SIM_START            (4 * NANOS_PER_MS) /* from the start of a process until it listens */
#define SIM_SPAWN            (1 * NANOS_PER_MS) /* of that, what holds up the start of another */
/* From SIGKILL, or SIGTERM, until the connections close, and until the exit is seen. */
#define SIM_KILL_CLOSES      (300 * NANOS_PER_US)
#define SIM_KILL_SEEN        (500 * NANOS_PER_US)
#define SIM_TERMINATE_CLOSES (200 * NANOS_PER_US)
#define SIM_TERMINATE_SEEN   (1 * NANOS_PER_MS)
#define SIM_STOP_SEEN        (200 * NANOS_PER_US)
#define SIM_CONTINUE_SEEN    (100 * NANOS_PER_US)
#define SIM_ORDER            (60 * NANOS_PER_US) /* an order on a control channel until it is obeyed */

/* TCP as Linux does it: a lost SYN is sent again after 1 s, doubling (tcp_syn_retries 6), other
   lost bytes after 200 ms, doubling up to two minutes (tcp_retries2 15). */
#define SIM_SYN_AGAIN    (1 * NANOS_PER_S)
#define SIM_SYN_TRIES    7
#define SIM_RESEND       (200 * NANOS_PER_MS)
#define SIM_RESEND_MAX   (120 * NANOS_PER_S)
#define SIM_RESEND_TRIES 15
/* A process that stands still looks again at what it missed this often (idle connections). */
#define SIM_IDLE_LOOK    (100 * NANOS_PER_MS)

/* At the end of a run, as the real world does: released nodes may execute what they hold for up to
   the limit, until their logs did not grow for the other. */
#define SIM_RELEASE_LIMIT (1 * NANOS_PER_S)
#define SIM_LOGS_QUIET    (100 * NANOS_PER_MS)

#endif
