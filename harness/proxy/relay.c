#include "proxy/relay.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_MAX  64 /* a pass, so that nobody starves */
#define ACCEPT_PAUSE (10 * NANOS_PER_MS)
#define BACKLOG      4096

#define RELAY_OF(pointer, member)                                                                  \
    ((struct relay *)(void *)((char *)(pointer)-offsetof(struct relay, member)))

/* Not the system's megabytes: what the kernel has taken to send hides from a fault. What waits to
   be read does not hide, and the kernel sizes that buffer itself. */
#define SEND_BUFFER (256 << 10)

/* The plainest, and built into every kernel: nothing is congested between processes, and a control
   that paces (bbr) sets a timer for each segment. */
static const char congestion_control[] = "reno";

static int open_socket(void)
{
    int on = 1;
    int size = SEND_BUFFER;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0) {
        CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
        CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion_control,
                         sizeof congestion_control - 1); /* fails where an admin forbids it */
    }
    return fd;
}

/* Gives -1 with errno. */
static int open_listener(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int on = 1;
    int fd = open_socket(); /* accepted sockets inherit its options */

    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int os_errno = errno;

        (void)close(fd);
        errno = os_errno;
        return -1;
    }
    return fd;
}

static void pause_accepting(struct relay *relay)
{
    (void)loop_watch(relay->pairs.loop, &relay->listener, 0, NULL);
    alarms_set(&relay->pairs.kit->alarms, &relay->accept_again,
               nanos_add(loop_clock(), ACCEPT_PAUSE));
}

/* The node's socket first: who was accepted is never turned away for want of a descriptor. */
static bool have_spare(struct relay *relay)
{
    if (relay->spare_fd < 0) {
        relay->spare_fd = open_socket();
    }
    return relay->spare_fd >= 0;
}

/* False: nobody waits, or no more can be taken now. */
static bool accept_one(struct relay *relay)
{
    int client_fd = -1;
    int node_fd = -1;

    if (relay->pairs.open >= relay->pairs_max || !have_spare(relay)) {
        pause_accepting(relay);
        return false;
    }
    client_fd = accept4(relay->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client_fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED) {
            return true;
        }
        if (errno != EAGAIN) {
            pause_accepting(relay);
        }
        return false;
    }
    node_fd = relay->spare_fd;
    relay->spare_fd = -1;
    pair_open(&relay->pairs, client_fd, node_fd, relay->faults, relay->fault_count);
    return true;
}

static void listener_ready(struct loop_watch *watch, unsigned events)
{
    struct relay *relay = RELAY_OF(watch, listener);

    (void)events;
    for (int i = 0; i < ACCEPTS_MAX; i++) {
        if (!accept_one(relay)) {
            return;
        }
    }
}

static void pause_ends(struct alarm *alarm, nanos now)
{
    struct relay *relay = RELAY_OF(alarm, accept_again);

    (void)now;
    if (relay->listener.fd >= 0 &&
        loop_watch(relay->pairs.loop, &relay->listener, LOOP_READ, &(struct error){0}) != 0) {
        pause_accepting(relay);
    }
}

void relay_init(struct relay *relay,
                const struct proxy_relay *order,
                struct loop *loop,
                struct flow_kit *kit,
                uint64_t pairs_max)
{
    *relay = (struct relay){
        .order = *order,
        .pairs = {.loop = loop,
                  .kit = kit,
                  .node_port = order->upstream_port,
                  .node_address =
                      order->upstream_address != 0 ? order->upstream_address : INADDR_LOOPBACK},
        .listener = {.fd = -1, .ready = listener_ready},
        .accept_again = {.ring = pause_ends},
        .spare_fd = -1,
        .pairs_max = pairs_max,
    };
}

static int start_listening(struct relay *relay, struct error *reterr)
{
    relay->listener.fd = open_listener(relay->order.public_port);
    if (relay->listener.fd < 0) {
        return error_os(reterr, errno, "cannot listen on 127.0.0.1:%u",
                        (unsigned)relay->order.public_port);
    }
    return loop_watch(relay->pairs.loop, &relay->listener, LOOP_READ, reterr);
}

int relay_listen(struct relay *relay, uint64_t seed, struct error *reterr)
{
    relay->pairs.seed = seed;
    return start_listening(relay, reterr);
}

static void close_listener(struct relay *relay)
{
    alarms_set(&relay->pairs.kit->alarms, &relay->accept_again, NANOS_NEVER);
    if (relay->listener.fd >= 0) {
        (void)loop_watch(relay->pairs.loop, &relay->listener, 0, NULL);
        (void)close(relay->listener.fd);
        relay->listener.fd = -1;
    }
}

static bool is_refusing(const struct relay *relay)
{
    for (size_t i = 0; i < relay->fault_count; i++) {
        if (relay->faults[i]->order.kind == PROXY_FAULT_REFUSE) {
            return true;
        }
    }
    return false;
}

/* Who has connected is served, also where nobody had accepted it yet. */
static int follow_refuse(struct relay *relay, struct error *reterr)
{
    bool refuse = is_refusing(relay);

    if (refuse == (relay->listener.fd < 0)) {
        return 0;
    }
    if (!refuse) {
        return start_listening(relay, reterr);
    }
    while (accept_one(relay)) {
    }
    close_listener(relay);
    return 0;
}

static size_t find_fault(const struct relay *relay, uint32_t fault)
{
    size_t i = 0;

    while (i < relay->fault_count && relay->faults[i]->order.fault != fault) {
        i++;
    }
    return i;
}

int relay_set(struct relay *relay,
              const struct proxy_fault *order,
              uint64_t *ret_hits,
              struct error *reterr)
{
    struct fault *fault = NULL;

    if (!shaper_knows(order) || relay->fault_count == RELAY_FAULTS_MAX ||
        find_fault(relay, order->fault) < relay->fault_count) {
        return error_plain(reterr, "fault %u of kind %u makes no sense", (unsigned)order->fault,
                           (unsigned)order->kind);
    }
    fault = calloc(1, sizeof *fault);
    CHECK_MEMORY(fault != NULL);
    fault->order = *order;
    relay->faults[relay->fault_count++] = fault;
    if (order->kind == PROXY_FAULT_REFUSE) {
        *ret_hits = 0;
        return follow_refuse(relay, reterr);
    }
    *ret_hits = pairs_set(&relay->pairs, fault);
    return 0;
}

int relay_clear(struct relay *relay, uint32_t fault, uint64_t *ret_hits, struct error *reterr)
{
    size_t at = find_fault(relay, fault);
    struct fault *cleared = NULL;

    *ret_hits = 0;
    if (at == relay->fault_count) {
        return 0;
    }
    cleared = relay->faults[at];
    relay->fault_count--;
    for (size_t i = at; i < relay->fault_count; i++) {
        relay->faults[i] = relay->faults[i + 1];
    }
    pairs_clear(&relay->pairs, cleared);
    *ret_hits = cleared->hits;
    free(cleared);
    return follow_refuse(relay, reterr);
}

void relay_done(struct relay *relay)
{
    close_listener(relay);
    pairs_close(&relay->pairs);
    if (relay->spare_fd >= 0) {
        (void)close(relay->spare_fd);
    }
    for (size_t i = 0; i < relay->fault_count; i++) {
        free(relay->faults[i]);
    }
    relay->fault_count = 0;
}
