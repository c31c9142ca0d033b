#include "world/rtnetlink.h"

#include "base/check.h"
#include "base/nanos.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REQUEST_MAX 512

/* A request under construction: its head and what follows, each piece aligned to 4 bytes. */
struct request {
    struct nlmsghdr head;
    unsigned char rest[REQUEST_MAX];
};

static struct request request_of(uint16_t type, uint16_t flags)
{
    return (struct request){
        .head = {.nlmsg_len = NLMSG_HDRLEN,
                 .nlmsg_type = type,
                 .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags)},
    };
}

static void add(struct request *request, const void *bytes, size_t length)
{
    size_t at = request->head.nlmsg_len - NLMSG_HDRLEN;
    CHECK(at + NLMSG_ALIGN(length) <= sizeof request->rest);
    if (length > 0) {
        memcpy(request->rest + at, bytes, length);
    }
    request->head.nlmsg_len += (uint32_t)NLMSG_ALIGN(length);
}

static void add_attribute(struct request *request, uint16_t type, const void *value, size_t length)
{
    struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(length), .rta_type = type};
    add(request, &attribute, sizeof attribute);
    add(request, value, length);
}

static void add_number(struct request *request, uint16_t type, uint32_t value)
{
    add_attribute(request, type, &value, sizeof value);
}

/* An attribute made of what is added until it ends. */
static uint32_t begin(struct request *request, uint16_t type)
{
    uint32_t at = request->head.nlmsg_len;
    add_attribute(request, type, NULL, 0);
    return at;
}

static void end(struct request *request, uint32_t began_at)
{
    uint16_t length = (uint16_t)(request->head.nlmsg_len - began_at);
    memcpy(request->rest + began_at - NLMSG_HDRLEN + offsetof(struct rtattr, rta_len), &length,
           sizeof length);
}

static int send_request(const struct rtnetlink *link, const struct request *request)
{
    ssize_t sent;
    do {
        sent = send(link->fd, request, request->head.nlmsg_len, 0);
    } while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)request->head.nlmsg_len ? 0 : -1;
}

/* 0, or -1 and errno. The kernel acts on a request before send returns: the answer is there. */
static int await_ack(const struct rtnetlink *link)
{
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        unsigned char rest[2 * REQUEST_MAX]; /* the request comes back with an error */
    } answer;
    ssize_t length;
    do {
        length = recv(link->fd, &answer, sizeof answer, 0);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return -1;
    }
    if ((size_t)length < sizeof answer.head + sizeof answer.error ||
        answer.head.nlmsg_type != NLMSG_ERROR || answer.head.nlmsg_seq != link->sequence) {
        errno = EPROTO;
        return -1;
    }
    errno = -answer.error.error;
    return answer.error.error == 0 ? 0 : -1;
}

static int
ask(struct rtnetlink *link, struct request *request, const char *what, struct error *reterr)
{
    request->head.nlmsg_seq = ++link->sequence;
    if (send_request(link, request) < 0 || await_ack(link) < 0) {
        return error_os(reterr, errno, "cannot %s for a node's network", what);
    }
    return 0;
}

int rtnetlink_open(struct rtnetlink *link, struct error *reterr)
{
    *link = (struct rtnetlink){
        .fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
    };
    return link->fd < 0 ? error_os(reterr, errno, "cannot talk to the kernel about networks") : 0;
}

void rtnetlink_close(struct rtnetlink *link)
{
    if (link->fd > 0) {
        close(link->fd);
    }
    link->fd = -1;
}

int rtnetlink_namespace(const struct rtnetlink *link, struct error *reterr)
{
    int fd = ioctl(link->fd, SIOCGSKNS); /* closed on exec */
    return fd < 0 ? error_os(reterr, errno, "cannot get hold of a network namespace") : fd;
}

static void add_interface(struct request *request, int interface, unsigned flags)
{
    const struct ifinfomsg info = {
        .ifi_family = AF_UNSPEC,
        .ifi_index = interface,
        .ifi_flags = flags,
        .ifi_change = flags,
    };
    add(request, &info, sizeof info);
}

