/* Ten thousand switch-overs of one client: it takes no memory but what it took at its start, loses
   no slot of the few that it has, and has as much to do afterwards as before. */
#include "unit/client/script.h"
#include "unit/cmocka_all.h"

#define NODES         3
#define SLOTS         4 /* one request at a time; one that is never given back is missed soon */
#define SWITCHES      10000
#define QUEUE_MAX     16
#define STEPS_MAX     10000 /* for one request: more is a policy that spins */
#define PRIMARY       0
#define REQUEST_EVERY (5 * NANOS_PER_MS)

enum way { WELL, REFUSING, HUNG };

struct endurance {
    struct arena arena;
    struct policy *policy;
    nanos now;
    enum way primary;
    uint32_t requests;
    uint32_t switches;
    uint32_t attempts;
    uint16_t active;
    bool answered;
    struct output queue[QUEUE_MAX]; /* attempts that end at once */
    uint32_t queued;
};

static void note(struct endurance *run, const struct output *output)
{
    switch (output->kind) {
    case OUTPUT_ATTEMPT:
        run->attempts++;
        if (output->node != PRIMARY || run->primary != HUNG) {
            assert_true(run->queued < QUEUE_MAX);
            run->queue[run->queued++] = *output;
        }
        break;
    case OUTPUT_ACTIVE:
        run->switches++;
        run->active = output->node;
        break;
    case OUTPUT_ANSWER:
        assert_int_equal(output->answer.outcome, OUTCOME_ANSWER);
        run->answered = true;
        break;
    case OUTPUT_CANCEL:
    case OUTPUT_BELIEF:
    case OUTPUT_DROP:
    case OUTPUT_PANIC:
    case OUTPUT_DONE:
    case OUTPUT_REFUSED:
        break;
    }
}

static void step(struct endurance *run, const struct input *input)
{
    struct outputs outputs;

    policy_step(run->policy, run->now, input, &outputs);
    for (uint32_t i = 0; i < outputs.count; i++) {
        note(run, &outputs.item[i]);
    }
}

static void end_attempts(struct endurance *run)
{
    while (run->queued > 0) {
        struct output attempt = run->queue[--run->queued];
        bool refused = attempt.node == PRIMARY && run->primary == REFUSING;

        step(run, &(struct input){.kind = INPUT_ATTEMPT_ENDED,
                                  .ended = {.ref = attempt.attempt.ref,
                                            .outcome = refused ? OUTCOME_REFUSED : OUTCOME_ANSWER,
                                            .status = refused ? 0 : 200,
                                            .sent = !refused}});
    }
}

static void pass(struct endurance *run, nanos until)
{
    int steps = 0;

    for (nanos at = policy_deadline(run->policy); at <= until; at = policy_deadline(run->policy)) {
        run->now = nanos_max(run->now, at);
        step(run, &(struct input){.kind = INPUT_DEADLINE});
        end_attempts(run);
        assert_true(++steps < STEPS_MAX);
    }
    run->now = nanos_max(run->now, until);
}

static void ask(struct endurance *run)
{
    run->answered = false;
    step(run, &(struct input){.kind = INPUT_REQUEST,
                              .request = {.due = run->now,
                                          .request = run->requests++,
                                          .idempotent = true,
                                          .safe = true}});
    end_attempts(run);
    while (!run->answered) {
        assert_true(policy_deadline(run->policy) != NANOS_NEVER);
        pass(run, policy_deadline(run->policy));
    }
    pass(run, run->now + REQUEST_EVERY);
}

static void ask_until_active(struct endurance *run, bool wants_primary)
{
    for (int i = 0; (run->active == PRIMARY) != wants_primary; i++) {
        assert_true(i < STEPS_MAX);
        ask(run);
    }
}

/* Attempts of a second without requests: probes, and whatever was forgotten. */
static uint32_t attempts_when_idle(struct endurance *run)
{
    uint32_t before = run->attempts;

    pass(run, run->now + 10 * NANOS_PER_S);
    return run->attempts - before;
}

static struct client_settings quick_settings(void)
{
    struct client_settings settings = script_settings_probed(PROFILE_RESILIENT);

    settings.attempt_timeout = 100 * NANOS_PER_MS;
    settings.eject_for = 10 * NANOS_PER_MS;
    settings.eject_for_max = 20 * NANOS_PER_MS;
    settings.health_check.interval = 20 * NANOS_PER_MS;
    settings.health_check.timeout = 10 * NANOS_PER_MS;
    return settings;
}

static void endure(const struct client_settings *settings)
{
    struct endurance run = {.active = PRIMARY};

    arena_init(&run.arena, 0);
    run.policy = policy_new(&run.arena, settings, NODES, 0, SLOTS, 1);
    size_t taken = run.arena.used;
    pass(&run, 0);
    ask(&run);
    uint32_t idle = attempts_when_idle(&run);
    for (uint32_t i = 0; run.switches < SWITCHES; i++) {
        run.primary = i % 2 == 0 ? REFUSING : HUNG;
        ask_until_active(&run, false);
        run.primary = WELL;
        ask_until_active(&run, true);
    }
    assert_int_equal(run.arena.used, taken);
    pass(&run, run.now + NANOS_PER_S);
    assert_in_range(attempts_when_idle(&run), idle - idle / 20, idle + idle / 20);
    arena_done(&run.arena);
}

static void ten_thousand_switches_leave_nothing(void **state)
{
    struct client_settings settings = quick_settings();

    (void)state;
    endure(&settings);
}

static void nor_do_they_with_everything_on(void **state)
{
    struct client_settings settings = quick_settings();

    (void)state;
    settings.hedge =
        (struct hedge_settings){.enabled = true, .after = 20 * NANOS_PER_MS, .budget_ppm = 500000};
    settings.retry_budget_ppm = 200000;
    settings.retry_backoff = NANOS_PER_MS;
    settings.slow_start = 10 * NANOS_PER_MS;
    endure(&settings);
}

static void nor_does_a_breaker(void **state)
{
    struct client_settings settings = quick_settings();

    (void)state;
    settings.breaker = (struct breaker_settings){.enabled = true,
                                                 .failures = 2,
                                                 .window = NANOS_PER_S,
                                                 .open = 30 * NANOS_PER_MS,
                                                 .trials = 1};
    endure(&settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_switches_leave_nothing),
        cmocka_unit_test(nor_do_they_with_everything_on),
        cmocka_unit_test(nor_does_a_breaker),
    };
    return cmocka_run_group_tests_name("resilient endurance", tests, NULL, NULL);
}
