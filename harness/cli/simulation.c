#include "cli/simulation.h"

#include "base/check.h"
#include "world/loop.h"
#include "world/sim/sim.h"

#include <limits.h>
#include <malloc.h>
#include <signal.h>

static volatile sig_atomic_t received;

static void note(int signal)
{
    if (received == 0) {
        received = signal;
    }
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

void simulation_leave_signals(void)
{
    sigset_t set;

    CHECK(sigemptyset(&set) == 0);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        CHECK(loop_signal_is_ignored(signals[i]) || signal(signals[i], SIG_DFL) != SIG_ERR);
        CHECK(sigaddset(&set, signals[i]) == 0);
    }
    CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
}

void simulation_note_signals(void)
{
    const struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        CHECK(loop_signal_is_ignored(signals[i]) || sigaction(signals[i], &action, NULL) == 0);
    }
}

int simulation_signal(void)
{
    return received;
}

void simulation_keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, INT_MAX);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

/* ---- the world: its own operations but for one, which also tells of the signal ---- */

static const struct world_ops *inner;
static struct world_ops outer;
static bool told;

static bool next(struct world *world, struct occurrence *ret)
{
    if (received == 0 || told) {
        return inner->next(world, ret);
    }
    told = true;
    *ret = (struct occurrence){
        .at = inner->now(world),
        .kind = OCCURRENCE_INTERRUPT,
        .node = NODE_NONE,
        .signal = received,
    };
    return true;
}

struct world *simulation_open(const struct world_settings *settings)
{
    struct world *world = sim_new(settings);

    told = false;
    inner = world->ops;
    outer = *inner;
    outer.next = next;
    world->ops = &outer;
    return world;
}

/* ---- scenarios ---- */

const char *simulation_cannot(const struct scenario *scenario)
{
    if (scenario->client.profile == PROFILE_EXEC) {
        return "its client is a program ('exec'), which lives in real time";
    }
    if (scenario->client.profile == PROFILE_DIRECT) {
        return "its client is 'direct': what stands between it and the nodes is not modelled";
    }
    if (scenario_has_node(scenario, NODE_COMMAND)) {
        return "it starts programs ('command'), which live in real time";
    }
    if (scenario_has_node(scenario, NODE_EXTERNAL)) {
        return "a node is external: it runs in real time";
    }
    if (scenario->leader.enabled || scenario->verify.enabled) {
        return "modelled nodes answer no questions ('leader', 'verify')";
    }
    return NULL;
}

nanos simulation_span(const struct run_result *run)
{
    return run->scenario->warmup + nanos_max(run->measurement.drain_end, 0);
}