int rtnetlink_add_wire(struct rtnetlink *link,
                       const struct rtnetlink_wire *wire,
                       struct error *reterr)
{
    static const char kind[] = "veth";
    struct request request = request_of(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    add_interface(&request, wire->interface, 0);
    uint32_t info = begin(&request, IFLA_LINKINFO);
    add_attribute(&request, IFLA_INFO_KIND, kind, sizeof kind - 1);
    uint32_t data = begin(&request, IFLA_INFO_DATA);
    uint32_t peer = begin(&request, VETH_INFO_PEER);
    add_interface(&request, wire->peer_interface, 0);
    add_number(&request, IFLA_GROUP, wire->peer_group);
    add_number(&request, IFLA_NET_NS_FD, (uint32_t)wire->peer_namespace_fd);
    end(&request, peer);
    end(&request, data);
    end(&request, info);
    return ask(link, &request, "make a wire", reterr);
}

int rtnetlink_raise(struct rtnetlink *link, int interface, struct error *reterr)
{
    struct request request = request_of(RTM_NEWLINK, 0);
    add_interface(&request, interface, IFF_UP);
    return ask(link, &request, "raise an interface", reterr);
}

int rtnetlink_add_address(struct rtnetlink *link,
                          int interface,
                          uint32_t address,
                          uint8_t prefix_bits,
                          struct error *reterr)
{
    const struct ifaddrmsg info = {
        .ifa_family = AF_INET,
        .ifa_prefixlen = prefix_bits,
        .ifa_scope = RT_SCOPE_UNIVERSE,
        .ifa_index = (uint32_t)interface,
    };
    struct request request = request_of(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    add(&request, &info, sizeof info);
    add_number(&request, IFA_LOCAL, htonl(address));
    add_number(&request, IFA_ADDRESS, htonl(address));
    return ask(link, &request, "set an address", reterr);
}

int rtnetlink_add_default_route(struct rtnetlink *link,
                                int interface,
                                uint32_t gateway,
                                struct error *reterr)
{
    const struct rtmsg info = {
        .rtm_family = AF_INET,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = RTPROT_STATIC,
        .rtm_scope = RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST,
    };
    struct request request = request_of(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    add(&request, &info, sizeof info);
    add_number(&request, RTA_GATEWAY, htonl(gateway));
    add_number(&request, RTA_OIF, (uint32_t)interface);
    return ask(link, &request, "set a route", reterr);
}

/* As /proc/sys/net/ipv4/conf/.../forwarding, which may not be writable. */
int rtnetlink_raise_forwarding(struct rtnetlink *link, int interface, struct error *reterr)
{
    struct request request = request_of(RTM_SETLINK, 0);
    add_interface(&request, interface, IFF_UP);
    uint32_t families = begin(&request, IFLA_AF_SPEC);
    uint32_t family = begin(&request, AF_INET);
    uint32_t settings = begin(&request, IFLA_INET_CONF);
    add_number(&request, IPV4_DEVCONF_FORWARDING, 1);
    end(&request, settings);
    end(&request, family);
    end(&request, families);
    return ask(link, &request, "raise an interface that forwards", reterr);
}

/* 1: yes, 0: not yet, -1 and errno. */
static int is_running(struct rtnetlink *link, int interface)
{
    struct request request = request_of(RTM_GETLINK, 0);
    struct {
        struct nlmsghdr head;
        struct ifinfomsg info; /* what follows is cut off */
    } answer;
    request.head.nlmsg_flags = NLM_F_REQUEST;
    request.head.nlmsg_seq = ++link->sequence;
    add_interface(&request, interface, 0);
    if (send_request(link, &request) < 0) {
        return -1;
    }
    ssize_t length;
    do {
        length = recv(link->fd, &answer, sizeof answer, 0);
    } while (length < 0 && errno == EINTR);
    if (length < (ssize_t)sizeof answer || answer.head.nlmsg_type != RTM_NEWLINK) {
        errno = length < 0 ? errno : EPROTO;
        return -1;
    }
    return (answer.info.ifi_flags & IFF_RUNNING) != 0;
}

#define RUNNING_TRIES 20000
#define RUNNING_PAUSE (100 * NANOS_PER_US)

int rtnetlink_await_running(struct rtnetlink *link, int interface, struct error *reterr)
{
    int running = is_running(link, interface);
    for (int i = 0; running == 0 && i < RUNNING_TRIES; i++) {
        (void)nanosleep(&(struct timespec){.tv_nsec = RUNNING_PAUSE}, NULL);
        running = is_running(link, interface);
    }
    if (running == 0) {
        errno = ETIMEDOUT;
    }
    return running == 1 ? 0 : error_os(reterr, errno, "cannot bring up a node's network");
}

int rtnetlink_remove_group(struct rtnetlink *link, uint32_t group, struct error *reterr)
{
    struct request request = request_of(RTM_DELLINK, 0);
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    add(&request, &info, sizeof info);
    add_number(&request, IFLA_GROUP, group);
    return ask(link, &request, "remove wires", reterr);
}
