/* Seeded random worlds: nodes break and heal in every way, alone and together; the toy watches each
   step, and this file what must be true in the end. A failure names its seed. */
#include "base/prng.h"
#include "unit/client/script.h"
#include "unit/client/toy.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>

#define SEEDS        400
#define REQUESTS_MAX 4000
#define TROUBLE_NS   (12 * NANOS_PER_S)

static nanos random_ms(struct prng *prng, int64_t low, int64_t high)
{
    return prng_between(prng, low, high) * NANOS_PER_MS;
}

/* Swarm testing: each seed has its own knobs, and its own idea of which trouble is usual. */
static struct client_settings random_settings(struct prng *prng)
{
    struct client_settings settings = script_settings(PROFILE_RESILIENT);

    settings.health_check.enabled = prng_chance(prng, 700000);
    settings.health_check.failed_only = prng_chance(prng, 200000);
    settings.health_check.jitter_ppm = (uint32_t)prng_below(prng, 300000);
    settings.health_check.interval = random_ms(prng, 200, 1500);
    settings.health_check.timeout = random_ms(prng, 100, 2000);
    settings.health_check.fall = 1 + (uint32_t)prng_below(prng, 3);
    settings.health_check.rise = 1 + (uint32_t)prng_below(prng, 3);
    settings.eject_after = prng_chance(prng, 600000) ? 1 : 1 + (uint32_t)prng_below(prng, 4);
    settings.eject_for = random_ms(prng, 100, 1500);
    settings.eject_for_max = settings.eject_for + random_ms(prng, 0, 2500);
    settings.order = prng_chance(prng, 500000) ? (enum client_order)prng_below(prng, 4) : 0;
    settings.slow_start = prng_chance(prng, 300000) ? random_ms(prng, 1, 3000) : 0;
    settings.retry_budget_ppm =
        prng_chance(prng, 300000) ? (uint32_t)prng_below(prng, 300000) : BUDGET_NONE;
    settings.retry_backoff = prng_chance(prng, 300000) ? random_ms(prng, 1, 100) : 0;
    settings.hedge = (struct hedge_settings){
        .enabled = prng_chance(prng, 300000),
        .after = random_ms(prng, 40, 400),
        .budget_ppm = (uint32_t)prng_below(prng, 300000),
    };
    settings.breaker = (struct breaker_settings){
        .enabled = prng_chance(prng, 300000),
        .failures = 1 + (uint32_t)prng_below(prng, 6),
        .window = random_ms(prng, 50, 3000),
        .open = random_ms(prng, 100, 1500),
        .trials = 1 + (uint32_t)prng_below(prng, 3),
    };
    settings.failback = (enum failback_kind)prng_below(prng, 3);
    settings.failback_after = random_ms(prng, 1, 2000);
    settings.retry_attempts = 1 + (uint32_t)prng_below(prng, 6);
    settings.retry_all_methods = prng_chance(prng, 100000);
    settings.attempt_timeout = random_ms(prng, 300, 2000);
    settings.connect_timeout = random_ms(prng, 100, 1000);
    return settings;
}

struct trouble {
    struct prng prng;
    uint64_t weights[TOY_WAYS]; /* 0: never in this seed */
    uint64_t weight_total;
    uint16_t immortal; /* never broken, NODE_NONE: all may be */
};

static void random_trouble(struct trouble *trouble, uint16_t node_count)
{
    for (int way = 0; way < TOY_WAYS; way++) {
        if (way == TOY_WELL || prng_chance(&trouble->prng, 500000)) {
            trouble->weights[way] = 1 + prng_below(&trouble->prng, 10);
        }
        trouble->weight_total += trouble->weights[way];
    }
    trouble->immortal = NODE_NONE;
    if (prng_chance(&trouble->prng, 500000)) {
        trouble->immortal = (uint16_t)prng_below(&trouble->prng, node_count);
    }
}

static enum toy_way random_way(struct trouble *trouble)
{
    uint64_t ticket = prng_below(&trouble->prng, trouble->weight_total);
    enum toy_way way = TOY_WELL;

    while (ticket >= trouble->weights[way]) {
        ticket -= trouble->weights[way];
        way++;
    }
    return way;
}

static void stir(struct toy *toy, struct trouble *trouble)
{
    uint16_t node = (uint16_t)prng_below(&trouble->prng, toy->node_count);
    uint64_t dice = prng_below(&trouble->prng, 1000);

    if (dice < 12 && node != trouble->immortal) {
        toy_set(toy, node, random_way(trouble));
    } else if (dice == 13) {
        toy_command(toy, INPUT_SWITCH, node);
    } else if (dice == 14) {
        toy_command(toy, INPUT_RESET, NODE_NONE);
    } else if (dice < 17 && node != trouble->immortal) {
        toy_command(toy, dice == 15 ? INPUT_ISOLATE : INPUT_RELEASE, node);
    } else if (dice < 30) {
        toy->nodes[node].latency = random_ms(&trouble->prng, 1, 30);
    }
}

static void run_trouble(struct toy *toy, struct trouble *trouble)
{
    while (toy->now < TROUBLE_NS) {
        toy_advance(toy, toy->now + random_ms(&trouble->prng, 0, 16));
        stir(toy, trouble);
        toy_request(toy, prng_chance(&trouble->prng, 800000));
        if (prng_chance(&trouble->prng, 20000)) {
            toy_cancel(toy, (uint32_t)prng_below(&trouble->prng, toy->request_count));
        }
    }
}

/* The longest that a healed node may stay out: its last ejection, a passed probe and its limit,
   what it had asked for, and then the time to be preferred again. */
