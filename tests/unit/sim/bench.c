#include "unit/sim/bench.h"

#include "scenario/scenario_read.h"

#include <string.h>

void bench_open(struct bench *bench, const char *text, uint64_t seed)
{
    memset(bench, 0, sizeof *bench);
    arena_init(&bench->arena, 0);
    struct diagnostics diagnostics;
    diagnostics_init(&diagnostics, &bench->arena);
    const char *whole = arena_printf(&bench->arena, "name: bench\n%s", text);
    const struct scenario_source source = {
        .file = "bench.yaml", .bytes = whole, .length = strlen(whole)};
    const struct scenario_overrides none = {.setting_count = 0};
    if (scenario_read(&bench->arena, &source, &none, &diagnostics, &bench->scenario) < 0) {
        fail_msg("%s", diagnostics_render(&bench->arena, &diagnostics, whole, source.length));
    }
    const struct world_settings settings = {
        .arena = &bench->arena, .scenario = &bench->scenario, .seed = seed};
    bench->world = sim_new(&settings);
    bench->connect_limit = NANOS_NEVER;
    journal_init(&bench->journal, &bench->arena, 1000000);
    assert_true(bench->world->ops->prepare(bench->world));
    bench->world->ops->start_clock(bench->world, NANOS_PER_MS);
    bench_run(bench, 0);
    bench->count = 0;
}

void bench_close(struct bench *bench)
{
    bench->world->ops->close(bench->world);
    arena_done(&bench->arena);
}

static uint32_t start(struct bench *bench, struct world_attempt attempt)
{
    attempt.ref = (struct attempt_ref){.id = bench->attempts++};
    attempt.connect_limit = nanos_add(bench->connect_limit, bench_now(bench));
    attempt.want_headers = bench->want_headers;
    assert_int_equal(bench->world->ops->start_attempt(bench->world, &attempt), bench_now(bench));
    return attempt.ref.id;
}

uint32_t bench_ask(struct bench *bench, uint16_t node, size_t mix)
{
    return start(bench, (struct world_attempt){.what = &bench->scenario.traffic.requests[mix],
                                               .request = bench->attempts,
                                               .node = node});
}

uint32_t bench_probe(struct bench *bench, uint16_t node)
{
    return start(bench, (struct world_attempt){
                            .probe_path = "/api/health", .request = REQUEST_NONE, .node = node});
}

bool bench_cancel(struct bench *bench, uint32_t attempt)
{
    return bench->world->ops->cancel_attempt(bench->world, 0, (struct attempt_ref){.id = attempt});
}

void bench_apply(struct bench *bench, uint32_t fault, uint16_t node)
{
    bench->world->ops->apply_fault(bench->world, fault, node);
}

void bench_clear(struct bench *bench, uint32_t fault, uint16_t node)
{
    bench->world->ops->clear_fault(bench->world, fault, node);
}

static void take_all(struct bench *bench)
{
    struct occurrence seen;
    while (bench->world->ops->next(bench->world, &seen)) {
        assert_true(bench->count < BENCH_SEEN_MAX);
        assert_true(seen.at <= bench_now(bench));
        bench->seen[bench->count++] = seen;
    }
}

void bench_run(struct bench *bench, nanos until)
{
    take_all(bench);
    while (bench_now(bench) < until) {
        bench->world->ops->wait(bench->world, until);
        take_all(bench);
    }
}

nanos bench_now(const struct bench *bench)
{
    return bench->world->ops->now(bench->world);
}

const struct occurrence *bench_end_of(const struct bench *bench, uint32_t attempt)
{
    for (size_t i = 0; i < bench->count; i++) {
        if (bench->seen[i].kind == OCCURRENCE_ATTEMPT_ENDED &&
            bench->seen[i].attempt.ref.id == attempt) {
            return &bench->seen[i];
        }
    }
    return NULL;
}

const struct occurrence *
bench_seen(const struct bench *bench, enum occurrence_kind kind, size_t number)
{
    for (size_t i = 0; i < bench->count; i++) {
        if (bench->seen[i].kind == kind && number-- == 0) {
            return &bench->seen[i];
        }
    }
    return NULL;
}

const struct occurrence *bench_answer(struct bench *bench, uint16_t node, size_t mix)
{
    uint32_t attempt = bench_ask(bench, node, mix);
    bench_run(bench, bench_now(bench) + NANOS_PER_S);
    return bench_end_of(bench, attempt);
}

void bench_finish(struct bench *bench)
{
    bench->world->ops->finish(bench->world, &bench->journal);
    take_all(bench);
}

const struct event *bench_executed(const struct bench *bench, size_t number)
{
    for (size_t i = 0; i < bench->journal.count; i++) {
        const struct event *event = journal_at(&bench->journal, i);
        if (event->kind == EVENT_EXECUTED && number-- == 0) {
            return event;
        }
    }
    return NULL;
}
