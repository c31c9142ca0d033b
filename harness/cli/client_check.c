/* Does a program speak the client protocol (docs/your-client.md)? One thing after the other is
   tried, and each gets a line that says what to do. */
#include "base/check.h"
#include "base/text.h"
#include "cli/client_bench.h"
#include "cli/command.h"
#include "cli/programs.h"
#include "report/sha256.h"
#include "report/utf8.h"
#include "world/exec_client.h"
#include "world/real.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_WITHIN     (10 * NANOS_PER_S)
#define CONCURRENT        50
#define FAILOVER_REQUESTS 8
#define STREAM_EVENTS     3

struct check {
    struct client_bench *bench;
    struct arena *arena;
    uint32_t failed;
    uint32_t missing;
    uint32_t first_get; /* numbers of requests */
    uint32_t post;
};

/* ---- lines ---- */

static void good(const char *name, const char *text)
{
    (void)printf("ok       %-12s %s\n", name, text);
    (void)fflush(stdout);
}

static void missing(struct check *check, const char *name, const char *text)
{
    check->missing++;
    (void)printf("MISSING  %-12s %s\n", name, text);
    (void)fflush(stdout);
}

static void bad(struct check *check, const char *name, const char *text)
{
    check->failed++;
    (void)printf("FAIL     %-12s %s\n", name, text);
    (void)fflush(stdout);
}

/* What the program did wrong explains more than what is missing because of it. */
static void bad_or_problem(struct check *check, const char *name, const char *text)
{
    const char *problem = check->bench->problem;
    bad(check, name, problem != NULL ? utf8_printable(check->arena, problem) : text);
}

static bool has(const struct check *check, unsigned feature)
{
    return (check->bench->features & feature) != 0;
}

/* ---- conditions ---- */

static bool is_ended(const struct client_bench *bench, uint32_t number)
{
    return bench->answers[number].ended;
}

/* The last `number` requests. */
static bool are_ended(const struct client_bench *bench, uint32_t number)
{
    bool all = true;
    for (uint32_t i = 1; i <= number; i++) {
        all = all && bench->answers[bench->next_request - i].ended;
    }
    return all;
}

static bool is_command_answered(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->command_answered;
}

static bool is_status_told(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->status_told;
}

static bool is_effective(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->fault_effective;
}

static bool has_told_failed(const struct client_bench *bench, uint32_t number)
{
    (void)number;
    return bench->told_failed;
}

static bool has_events(const struct client_bench *bench, uint32_t number)
{
    return bench->stream_events >= number;
}

static bool is_success(const struct check *check, uint32_t number)
{
    const struct client_bench_answer *answer = &check->bench->answers[number];
    return answer->is_answer && answer->status >= 200 && answer->status < 300;
}

/* A request of that kind, to its end; true if it went well. */
static bool ask(struct check *check, enum client_bench_mix mix, uint32_t *ret_number)
{
    uint32_t number = client_bench_ask(check->bench, mix);
    if (ret_number != NULL) {
        *ret_number = number;
    }
    return client_bench_until(check->bench, is_ended, number, ANSWER_WITHIN) &&
           is_success(check, number);
}

/* ---- requests ---- */

static void try_first(struct check *check)
{
    if (ask(check, CLIENT_BENCH_GET, &check->first_get)) {
        good("answer", "a GET was answered with 200");
    } else {
        bad_or_problem(check, "answer",
                       "a GET was not answered with 200 within 10 s: ask the url of a node plus "
                       "the path, and write a \"response\" with the id");
    }
}

static uint16_t served_by(const struct check *check, uint32_t number)
{
    return check->bench->world->ops->served_by(check->bench->world, number);
}

static void try_request_id(struct check *check)
{
    if (served_by(check, check->first_get) != NODE_NONE) {
        good("request id", "X-Request-Id reached the node");
    } else {
        bad(check, "request id",
            "no node saw the request's X-Request-Id: pass on every header of a request as it is");
    }
}

