#include "world/node_networks.h"

#include "base/check.h"
#include "world/rtnetlink.h"

#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

/* 10.77.0.0/16, two addresses a wire: the even one is ours, the odd one the node's. */
#define WIRE_ADDRESSES 0x0a4d0000U
#define WIRE_PREFIX    31
#define NODES_MAX      32768

/* Interface numbers are chosen, not asked for. They differ from each other also across a wire: else
 * the kernel takes its time to notice that the wire is there. */
enum { LOOPBACK_INTERFACE = 1, NODE_INTERFACE = 100, HOME_INTERFACE = 1000 };
#define HOME_GROUP 77 /* all our ends, to be removed at one stroke */

struct node_networks {
    int home_fd; /* the caller's namespace */
    struct rtnetlink home;
    size_t count;
    int node_fds[]; /* the nodes' namespaces, -1: none */
};

static uint32_t home_address(size_t node)
{
    return WIRE_ADDRESSES + 2 * (uint32_t)node;
}

uint32_t node_networks_address(const struct node_networks *networks, uint16_t node)
{
    return networks == NULL ? INADDR_LOOPBACK : home_address(node) + 1;
}

uint32_t node_networks_home_address(const struct node_networks *networks, uint16_t node)
{
    return networks == NULL ? INADDR_LOOPBACK : home_address(node);
}

/* With the caller already in the node's namespace; node_end speaks there. */
static int furnish(struct node_networks *networks,
                   struct rtnetlink *node_end,
                   size_t node,
                   struct error *reterr)
{
    int home_interface = HOME_INTERFACE + (int)node;
    const struct rtnetlink_wire wire = {
        .interface = NODE_INTERFACE,
        .peer_interface = home_interface,
        .peer_group = HOME_GROUP,
        .peer_namespace_fd = networks->home_fd,
    };
    if (rtnetlink_raise(node_end, LOOPBACK_INTERFACE, reterr) < 0 ||
        rtnetlink_add_wire(node_end, &wire, reterr) < 0 ||
        rtnetlink_raise_forwarding(&networks->home, home_interface, reterr) < 0 ||
        rtnetlink_raise(node_end, NODE_INTERFACE, reterr) < 0 ||
        rtnetlink_add_address(node_end, NODE_INTERFACE, home_address(node) + 1, WIRE_PREFIX,
                              reterr) < 0 ||
        rtnetlink_add_default_route(node_end, NODE_INTERFACE, home_address(node), reterr) < 0) {
        return -1;
    }
    return rtnetlink_add_address(&networks->home, home_interface, home_address(node), WIRE_PREFIX,
                                 reterr);
}

static int add_network(struct node_networks *networks, size_t node, struct error *reterr)
{
    if (unshare(CLONE_NEWNET) < 0) {
        return error_os(reterr, errno, "cannot make a network for a node");
    }
    struct rtnetlink node_end;
    int status = rtnetlink_open(&node_end, reterr);
    if (status == 0) {
        networks->node_fds[node] = rtnetlink_namespace(&node_end, reterr);
        status = networks->node_fds[node] < 0 ? -1 : furnish(networks, &node_end, node, reterr);
        rtnetlink_close(&node_end);
    }
    node_networks_leave(networks);
    return status;
}

/* The node's end was raised last, and works at once; ours becomes so. */
static int await_wires(struct node_networks *networks, struct error *reterr)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (rtnetlink_await_running(&networks->home, HOME_INTERFACE + (int)i, reterr) < 0) {
            return -1;
        }
    }
    return 0;
}

struct node_networks *node_networks_new(size_t node_count, struct error *reterr)
{
    CHECK(node_count <= NODES_MAX);
    struct node_networks *networks =
        calloc(1, sizeof *networks + node_count * sizeof networks->node_fds[0]);
    if (networks == NULL) {
        (void)error_plain(reterr, "out of memory");
        return NULL;
    }
    networks->count = node_count;
    networks->home_fd = -1;
    for (size_t i = 0; i < node_count; i++) {
        networks->node_fds[i] = -1;
    }
    if (rtnetlink_open(&networks->home, reterr) < 0) {
        return node_networks_free(networks);
    }
    networks->home_fd = rtnetlink_namespace(&networks->home, reterr);
    if (networks->home_fd < 0) {
        return node_networks_free(networks);
    }
    for (size_t i = 0; i < node_count; i++) {
        if (add_network(networks, i, reterr) < 0) {
            return node_networks_free(networks);
        }
    }
    return await_wires(networks, reterr) < 0 ? node_networks_free(networks) : networks;
}

struct node_networks *node_networks_free(struct node_networks *networks)
{
    if (networks == NULL) {
        return NULL;
    }
    if (networks->home_fd >= 0) {
        /* By hand, since the next run wants the same numbers before the kernel has swept up. It
         * fails where there is no wire yet. */
        (void)rtnetlink_remove_group(&networks->home, HOME_GROUP, &(struct error){.text = ""});
        close(networks->home_fd);
    }
    for (size_t i = 0; i < networks->count; i++) {
        if (networks->node_fds[i] >= 0) {
            close(networks->node_fds[i]);
        }
    }
    rtnetlink_close(&networks->home);
    free(networks);
    return NULL;
}

int node_networks_enter(const struct node_networks *networks, uint16_t node)
{
    if (networks == NULL) {
        return 0;
    }
    CHECK(node < networks->count);
    return setns(networks->node_fds[node], CLONE_NEWNET) == 0 ? 0 : errno;
}

void node_networks_leave(const struct node_networks *networks)
{
    /* The way home is open to who came from there. */
    CHECK(networks == NULL || setns(networks->home_fd, CLONE_NEWNET) == 0);
}
