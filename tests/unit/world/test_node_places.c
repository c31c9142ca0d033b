/* Where nodes are seen and where they listen. */
#include "unit/cmocka_all.h"

#include "world/node_places.h"

#include <string.h>

#define LOCAL UINT32_C(0x7f000001)

static struct arena arena;
static struct scenario_node nodes[] = {
    {.name = "stub", .port = 8080},
    {.name = "own",
     .kind = NODE_COMMAND,
     .port = 8081,
     .url = {.host = "localhost", .prefix = "/v1", .port = 8081}},
    {.name = "foreign",
     .kind = NODE_EXTERNAL,
     .port = 9000,
     .url = {.host = "127.0.0.9", .prefix = "", .port = 9000}},
    {.name = "balancer", .kind = NODE_COMMAND, .port = 8090},
};
static const struct scenario scenario = {
    .nodes = nodes,
    .node_count = 3,
    .process_count = 4,
    .client = {.profile = PROFILE_DIRECT,
               .direct = {.host = "127.0.0.1", .prefix = "/x", .port = 8090}},
};

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void test_nothing_between(void **state)
{
    (void)state;
    struct node_places places;
    struct error error = {.text = ""};
    assert_int_equal(node_places_init(&places, &scenario, NULL, false, &arena, &error), 0);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(places.seen[i].port, nodes[i].port);
        assert_int_equal(places.own[i].port, nodes[i].port);
        assert_int_equal(places.seen[i].address, places.own[i].address);
    }
    assert_string_equal(places.seen[0].url, "http://127.0.0.1:8080");
    assert_true(places.seen[0].is_direct);
    assert_int_equal(places.seen[1].address, LOCAL);
    assert_string_equal(places.seen[1].url, "http://127.0.0.1:8081/v1");
    assert_int_equal(places.seen[2].address, UINT32_C(0x7f000009));
    const struct node_place *direct = node_places_seen(&places, NODE_NONE);
    assert_string_equal(direct->url, "http://127.0.0.1:8090/x");
}

static void test_behind_the_proxy(void **state)
{
    (void)state;
    struct node_places places;
    struct error error = {.text = ""};
    assert_int_equal(node_places_init(&places, &scenario, NULL, true, &arena, &error), 0);
    for (uint16_t i = 0; i < 2; i++) { /* these hide */
        assert_int_equal(places.seen[i].port, nodes[i].port);
        assert_int_not_equal(places.own[i].port, nodes[i].port);
    }
    /* One that runs already stays where it is, and still hears its name. */
    assert_int_equal(places.own[2].port, 9000);
    assert_int_equal(places.own[2].address, UINT32_C(0x7f000009));
    assert_int_not_equal(places.seen[2].port, 9000);
    assert_int_equal(places.seen[2].address, LOCAL);
    assert_string_equal(places.seen[2].authority, "127.0.0.9:9000");
    assert_false(places.seen[2].is_direct);
    /* No fault is between a client and a service. */
    assert_int_equal(places.own[3].port, 8090);
    assert_int_equal(places.seen[3].port, 8090);
}

static void test_networks_of_their_own(void **state)
{
    (void)state;
    /* Only whether there are any matters to where things are. */
    const struct node_networks *networks = (const struct node_networks *)&arena;
    const uint32_t wire = UINT32_C(0x0a4d0000);
    const uint16_t balancer = 3;
    struct node_places places;
    struct error error = {.text = ""};
    assert_int_equal(node_places_init(&places, &scenario, networks, true, &arena, &error), 0);
    assert_int_equal(places.seen[1].address, LOCAL);
    assert_int_equal(node_places_listening(&places, 1), wire + 3);
    assert_int_equal(node_places_reached(&places, 0, 1), wire + 3);
    assert_int_equal(node_places_reached(&places, balancer, 1), wire + 3);
    /* A node comes to a service over its own wire. */
    assert_int_equal(node_places_listening(&places, balancer), 0);
    assert_int_equal(node_places_reached(&places, 1, balancer), wire + 2);
    assert_int_equal(node_places_reached(&places, balancer, balancer), LOCAL);

    assert_int_equal(node_places_init(&places, &scenario, NULL, false, &arena, &error), 0);
    assert_int_equal(node_places_listening(&places, balancer), LOCAL);
    assert_int_equal(node_places_reached(&places, 1, balancer), LOCAL);
}

static void test_a_name_that_nobody_knows(void **state)
{
    (void)state;
    struct scenario_node node = {.name = "a",
                                 .kind = NODE_EXTERNAL,
                                 .port = 1,
                                 .url = {.host = "no-such-host.invalid", .port = 1}};
    const struct scenario lost = {.nodes = &node, .node_count = 1, .process_count = 1};
    struct node_places places;
    struct error error = {.text = ""};
    assert_int_equal(node_places_init(&places, &lost, NULL, false, &arena, &error), -1);
    assert_non_null(strstr(error.text, "'no-such-host.invalid'"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_between),
        TEST(test_behind_the_proxy),
        TEST(test_networks_of_their_own),
        TEST(test_a_name_that_nobody_knows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