static void try_post(struct check *check)
{
    if (ask(check, CLIENT_BENCH_POST, &check->post)) {
        good("post", "a POST with a body was answered");
    } else {
        bad_or_problem(check, "post",
                       "a POST was not answered with 2xx: send \"body\" as UTF-8, with the "
                       "headers of the request");
    }
}

static void try_concurrent(struct check *check)
{
    struct client_bench *bench = check->bench;
    nanos begin = bench->world->ops->now(bench->world);
    for (uint32_t i = 0; i < CONCURRENT; i++) {
        (void)client_bench_ask(bench, CLIENT_BENCH_GET);
    }
    if (!client_bench_until(bench, are_ended, CONCURRENT, ANSWER_WITHIN)) {
        bad_or_problem(check, "concurrent",
                       "50 requests at once were not all answered within 10 s");
        return;
    }
    nanos took = bench->world->ops->now(bench->world) - begin;
    if (took > CONCURRENT * CLIENT_BENCH_LATENCY / 2) {
        missing(check, "concurrent",
                "50 requests at once were answered one after the other: read on while requests "
                "are under way, or only low rates can be tested");
    } else {
        good("concurrent", "50 requests at once were answered beside one another");
    }
}

static void try_unknown(struct check *check)
{
    exec_client_say(real_exec_client(check->bench->world),
                    "{\"op\":\"of-a-later-version\",\"id\":1}\n");
    if (ask(check, CLIENT_BENCH_GET, NULL)) {
        good("unknown op", "was ignored");
    } else {
        bad_or_problem(check, "unknown op",
                       "ended the program's work: ignore what you do not know");
    }
}

static void try_cancel(struct check *check)
{
    struct client_bench *bench = check->bench;
    if (!has(check, CLIENT_FEATURE_CANCEL)) {
        missing(check, "cancel",
                "no feature \"cancel\": what traffic.cancel gives up is worked on to its end");
        return;
    }
    uint32_t number = client_bench_ask(bench, CLIENT_BENCH_GET);
    bench->world->ops->withdraw_request(bench->world, 0, number);
    if (ask(check, CLIENT_BENCH_GET, NULL)) {
        good("cancel", "a cancelled request was taken back");
    } else {
        bad_or_problem(check, "cancel", "after \"cancel\" the next request was not answered");
    }
}

/* ---- orders ---- */

static bool order(struct check *check, enum client_order_kind kind)
{
    struct client_bench *bench = check->bench;
    bench->command_answered = false;
    return bench->world->ops->order_client(bench->world, 0, kind, 0, 1) &&
           client_bench_until(bench, is_command_answered, 0, ANSWER_WITHIN);
}

static void try_switch(struct check *check)
{
    uint32_t number = 0;
    if (!has(check, CLIENT_FEATURE_SWITCH)) {
        missing(check, "switch", "no feature \"switch\": switch_to cannot be used");
    } else if (!order(check, CLIENT_ORDER_SWITCH)) {
        bad_or_problem(check, "switch", "neither \"done\" nor \"refused\" came within 10 s");
    } else if (!check->bench->command_done) {
        bad(check, "switch",
            arena_printf(check->arena, "was refused (%s) although the node is there",
                         utf8_printable(check->arena, check->bench->command_why)));
    } else if (!ask(check, CLIENT_BENCH_GET, &number) || served_by(check, number) != 1) {
        bad_or_problem(check, "switch", "said done, but the next request did not go to that node");
    } else {
        good("switch", "requests moved to the node");
    }
}

static void try_reset(struct check *check)
{
    if (!has(check, CLIENT_FEATURE_RESET)) {
        missing(check, "reset", "no feature \"reset\": reset_failed cannot be used");
    } else if (!order(check, CLIENT_ORDER_RESET)) {
        bad_or_problem(check, "reset", "neither \"done\" nor \"refused\" came within 10 s");
    } else if (!check->bench->command_done) {
        bad(check, "reset",
            arena_printf(check->arena, "was refused: %s",
                         utf8_printable(check->arena, check->bench->command_why)));
    } else {
        good("reset", "was done");
    }
}

