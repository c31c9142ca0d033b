#include "unit/cmocka_all.h"
#include "world/port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Gives a listener on a port of its own. */
static int listen_anywhere(int backlog, uint16_t *ret_port)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof where;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&where, length), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&where, &length), 0);
    *ret_port = ntohs(where.sin_port);
    return fd;
}

static void test_a_listener_accepts_and_nobody_refuses(void **state)
{
    uint16_t port;
    (void)state;
    int fd = listen_anywhere(8, &port);
    assert_int_equal(port_ask(INADDR_LOOPBACK, port), PORT_ACCEPTS);
    close(fd);
    assert_int_equal(port_ask(INADDR_LOOPBACK, port), PORT_REFUSES);
}

/* Two fit into a queue for one; later ones are left without an answer. */
static void test_a_full_queue_is_silent(void **state)
{
    uint16_t port;
    (void)state;
    int fd = listen_anywhere(0, &port);
    struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int waiting[4];
    for (size_t i = 0; i < 4; i++) {
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], (const struct sockaddr *)&where, sizeof where);
    }
    assert_int_equal(port_ask(INADDR_LOOPBACK, port), PORT_SILENT);
    for (size_t i = 0; i < 4; i++) {
        close(waiting[i]);
    }
    close(fd);
}

/* The other side finds a connection that is over. */
static void test_asking_leaves_nothing_open(void **state)
{
    uint16_t port;
    char byte;
    (void)state;
    int fd = listen_anywhere(8, &port);
    assert_int_equal(port_ask(INADDR_LOOPBACK, port), PORT_ACCEPTS);
    int accepted = accept(fd, NULL, NULL);
    assert_true(accepted >= 0);
    assert_true(read(accepted, &byte, 1) <= 0);
    close(accepted);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_listener_accepts_and_nobody_refuses),
        cmocka_unit_test(test_a_full_queue_is_silent),
        cmocka_unit_test(test_asking_leaves_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
