/* Does a program speak the client protocol (docs/your-client.md)? One thing after the other is
   tried, and each gets a line that says what to do. */
#include "cli/client_check_parts.h"
#include "cli/command.h"
#include "cli/programs.h"
#include "report/utf8.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_EVENTS 3

/* ---- lines ---- */

void client_check_good(const char *name, const char *text)
{
    (void)printf("ok       %-12s %s\n", name, text);
    (void)fflush(stdout);
}

void client_check_missing(struct client_check *check, const char *name, const char *text)
{
    check->missing++;
    (void)printf("MISSING  %-12s %s\n", name, text);
    (void)fflush(stdout);
}

void client_check_bad(struct client_check *check, const char *name, const char *text)
{
    check->failed++;
    (void)printf("FAIL     %-12s %s\n", name, text);
    (void)fflush(stdout);
}

void client_check_bad_or_problem(struct client_check *check, const char *name, const char *text)
{
    const char *problem = check->bench->problem;
    client_check_bad(check, name, problem != NULL ? utf8_printable(check->arena, problem) : text);
}

bool client_check_has(const struct client_check *check, unsigned feature)
{
    return (check->bench->features & feature) != 0;
}

/* ---- what is tried ---- */

void client_check_each(struct client_check *check,
                       void (*const tries[])(struct client_check *check),
                       size_t count)
{
    for (size_t i = 0; i < count && check->bench->problem == NULL; i++) {
        tries[i](check);
    }
}

static void try_stop(struct client_check *check)
{
    bool was_fine = check->bench->problem == NULL;
    client_bench_finish(check->bench);
    if (was_fine && check->bench->problem == NULL) {
        client_check_good("stop", "the program ended within 2 s");
    } else if (was_fine) {
        client_check_bad(check, "stop", utf8_printable(check->arena, check->bench->problem));
    }
}

static void try_all(struct client_check *check)
{
    client_check_requests(check);
    client_check_nodes(check);
    try_stop(check);
    client_check_logs(check);
}

static bool has_events(const struct client_bench *bench, uint32_t number)
{
    return bench->stream_events >= number;
}

static void try_streams(struct client_check *check)
{
    struct client_bench *bench = check->bench;
    struct world_stream stream = {.ref = {.id = 0, .stream = 0}, .node = NODE_NONE};
    (void)bench->world->ops->start_stream(bench->world, &stream);
    if (client_bench_until(bench, has_events, STREAM_EVENTS, CLIENT_CHECK_WITHIN)) {
        client_check_good("streams", "events of a stream came");
        bench->world->ops->close_stream(bench->world, stream.ref);
    } else {
        client_check_bad_or_problem(check, "streams",
                                    "3 events of a stream did not come within 10 s");
    }
    client_bench_finish(bench);
}

/* ---- the command ---- */

/* 0, or -1 if the harness itself cannot. */
static int check_with(struct client_check *check,
                      const struct command_line *line,
                      bool streams,
                      struct error *reterr)
{
    const char *program = programs_find(check->arena, line->words[0], ".", getenv("PATH"));
    if (program == NULL) {
        return error_plain(reterr, "'%s' is no program that is here or on PATH", line->words[0]);
    }
    int status = client_bench_open(check->bench, check->arena, program, line, streams, reterr);
    if (status == 0 && !client_bench_begin(check->bench)) {
        client_check_bad_or_problem(check, "start", "the program did not become ready");
        client_bench_finish(check->bench);
    } else if (status == 0 && streams) {
        try_streams(check);
    } else if (status == 0) {
        client_check_good("start", "the program is ready");
        try_all(check);
    }
    client_bench_close(check->bench);
    return status;
}

static int judge(struct client_check *check, const struct command_line *line)
{
    struct error error = {.text = ""};
    int status = check_with(check, line, false, &error);
    if (status == 0 && check->bench->problem == NULL && check->bench->next_request > 0) {
        if (client_check_has(check, CLIENT_FEATURE_STREAMS)) {
            status = check_with(check, line, true, &error);
        } else {
            client_check_missing(check, "streams",
                                 "no feature \"streams\": scenarios with streams are inconclusive");
        }
    }
    if (status < 0) {
        (void)fprintf(stderr, "bascule client-check: %s\n",
                      utf8_printable(check->arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    if (check->bench->signal != 0) {
        return STATUS_SIGNAL + check->bench->signal;
    }
    (void)printf("\n%s: %u failed, %u missing\n",
                 check->failed == 0 ? "this program speaks bascule-client/1"
                                    : "this program does not speak bascule-client/1 yet",
                 check->failed, check->missing);
    return check->failed == 0 ? STATUS_GOOD : STATUS_FAILED;
}

static int client_check(const struct options *options)
{
    static struct client_bench bench;
    struct arena arena;
    struct client_check check = {.bench = &bench, .arena = &arena};
    if (options->operand_count == 0) {
        return command_misused(&command_client_check, "which program? client-check -- CMD...");
    }
    arena_init(&arena, 0);
    const char **words = ARENA_ARRAY(&arena, const char *, options->operand_count + 1);
    memcpy(words, options->operands, options->operand_count * sizeof *words);
    const struct command_line line = {.words = words, .count = options->operand_count};
    int status = judge(&check, &line);
    arena_done(&arena);
    return status;
}

const struct command command_client_check = {
    .name = "client-check",
    .summary = "does a program speak the client protocol?",
    .operands = "-- CMD...",
    .about = "Starts two stubs and the program, and tries one thing after the other: answers,\n"
             "many at once, bodies, a killed node, the orders of an operator, streams, its end.\n"
             "\"ok\" works; \"MISSING\" is optional, and the line says what cannot be tested\n"
             "without; \"FAIL\" has to be mended. What the program writes to stderr is shown.\n"
             "Exit status: 0 nothing failed, 1 something did.\n",
    .example = "  bascule client-check -- python3 my_client.py\n",
    .run = client_check,
};
