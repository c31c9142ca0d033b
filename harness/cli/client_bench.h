/* A client program beside two stubs, for trying one thing after the other: no schedule, no verdict.
   It keeps what was seen, and refuses to judge it. */
#ifndef BASCULE_CLI_CLIENT_BENCH_H
#define BASCULE_CLI_CLIENT_BENCH_H

#include "base/arena.h"
#include "base/error.h"
#include "core/journal.h"
#include "scenario/scenario.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_BENCH_REQUESTS 1000
#define CLIENT_BENCH_LATENCY  (50 * NANOS_PER_MS) /* of every answer of the stubs */

enum client_bench_mix {
    CLIENT_BENCH_GET,
    CLIENT_BENCH_POST,
};

enum client_bench_fault {
    CLIENT_BENCH_KILL, /* the first node */
    CLIENT_BENCH_RESTART,
};

struct client_bench_answer {
    uint64_t body_hash; /* if has_body_hash */
    uint16_t status;
    bool ended;
    bool is_answer;
    bool has_body_hash;
};

struct client_bench {
    struct arena *arena;
    struct scenario scenario;
    struct world *world;
    struct journal journal; /* after finish: execution logs */
    uint32_t next_request;
    struct client_bench_answer answers[CLIENT_BENCH_REQUESTS];
    uint8_t features;
    bool command_answered;
    bool command_done;
    const char *command_why;
    bool status_told;
    uint16_t status_nodes;
    bool told_failed; /* by telemetry */
    uint32_t stream_events;
    bool fault_effective; /* the last one */
    const char *problem;  /* the first one, NULL */
    int signal;
};

/* words: the program and its arguments, and a NULL after them; program: its path. */
int client_bench_open(struct client_bench *bench,
                      struct arena *arena,
                      const char *program,
                      const struct command_line *line,
                      bool with_streams,
                      struct error *reterr);
/* Nodes and program are started; false if the program does not become ready. */
bool client_bench_begin(struct client_bench *bench);
/* Gives a request; its number. */
uint32_t client_bench_ask(struct client_bench *bench, enum client_bench_mix mix);
void client_bench_fault(struct client_bench *bench, enum client_bench_fault fault);
/* Lets time pass until the condition holds; false if it did not within that time, or if there was a
   problem before. */
bool client_bench_until(struct client_bench *bench,
                        bool (*condition)(const struct client_bench *bench, uint32_t number),
                        uint32_t number,
                        nanos within);
/* Stops the program, then the nodes. */
void client_bench_finish(struct client_bench *bench);
void client_bench_close(struct client_bench *bench);

#endif