static void try_status(struct check *check)
{
    struct client_bench *bench = check->bench;
    if (!has(check, CLIENT_FEATURE_STATUS)) {
        missing(check, "status", "no feature \"status\": what it thinks of nodes is not asked");
        return;
    }
    if (!bench->world->ops->order_client(bench->world, 0, CLIENT_ORDER_STATUS, FAULT_NONE,
                                         NODE_NONE) ||
        !client_bench_until(bench, is_status_told, 0, ANSWER_WITHIN)) {
        bad_or_problem(check, "status", "no \"status\" came within 10 s");
    } else if (bench->status_nodes != bench->scenario.node_count) {
        bad(check, "status", "must list each node once");
    } else {
        good("status", "lists each node");
    }
}

/* ---- failover ---- */

/* False: there is no point in going on. */
static bool fault(struct check *check, enum client_bench_fault which)
{
    client_bench_fault(check->bench, which);
    return client_bench_until(check->bench, is_effective, 0, ANSWER_WITHIN);
}

static void try_telemetry(struct check *check)
{
    /* Who spreads load may have asked the other node only. */
    for (int i = 0; i < FAILOVER_REQUESTS && !check->bench->told_failed; i++) {
        (void)ask(check, CLIENT_BENCH_GET, NULL);
    }
    if (!has(check, CLIENT_FEATURE_TELEMETRY)) {
        missing(check, "telemetry",
                "no feature \"telemetry\": detection and wrong_ejections cannot be measured");
    } else if (client_bench_until(check->bench, has_told_failed, 0, ANSWER_WITHIN)) {
        good("telemetry", "told that the node failed");
    } else {
        bad_or_problem(check, "telemetry",
                       "is a feature, but no {\"ev\":\"node\",\"state\":\"failed\"} came when a "
                       "node was killed");
    }
}

static void try_failover(struct check *check)
{
    bool answered = false;
    if (has(check, CLIENT_FEATURE_SWITCH)) { /* back to the node that is killed */
        (void)check->bench->world->ops->order_client(check->bench->world, 0, CLIENT_ORDER_SWITCH, 0,
                                                     0);
    }
    if (!fault(check, CLIENT_BENCH_KILL)) {
        bad_or_problem(check, "failover", "the node could not be killed");
        return;
    }
    for (int i = 0; i < FAILOVER_REQUESTS && !answered && check->bench->problem == NULL; i++) {
        answered = ask(check, CLIENT_BENCH_GET, NULL);
    }
    if (answered) {
        good("failover", "requests are answered after a node was killed");
    } else {
        bad_or_problem(check, "failover",
                       "no request was answered after the first node was killed, though the second "
                       "one runs");
    }
    if (check->bench->problem == NULL) {
        try_telemetry(check);
    }
    (void)fault(check, CLIENT_BENCH_RESTART);
}

/* ---- the end, and what the nodes' logs say then ---- */

static const struct event *executed(const struct client_bench *bench, uint32_t request)
{
    for (size_t i = 0; i < bench->journal.count; i++) {
        const struct event *event = journal_at(&bench->journal, i);
        if (event->kind == EVENT_EXECUTED && event->executed.request == request) {
            return event;
        }
    }
    return NULL;
}

/* As execution logs have it: the first 8 bytes. */
static uint64_t hash_of(const char *text)
{
    char hex[SHA256_HEX_MAX];
    char first[17];
    (void)snprintf(first, sizeof first, "%.16s", sha256_hex(text, strlen(text), hex));
    return strtoull(first, NULL, 16);
}

