#include "unit/world/fake_node.h"

#include "backends-stub/control.h"
#include "backends-stub/execution_log.h"
#include "world/loop.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static const char variable[] = "BASCULE_FAKE_NODE";

struct fake {
    enum fake_node part;
    struct execution_log log;
    uint64_t unanswered; /* HESITATES: the order to set */
};

static void report(enum control_report_kind kind, uint64_t sequence, uint64_t hits, int os_errno)
{
    const struct control_report report = {
        .version = CONTROL_VERSION,
        .kind = kind,
        .sequence = sequence,
        .at = loop_clock(),
        .hits = hits,
        .os_errno = os_errno,
    };
    (void)!send(CONTROL_FD, &report, sizeof report, MSG_NOSIGNAL);
}

/* Shared with whoever else wants it, so that a test can be somebody else who listens. */
static void listen_at(uint16_t port)
{
    const int yes = 1;
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) < 0 ||
        bind(fd, (const struct sockaddr *)&where, sizeof where) < 0 || listen(fd, 8) < 0) {
        _exit(2);
    }
}

static void begin(const struct fake *fake, const struct control_order *order)
{
    switch (fake->part) {
    case FAKE_NODE_STARTS:
        return;
    case FAKE_NODE_FAILS:
        report(CONTROL_FAILED, order->sequence, 0, EADDRINUSE);
        _exit(1);
    case FAKE_NODE_LIES:
        break;
    case FAKE_NODE_OBEYS:
    case FAKE_NODE_COUNTS:
    case FAKE_NODE_HESITATES:
    case FAKE_NODE_ACKS_DYING:
    case FAKE_NODE_DIES:
        listen_at(order->settings.port);
        break;
    }
    report(CONTROL_READY, order->sequence, 0, 0);
}

static void set(struct fake *fake, const struct control_order *order)
{
    if (fake->part == FAKE_NODE_DIES) {
        _exit(3);
    }
    if (fake->part == FAKE_NODE_HESITATES) {
        fake->unanswered = order->sequence;
        return;
    }
    if (fake->part == FAKE_NODE_COUNTS) {
        execution_log_note_hits(&fake->log, order->behaviour.behaviour, FAKE_NODE_HITS);
    }
    report(CONTROL_ACK, order->sequence, 0, 0);
    if (fake->part == FAKE_NODE_ACKS_DYING) {
        _exit(3);
    }
}

static void clear(struct fake *fake, const struct control_order *order)
{
    if (fake->unanswered != 0) {
        report(CONTROL_ACK, fake->unanswered, 0, 0);
        fake->unanswered = 0;
    }
    report(CONTROL_ACK, order->sequence, execution_log_hits(&fake->log, order->clear), 0);
}

void fake_node_main(void)
{
    const char *part = getenv(variable);
    struct fake fake = {.part = FAKE_NODE_OBEYS};
    struct error error = {.text = ""};
    struct control_order order;
    if (part == NULL) {
        return;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    fake.part = (enum fake_node)strtoul(part, NULL, 10);
    if (execution_log_open(&fake.log, CONTROL_LOG_FD, &error) < 0) {
        _exit(2);
    }
    while (recv(CONTROL_FD, &order, sizeof order, 0) == (ssize_t)sizeof order) {
        if (order.kind == CONTROL_SETTINGS) {
            begin(&fake, &order);
        } else if (order.kind == CONTROL_SET) {
            set(&fake, &order);
        } else {
            clear(&fake, &order);
        }
    }
    _exit(0);
}

void fake_node_play(enum fake_node part)
{
    char number[12];
    (void)snprintf(number, sizeof number, "%u", (unsigned)part);
    (void)setenv(variable, number, 1);
}

const char *fake_node_program(void)
{
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    return length > 0 ? path : "/proc/self/exe";
}
