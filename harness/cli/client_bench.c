#include "cli/client_bench.h"

#include "base/check.h"
#include "cli/programs.h"
#include "scenario/scenario_read.h"
#include "world/port.h"
#include "world/real.h"

#include <string.h>

static const char scenario_text[] =
    "name: client-check\n"
    "seed: 1\n"
    "nodes:\n"
    "  - {name: primary, port: %u, stub: {latency: 50ms}}\n"
    "  - {name: backup-1, port: %u, stub: {latency: 50ms}}\n"
    "client: {exec: [%s]}\n"
    "traffic:\n"
    "  rate: 100/s\n"
    "  requests:\n"
    "    - {path: /api/raft/status}\n"
    "    - {method: POST, path: /api/reservations, body: '{\"seat\":\"$(request)\",\"who\":"
    "\"J\\u00fcrgen \\\\ \\\"x\\\" \\ud83d\\ude80\"}'}\n"
    "%s"
    "warmup: 0s\n"
    "duration: 10s\n"
    "faults:\n"
    "  - {at: 1s, kill: primary}\n"
    "  - {at: 2s, restart: primary}\n";

static const char streams_text[] =
    "  streams: [{kind: sse, path: /api/metrics/raft/events/stream, count: 1, interval: 100ms}]\n";

/* ---- the scenario and its world ---- */

static int read_scenario(struct client_bench *bench, bool with_streams, struct error *reterr)
{
    struct diagnostics diagnostics;
    const struct scenario_overrides overrides = {.port_base = 0};
    uint16_t ports[2];
    if (port_find_free(ports, 2, reterr) < 0) {
        return -1;
    }
    /* Any program that is there: the words are put in afterwards, as they were given. */
    const char *text = arena_printf(bench->arena, scenario_text, ports[0], ports[1], "/bin/true",
                                    with_streams ? streams_text : "");
    const struct scenario_source source = {
        .file = "client-check",
        .bytes = text,
        .length = strlen(text),
    };
    diagnostics_init(&diagnostics, bench->arena);
    if (scenario_read(bench->arena, &source, &overrides, &diagnostics, &bench->scenario) < 0) {
        return error_plain(reterr, "%s", diagnostics.items[0].text);
    }
    return 0;
}

int client_bench_open(struct client_bench *bench,
                      struct arena *arena,
                      const char *program,
                      const struct command_line *line,
                      bool with_streams,
                      struct error *reterr)
{
    *bench = (struct client_bench){.arena = arena};
    const struct real_programs programs = {
        .stub = programs_find_stub(arena, reterr),
        .folder = ".",
        .client_folder = ".",
        .client = program,
    };
    if (programs.stub == NULL || read_scenario(bench, with_streams, reterr) < 0) {
        return -1;
    }
    bench->scenario.client.exec = *line;
    const struct world_settings settings = {
        .arena = arena,
        .scenario = &bench->scenario,
        .seed = bench->scenario.seed,
    };
    journal_init(&bench->journal, arena, 100000);
    bench->world = real_new(&settings, &programs, reterr);
    return bench->world == NULL ? -1 : 0;
}

void client_bench_close(struct client_bench *bench)
{
    if (bench->world != NULL) {
        bench->world->ops->close(bench->world);
        bench->world = NULL;
    }
}

/* ---- what is seen ---- */

static void take_said(struct client_bench *bench, const struct occurrence *seen)
{
    switch (seen->said.kind) {
    case SAID_READY:
        bench->features = seen->said.features;
        return;
    case SAID_ANSWER:
    case SAID_ERROR:
        bench->answers[seen->said.request] = (struct client_bench_answer){
            .body_hash = seen->said.body_hash,
            .status = seen->said.status,
            .ended = true,
            .is_answer = seen->said.kind == SAID_ANSWER,
            .has_body_hash = seen->said.has_body_hash,
        };
        return;
    case SAID_NODE:
        bench->told_failed = bench->told_failed || seen->said.belief == BELIEF_FAILED;
        return;
    case SAID_ACTIVE:
        return;
    case SAID_COMMAND:
        bench->command_answered = true;
        bench->command_done = seen->said.done;
        bench->command_why = seen->said.why;
        return;
    case SAID_STATUS:
        bench->status_told = bench->status_told || seen->said.last;
        bench->status_nodes = (uint16_t)(bench->status_nodes + !seen->said.last);
        return;
    }
    CHECK(false && "something of a known kind");
}

static void take(struct client_bench *bench, const struct occurrence *seen)
{
    if (seen->kind == OCCURRENCE_SAID) {
        take_said(bench, seen);
    } else if (seen->kind == OCCURRENCE_PROBLEM && bench->problem == NULL) {
        bench->problem = seen->problem.text;
    } else if (seen->kind == OCCURRENCE_FAULT_EFFECTIVE) {
        bench->fault_effective = true;
    } else if (seen->kind == OCCURRENCE_STREAM_EVENT) {
        bench->stream_events++;
    } else if (seen->kind == OCCURRENCE_INTERRUPT) {
        bench->signal = seen->signal;
        bench->problem = "interrupted";
    }
}

static void take_all(struct client_bench *bench)
{
    struct occurrence seen;
    while (bench->world->ops->next(bench->world, &seen)) {
        take(bench, &seen);
    }
}

bool client_bench_begin(struct client_bench *bench)
{
    bool ready = bench->world->ops->prepare(bench->world);
    bench->world->ops->start_clock(bench->world, 0);
    take_all(bench);
    return ready;
}

/* ---- what is done ---- */

uint32_t client_bench_ask(struct client_bench *bench, enum client_bench_mix mix)
{
    CHECK(bench->next_request < CLIENT_BENCH_REQUESTS);
    const struct world_request request = {
        .what = &bench->scenario.traffic.requests[mix],
        .request = bench->next_request++,
    };
    (void)bench->world->ops->give_request(bench->world, &request);
    return request.request;
}

void client_bench_fault(struct client_bench *bench, enum client_bench_fault fault)
{
    bench->fault_effective = false;
    bench->world->ops->apply_fault(bench->world, fault, 0);
}

bool client_bench_until(struct client_bench *bench,
                        bool (*condition)(const struct client_bench *bench, uint32_t number),
                        uint32_t number,
                        nanos within)
{
    nanos limit = bench->world->ops->now(bench->world) + within;
    while (!condition(bench, number)) {
        if (bench->problem != NULL || bench->world->ops->now(bench->world) >= limit) {
            return false;
        }
        bench->world->ops->wait(bench->world, limit);
        take_all(bench);
    }
    return true;
}

void client_bench_finish(struct client_bench *bench)
{
    bench->world->ops->finish(bench->world, &bench->journal);
    take_all(bench);
}
