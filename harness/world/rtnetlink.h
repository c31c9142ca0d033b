/* The few words of rtnetlink(7) that wire up nodes' networks: one request at a time, each
   acknowledged by the kernel before the call returns. It refuses to know nodes. Interfaces are
   given by number, addresses are IPv4 in host byte order. Errors: the kernel's, as errno.
   Source of the formats: linux/rtnetlink.h, linux/if_link.h, linux/veth.h. */
#ifndef BASCULE_WORLD_RTNETLINK_H
#define BASCULE_WORLD_RTNETLINK_H

#include "base/error.h"

#include <stdint.h>

struct rtnetlink {
    int fd; /* speaks in the namespace where it was opened, wherever the caller goes */
    uint32_t sequence;
};

int rtnetlink_open(struct rtnetlink *link, struct error *reterr);
void rtnetlink_close(struct rtnetlink *link); /* also of one that was never opened */

/* A new descriptor of the namespace in which it speaks; -1 on failure. Asks the socket, not /proc,
   which may be absent or another's. */
int rtnetlink_namespace(const struct rtnetlink *link, struct error *reterr);

/* The two ends of a new veth pair, neither of them up. */
struct rtnetlink_wire {
    int interface; /* here */
    int peer_interface;
    uint32_t peer_group;
    int peer_namespace_fd;
};
int rtnetlink_add_wire(struct rtnetlink *link,
                       const struct rtnetlink_wire *wire,
                       struct error *reterr);

int rtnetlink_raise(struct rtnetlink *link, int interface, struct error *reterr);
int rtnetlink_add_address(struct rtnetlink *link,
                          int interface,
                          uint32_t address,
                          uint8_t prefix_bits,
                          struct error *reterr);
int rtnetlink_add_default_route(struct rtnetlink *link,
                                int interface,
                                uint32_t gateway,
                                struct error *reterr);
/* Also passes on packets that come in there and are for somebody else. */
int rtnetlink_raise_forwarding(struct rtnetlink *link, int interface, struct error *reterr);
/* Waits until what is sent there goes out: after both ends of a wire are up, the kernel takes some
   more moments, and would lose it silently. */
int rtnetlink_await_running(struct rtnetlink *link, int interface, struct error *reterr);
/* Every interface of the group; with one end of a wire the other goes too. */
int rtnetlink_remove_group(struct rtnetlink *link, uint32_t group, struct error *reterr);

#endif
