/* Requests: that they are answered, one by one and many at once, and as the nodes' logs say. */
#include "base/check.h"
#include "cli/client_check_parts.h"
#include "core/journal.h"
#include "report/sha256.h"
#include "world/real.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONCURRENT 50

/* ---- asking ---- */

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

static bool is_success(const struct client_check *check, uint32_t number)
{
    const struct client_bench_answer *answer = &check->bench->answers[number];
    return answer->is_answer && answer->status >= 200 && answer->status < 300;
}

bool client_check_ask(struct client_check *check, enum client_bench_mix mix, uint32_t *ret_number)
{
    uint32_t number = client_bench_ask(check->bench, mix);
    if (ret_number != NULL) {
        *ret_number = number;
    }
    return client_bench_until(check->bench, is_ended, number, CLIENT_CHECK_WITHIN) &&
           is_success(check, number);
}

uint16_t client_check_served_by(const struct client_check *check, uint32_t number)
{
    return check->bench->world->ops->served_by(check->bench->world, number);
}

/* ---- what is tried ---- */

static void try_first(struct client_check *check)
{
    if (client_check_ask(check, CLIENT_BENCH_GET, &check->first_get)) {
        client_check_good("answer", "a GET was answered with 200");
    } else {
        client_check_bad_or_problem(check, "answer",
                                    "a GET was not answered with 200 within 10 s: ask the url of a "
                                    "node plus the path, and write a \"response\" with the id");
    }
}

static void try_request_id(struct client_check *check)
{
    if (client_check_served_by(check, check->first_get) != NODE_NONE) {
        client_check_good("request id", "X-Request-Id reached the node");
    } else {
        client_check_bad(
            check, "request id",
            "no node saw the request's X-Request-Id: pass on every header of a request as it is");
    }
}

static void try_post(struct client_check *check)
{
    if (client_check_ask(check, CLIENT_BENCH_POST, &check->post)) {
        client_check_good("post", "a POST with a body was answered");
    } else {
        client_check_bad_or_problem(check, "post",
                                    "a POST was not answered with 2xx: send \"body\" as UTF-8, "
                                    "with the headers of the request");
    }
}

static void try_concurrent(struct client_check *check)
{
    struct client_bench *bench = check->bench;
    nanos begin = bench->world->ops->now(bench->world);
    for (uint32_t i = 0; i < CONCURRENT; i++) {
        (void)client_bench_ask(bench, CLIENT_BENCH_GET);
    }
    if (!client_bench_until(bench, are_ended, CONCURRENT, CLIENT_CHECK_WITHIN)) {
        client_check_bad_or_problem(check, "concurrent",
                                    "50 requests at once were not all answered within 10 s");
        return;
    }
    nanos took = bench->world->ops->now(bench->world) - begin;
    if (took > CONCURRENT * CLIENT_BENCH_LATENCY / 2) {
        client_check_missing(check, "concurrent",
                             "50 requests at once were answered one after the other: read on while "
                             "requests are under way, or only low rates can be tested");
    } else {
        client_check_good("concurrent", "50 requests at once were answered beside one another");
    }
}

static void try_unknown(struct client_check *check)
{
    exec_client_say(real_exec_client(check->bench->world),
                    "{\"op\":\"of-a-later-version\",\"id\":1}\n");
    if (client_check_ask(check, CLIENT_BENCH_GET, NULL)) {
        client_check_good("unknown op", "was ignored");
    } else {
        client_check_bad_or_problem(check, "unknown op",
                                    "ended the program's work: ignore what you do not know");
    }
}

static void try_cancel(struct client_check *check)
{
    struct client_bench *bench = check->bench;
    if (!client_check_has(check, CLIENT_FEATURE_CANCEL)) {
        client_check_missing(
            check, "cancel",
            "no feature \"cancel\": what traffic.cancel gives up is worked on to its end");
        return;
    }
    uint32_t number = client_bench_ask(bench, CLIENT_BENCH_GET);
    bench->world->ops->withdraw_request(bench->world, 0, number);
    if (client_check_ask(check, CLIENT_BENCH_GET, NULL)) {
        client_check_good("cancel", "a cancelled request was taken back");
    } else {
        client_check_bad_or_problem(check, "cancel",
                                    "after \"cancel\" the next request was not answered");
    }
}

void client_check_requests(struct client_check *check)
{
    static void (*const tries[])(struct client_check * check) = {
        try_first, try_request_id, try_post, try_concurrent, try_unknown, try_cancel,
    };
    client_check_each(check, tries, sizeof tries / sizeof tries[0]);
}

/* ---- what the nodes' logs say ---- */

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

static void look_at_body(struct client_check *check)
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
        client_check_good("body", "reached the node byte by byte");
    } else {
        client_check_bad(check, "body",
                         "reached the node changed: send the bytes of \"body\", in UTF-8");
    }
}

static void look_at_hash(struct client_check *check)
{
    const struct client_bench_answer *answer = &check->bench->answers[check->first_get];
    const struct event *event = executed(check->bench, check->first_get);
    if (!answer->is_answer || event == NULL) {
        return;
    }
    if (!answer->has_body_hash) {
        client_check_missing(check, "body_sha256",
                             "no \"body_sha256\" in responses: corrupted cannot be measured");
    } else if (answer->body_hash == event->executed.answer_hash) {
        client_check_good("body_sha256", "is that of the answer");
    } else {
        client_check_bad(check, "body_sha256", "is not that of the answer's body, undecoded");
    }
}

void client_check_logs(struct client_check *check)
{
    look_at_body(check);
    look_at_hash(check);
}