static nanos return_bound(const struct client_settings *settings)
{
    nanos probes_ns = (settings->health_check.rise + 1) *
                      (2 * settings->health_check.interval + settings->health_check.timeout);

    return 2 * settings->eject_for_max + 2 * settings->breaker.open + probes_ns +
           settings->attempt_timeout + 2 * NANOS_PER_S + settings->failback_after +
           settings->slow_start;
}

static void heal_and_wait(struct toy *toy)
{
    for (uint16_t node = 0; node < toy->node_count; node++) {
        toy_set(toy, node, TOY_WELL);
        toy_command(toy, INPUT_RELEASE, node);
    }
    nanos until = toy->now + return_bound(&toy->settings);
    while (toy->now < until) {
        toy_advance(toy, toy->now + 50 * NANOS_PER_MS);
        toy_request(toy, true);
    }
}

static void check_end(struct toy *toy)
{
    uint32_t first = toy->request_count;

    for (uint16_t node = 0; node < toy->node_count; node++) {
        if (toy->nodes[node].belief != BELIEF_HEALTHY) {
            fail_msg("seed=%llu: node %u did not return", (unsigned long long)toy->seed, node);
        }
    }
    if (scenario_client_spreads(&toy->settings)) {
        assert_int_equal(toy->active, NODE_NONE);
    } else if (toy->held != NODE_NONE) {
        assert_int_equal(toy->active, toy->held);
    } else if (toy->settings.failback != FAILBACK_STICKY) {
        assert_int_equal(toy->active, 0);
    }
    for (int i = 0; i < 20; i++) {
        toy_request(toy, i % 2 == 0);
        toy_advance(toy, toy->now + 50 * NANOS_PER_MS);
    }
    toy_advance(toy, toy->now + 10 * NANOS_PER_S);
    for (uint32_t i = first; i < toy->request_count; i++) {
        assert_int_equal(toy->requests[i].status, 200);
        assert_int_equal(toy->requests[i].attempts, 1);
        if (toy->active != NODE_NONE) {
            assert_int_equal(toy->requests[i].node, toy->active);
        }
    }
}

static void check_answered(const struct toy *toy)
{
    for (uint32_t i = 0; i < toy->request_count; i++) {
        assert_true(toy->requests[i].answered);
    }
}

/* [1] While one node is well all the time, whatever may be repeated succeeds, if it has as many
   attempts as there are nodes, time for all of them, and no budget. A 429 is the caller's. */
static void check_available(const struct toy *toy, const struct trouble *trouble)
{
    if (trouble->immortal == NODE_NONE || toy->settings.retry_budget_ppm != BUDGET_NONE ||
        toy->settings.retry_attempts < toy->node_count) {
        return;
    }
    for (uint32_t i = 0; i < toy->request_count; i++) {
        const struct toy_request *request = &toy->requests[i];
        bool good = request->outcome == OUTCOME_ANSWER &&
                    (request->status == 200 || request->status == 429);
        good = good || request->outcome == OUTCOME_CANCELLED;
        if (request->idempotent && !good) {
            fail_msg("seed=%llu: request %u due at %lld ms: %s %u", (unsigned long long)toy->seed,
                     i, (long long)(request->due / NANOS_PER_MS), outcome_word(request->outcome),
                     request->status);
        }
    }
}

static void run_seed(uint64_t seed)
{
    struct trouble trouble = {.immortal = NODE_NONE};
    struct arena arena;
    struct toy toy;

    prng_init(&trouble.prng, seed, 0);
    uint16_t node_count = (uint16_t)(1 + prng_below(&trouble.prng, 5));
    struct client_settings settings = random_settings(&trouble.prng);
    random_trouble(&trouble, node_count);
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, node_count, REQUESTS_MAX, seed);
    run_trouble(&toy, &trouble);
    heal_and_wait(&toy);
    check_end(&toy);
    check_answered(&toy);
    check_available(&toy, &trouble);
    arena_done(&arena);
}

static void test_random_worlds(void **state)
{
    const char *only = getenv("SEED");

    (void)state;
    if (only != NULL) {
        run_seed(strtoull(only, NULL, 10));
        return;
    }
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        run_seed(seed);
    }
}

/* The other profiles promise less: one answer a request, and no step for nothing. */
static void run_plain_seed(enum client_profile profile, uint64_t seed)
{
    struct trouble trouble = {.immortal = NODE_NONE};
    struct client_settings settings = script_settings_probed(profile);
    struct arena arena;
    struct toy toy;

    prng_init(&trouble.prng, seed, 1);
    uint16_t node_count = (uint16_t)(1 + prng_below(&trouble.prng, 5));
    settings.retry_attempts = node_count;
    settings.retry_all_methods = true;
    settings.attempt_timeout = random_ms(&trouble.prng, 300, 5000);
    settings.health_check.interval = random_ms(&trouble.prng, 200, 5000);
    random_trouble(&trouble, node_count);
    arena_init(&arena, 0);
    toy_init(&toy, &arena, &settings, node_count, REQUESTS_MAX, seed);
    run_trouble(&toy, &trouble);
    toy_advance(&toy, toy.now + 60 * NANOS_PER_S);
    check_answered(&toy);
    arena_done(&arena);
}

static void test_random_worlds_of_the_plain_profiles(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS / 10; seed++) {
        run_plain_seed(PROFILE_APISERVICE, seed);
        run_plain_seed(PROFILE_NONE, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_worlds),
        cmocka_unit_test(test_random_worlds_of_the_plain_profiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
