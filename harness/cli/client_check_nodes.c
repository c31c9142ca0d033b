/* What a program does about its nodes: the orders of an operator, and a node that is killed. */
#include "cli/client_check_parts.h"
#include "report/utf8.h"
#include "world/world.h"

#define REQUESTS_AFTER_KILL 8

/* ---- orders ---- */

static bool is_command_answered(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->command_answered;
}

static bool order(struct client_check *check, enum client_order_kind kind)
{
    struct client_bench *bench = check->bench;
    bench->command_answered = false;
    return bench->world->ops->order_client(bench->world, 0, kind, 0, 1) &&
           client_bench_until(bench, is_command_answered, 0, CLIENT_CHECK_WITHIN);
}

static void try_switch(struct client_check *check)
{
    uint32_t number = 0;
    if (!client_check_has(check, CLIENT_FEATURE_SWITCH)) {
        client_check_missing(check, "switch", "no feature \"switch\": switch_to cannot be used");
    } else if (!order(check, CLIENT_ORDER_SWITCH)) {
        client_check_bad_or_problem(check, "switch",
                                    "neither \"done\" nor \"refused\" came within 10 s");
    } else if (!check->bench->command_done) {
        client_check_bad(check, "switch",
                         arena_printf(check->arena, "was refused (%s) although the node is there",
                                      utf8_printable(check->arena, check->bench->command_why)));
    } else if (!client_check_ask(check, CLIENT_BENCH_GET, &number) ||
               client_check_served_by(check, number) != 1) {
        client_check_bad_or_problem(check, "switch",
                                    "said done, but the next request did not go to that node");
    } else {
        client_check_good("switch", "requests moved to the node");
    }
}

static void try_reset(struct client_check *check)
{
    if (!client_check_has(check, CLIENT_FEATURE_RESET)) {
        client_check_missing(check, "reset", "no feature \"reset\": reset_failed cannot be used");
    } else if (!order(check, CLIENT_ORDER_RESET)) {
        client_check_bad_or_problem(check, "reset",
                                    "neither \"done\" nor \"refused\" came within 10 s");
    } else if (!check->bench->command_done) {
        client_check_bad(check, "reset",
                         arena_printf(check->arena, "was refused: %s",
                                      utf8_printable(check->arena, check->bench->command_why)));
    } else {
        client_check_good("reset", "was done");
    }
}

static bool is_status_told(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->status_told;
}

static void try_status(struct client_check *check)
{
    struct client_bench *bench = check->bench;
    if (!client_check_has(check, CLIENT_FEATURE_STATUS)) {
        client_check_missing(check, "status",
                             "no feature \"status\": what it thinks of nodes is not asked");
        return;
    }
    if (!bench->world->ops->order_client(bench->world, 0, CLIENT_ORDER_STATUS, FAULT_NONE,
                                         NODE_NONE) ||
        !client_bench_until(bench, is_status_told, 0, CLIENT_CHECK_WITHIN)) {
        client_check_bad_or_problem(check, "status", "no \"status\" came within 10 s");
    } else if (bench->status_nodes != bench->scenario.node_count) {
        client_check_bad(check, "status", "must list each node once");
    } else {
        client_check_good("status", "lists each node");
    }
}

/* ---- failover ---- */

static bool is_effective(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->fault_effective;
}

/* False: there is no point in going on. */
static bool fault(struct client_check *check, enum client_bench_fault which)
{
    client_bench_fault(check->bench, which);
    return client_bench_until(check->bench, is_effective, 0, CLIENT_CHECK_WITHIN);
}

static bool has_told_failed(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->told_failed;
}

static void try_telemetry(struct client_check *check)
{
    /* Who spreads load may have asked the other node only. */
    for (int i = 0; i < REQUESTS_AFTER_KILL && !check->bench->told_failed; i++) {
        (void)client_check_ask(check, CLIENT_BENCH_GET, NULL);
    }
    if (!client_check_has(check, CLIENT_FEATURE_TELEMETRY)) {
        client_check_missing(
            check, "telemetry",
            "no feature \"telemetry\": detection and wrong_ejections cannot be measured");
    } else if (client_bench_until(check->bench, has_told_failed, 0, CLIENT_CHECK_WITHIN)) {
        client_check_good("telemetry", "told that the node failed");
    } else {
        client_check_bad_or_problem(check, "telemetry",
                                    "is a feature, but no {\"ev\":\"node\",\"state\":\"failed\"} "
                                    "came when a node was killed");
    }
}

static void try_failover(struct client_check *check)
{
    bool answered = false;
    if (client_check_has(check, CLIENT_FEATURE_SWITCH)) { /* back to the node that is killed */
        (void)check->bench->world->ops->order_client(check->bench->world, 0, CLIENT_ORDER_SWITCH, 0,
                                                     0);
    }
    if (!fault(check, CLIENT_BENCH_KILL)) {
        client_check_bad_or_problem(check, "failover", "the node could not be killed");
        return;
    }
    for (int i = 0; i < REQUESTS_AFTER_KILL && !answered && check->bench->problem == NULL; i++) {
        answered = client_check_ask(check, CLIENT_BENCH_GET, NULL);
    }
    if (answered) {
        client_check_good("failover", "requests are answered after a node was killed");
    } else {
        client_check_bad_or_problem(
            check, "failover",
            "no request was answered after the first node was killed, though the second one runs");
    }
    if (check->bench->problem == NULL) {
        try_telemetry(check);
    }
    (void)fault(check, CLIENT_BENCH_RESTART);
}

void client_check_nodes(struct client_check *check)
{
    static void (*const tries[])(struct client_check * check) = {
        try_status,
        try_reset,
        try_switch,
        try_failover,
    };
    client_check_each(check, tries, sizeof tries / sizeof tries[0]);
}
