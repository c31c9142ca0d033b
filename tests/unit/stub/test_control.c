#include "backends-stub/control.h"

#include "unit/cmocka_all.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
    int stub;
    int harness;
};

static struct pair pair_new(void)
{
    int fds[2] = {-1, -1};

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    return (struct pair){fds[0], fds[1]};
}

static void pair_done(struct pair pair)
{
    (void)close(pair.stub);
    (void)close(pair.harness);
}

static void test_orders_arrive_one_by_one_then_the_end(void **state)
{
    struct pair pair = pair_new();
    struct control_order order = {.version = CONTROL_VERSION, .kind = CONTROL_CLEAR};
    struct control_order got;
    struct error error = {0};

    (void)state;
    assert_int_equal(control_receive(pair.stub, &got, &error), -1);
    assert_false(error_is_set(&error));
    for (order.sequence = 1; order.sequence <= 3; order.sequence++) {
        assert_int_equal(send(pair.harness, &order, sizeof order, 0), sizeof order);
    }
    (void)shutdown(pair.harness, SHUT_RDWR);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        assert_int_equal(control_receive(pair.stub, &got, &error), 1);
        assert_int_equal(got.sequence, sequence);
    }
    assert_int_equal(control_receive(pair.stub, &got, &error), 0);
    assert_false(error_is_set(&error));
    pair_done(pair);
}

static void test_wrong_packets_are_errors(void **state)
{
    struct pair pair = pair_new();
    struct {
        struct control_order order;
        char more;
    } sent = {.order = {.version = CONTROL_VERSION}};
    struct control_order got;

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct error error = {0};
        size_t length = i == 0   ? sizeof sent.order - 1
                        : i == 1 ? sizeof sent.order + 1
                                 : sizeof sent.order;

        sent.order.version = i == 2 ? CONTROL_VERSION + 1 : CONTROL_VERSION;
        assert_int_equal(send(pair.harness, &sent, length, 0), length);
        assert_int_equal(control_receive(pair.stub, &got, &error), -1);
        assert_true(error_is_set(&error));
    }
    pair_done(pair);
}

static void test_a_report_carries_the_version_and_nobody_need_listen(void **state)
{
    struct pair pair = pair_new();
    struct control_report got;

    (void)state;
    control_send(pair.stub, (struct control_report){.kind = CONTROL_ACK, .hits = 7});
    assert_int_equal(recv(pair.harness, &got, sizeof got, 0), sizeof got);
    assert_int_equal(got.version, CONTROL_VERSION);
    assert_int_equal(got.kind, CONTROL_ACK);
    assert_int_equal(got.hits, 7);
    (void)close(pair.harness);
    pair.harness = -1;
    control_send(pair.stub, (struct control_report){.kind = CONTROL_ACK});
    pair_done(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_arrive_one_by_one_then_the_end),
        cmocka_unit_test(test_wrong_packets_are_errors),
        cmocka_unit_test(test_a_report_carries_the_version_and_nobody_need_listen),
    };

    return cmocka_run_group_tests_name("stub control", tests, NULL, NULL);
}
