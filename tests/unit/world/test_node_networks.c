#include "unit/cmocka_all.h"
#include "world/isolation.h"
#include "world/node_networks.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A socket of the network in which the caller is now. */
static int listen_at(uint32_t address, uint16_t port)
{
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(address),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (const struct sockaddr *)&where, sizeof where) < 0 || listen(fd, 8) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool connects_to(uint32_t address, uint16_t port)
{
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(address),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int status = connect(fd, (const struct sockaddr *)&where, sizeof where);
    close(fd);
    return status == 0;
}

/* What a node listens on is reached from our network, and from another node's through it. */
static bool nodes_reach_each_other(const struct node_networks *networks)
{
    uint32_t address = node_networks_address(networks, 1);
    if (node_networks_enter(networks, 1) != 0) {
        return false;
    }
    int listener = listen_at(address, 8081);
    node_networks_leave(networks);
    bool from_here = connects_to(address, 8081);
    if (listener < 0 || listen_at(address, 8081) >= 0 || node_networks_enter(networks, 2) != 0) {
        return false;
    }
    bool from_there = connects_to(address, 8081);
    node_networks_leave(networks);
    close(listener);
    return from_here && from_there;
}

static int make_use_and_remake(void)
{
    struct error error = {.text = ""};
    for (int round = 0; round < 3; round++) {
        struct node_networks *networks = node_networks_new(3, &error);
        if (networks == NULL || !nodes_reach_each_other(networks)) {
            (void)fprintf(stderr, "round %d: %s\n", round, error.text);
            return 1;
        }
        node_networks_free(networks);
    }
    return 0;
}

static int two_at_once(void)
{
    struct error error = {.text = ""};
    struct node_networks *first = node_networks_new(1, &error);
    return first != NULL && node_networks_new(1, &error) == NULL && error_is_set(&error) ? 0 : 1;
}

static void expect_isolated(int (*check)(void))
{
    struct error error = {.text = ""};
    pid_t child = isolation_fork(&error);
    if (child == 0) {
        _exit(check());
    }
    if (child < 0) {
        skip(); /* the system does not permit it */
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void nodes_have_networks_that_reach_each_other(void **state)
{
    (void)state;
    expect_isolated(make_use_and_remake);
}

static void failure_is_told_and_leaves_the_caller_at_home(void **state)
{
    (void)state;
    expect_isolated(two_at_once);
}

static void without_networks_all_is_loopback(void **state)
{
    (void)state;
    assert_int_equal(node_networks_address(NULL, 7), INADDR_LOOPBACK);
    assert_int_equal(node_networks_enter(NULL, 7), 0);
    node_networks_leave(NULL);
    assert_null(node_networks_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_have_networks_that_reach_each_other),
        cmocka_unit_test(failure_is_told_and_leaves_the_caller_at_home),
        cmocka_unit_test(without_networks_all_is_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