static void look_at_body(struct check *check)
{
    const struct client_bench *bench = check->bench;
    const struct event *event = executed(bench, check->post);
    const char *body = bench->scenario.traffic.requests[CLIENT_BENCH_POST].body;
    const char *mark = strstr(body, "$(request)");
    CHECK(mark != NULL);
    const char *sent = arena_printf(check->arena, "%.*s%u%s", (int)(mark - body), body, check->post,
                                    mark + strlen("$(request)"));
    if (event == NULL) {
        return; /* said already */
    }
    if (event->executed.body_hash == hash_of(sent)) {
        good("body", "reached the node byte by byte");
    } else {
        bad(check, "body", "reached the node changed: send the bytes of \"body\", in UTF-8");
    }
}

static void look_at_hash(struct check *check)
{
    const struct client_bench_answer *answer = &check->bench->answers[check->first_get];
    const struct event *event = executed(check->bench, check->first_get);
    if (!answer->is_answer || event == NULL) {
        return;
    }
    if (!answer->has_body_hash) {
        missing(check, "body_sha256",
                "no \"body_sha256\" in responses: corrupted cannot be measured");
    } else if (answer->body_hash == event->executed.answer_hash) {
        good("body_sha256", "is that of the answer");
    } else {
        bad(check, "body_sha256", "is not that of the answer's body, undecoded");
    }
}

static void try_stop(struct check *check)
{
    bool was_fine = check->bench->problem == NULL;
    client_bench_finish(check->bench);
    if (was_fine && check->bench->problem == NULL) {
        good("stop", "the program ended within 2 s");
    } else if (was_fine) {
        bad(check, "stop", utf8_printable(check->arena, check->bench->problem));
    }
    look_at_body(check);
    look_at_hash(check);
}

/* ---- all of it ---- */

static void try_all(struct check *check)
{
    static void (*const tries[])(struct check * check) = {
        try_first,  try_request_id, try_post,  try_concurrent, try_unknown,
        try_cancel, try_status,     try_reset, try_switch,     try_failover,
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0] && check->bench->problem == NULL; i++) {
        tries[i](check);
    }
    try_stop(check);
}

static void try_streams(struct check *check)
{
    struct client_bench *bench = check->bench;
    struct world_stream stream = {.ref = {.id = 0, .stream = 0}, .node = NODE_NONE};
    (void)bench->world->ops->start_stream(bench->world, &stream);
    if (client_bench_until(bench, has_events, STREAM_EVENTS, ANSWER_WITHIN)) {
        good("streams", "events of a stream came");
        bench->world->ops->close_stream(bench->world, stream.ref);
    } else {
        bad_or_problem(check, "streams", "3 events of a stream did not come within 10 s");
    }
    client_bench_finish(bench);
}

/* 0, or -1 if the harness itself cannot. */
static int
check_with(struct check *check, const struct command_line *line, bool streams, struct error *reterr)
{
    const char *program = programs_find(check->arena, line->words[0], ".", getenv("PATH"));
    if (program == NULL) {
        return error_plain(reterr, "'%s' is no program that is here or on PATH", line->words[0]);
    }
    int status = client_bench_open(check->bench, check->arena, program, line, streams, reterr);
    if (status == 0 && !client_bench_begin(check->bench)) {
        bad_or_problem(check, "start", "the program did not become ready");
        client_bench_finish(check->bench);
    } else if (status == 0 && streams) {
        try_streams(check);
    } else if (status == 0) {
        good("start", "the program is ready");
        try_all(check);
    }
    client_bench_close(check->bench);
    return status;
}

static int judge(struct check *check, const struct command_line *line)
{
    struct error error = {.text = ""};
    int status = check_with(check, line, false, &error);
    if (status == 0 && check->bench->problem == NULL && check->bench->next_request > 0) {
        if (has(check, CLIENT_FEATURE_STREAMS)) {
            status = check_with(check, line, true, &error);
        } else {
            missing(check, "streams",
                    "no feature \"streams\": scenarios with streams are "
                    "inconclusive");
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
    struct check check = {.bench = &bench, .arena = &arena};
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
