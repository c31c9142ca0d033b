#include "world/http_client.h"

#include "base/check.h"
#include "world/http_client_attempt.h"
#include "world/http_client_index.h"
#include "world/http_client_pools.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdlib.h>

struct http_client {
    struct http_client_settings settings;
    struct arena arena;
    struct http_client_ground ground;
    struct http_client_pools pools;
    struct http_client_index under_way;
    struct http_client_list connecting;   /* those with a limit, the earliest first */
    struct http_client_attempt *newest;   /* of all that were ever made */
    struct http_client_message *messages; /* one for each of traffic.requests, then a probe's */
    struct http_client_message events;    /* of a stream */
    struct http_client_message questions[2][2]; /* with a body or not, fresh or not */
    struct http_client_targets targets;
    size_t process_count;
    size_t message_count;
    uint32_t in_flight;
};

static void make_messages(struct http_client *client)
{
    const struct traffic *traffic = &client->settings.scenario->traffic;
    bool keepalive = client->settings.scenario->client.keepalive;
    struct arena *arena = &client->arena;

    client->message_count = traffic->request_count + 1;
    client->messages = ARENA_ARRAY(arena, struct http_client_message, client->message_count);
    for (size_t i = 0; i < client->message_count; i++) {
        struct http_client_message *message = &client->messages[i];
        bool is_probe = i == traffic->request_count;
        http_client_message_init(message, arena, is_probe ? NULL : &traffic->requests[i],
                                 keepalive);
        message->keyed = !is_probe && client->settings.scenario->client.idempotency_key &&
                         traffic->requests[i].method == METHOD_POST &&
                         scenario_header(&traffic->requests[i], "Idempotency-Key") == NULL;
        message->list = http_client_attempt_lines(arena, message);
        if (message->body.length_max > client->ground.body_max) {
            client->ground.body_max = message->body.length_max;
        }
    }
}

static void make_events_message(struct http_client *client)
{
    static const struct http_header accept = {"Accept", "text/event-stream"};
    static const struct traffic_request request = {
        .method = METHOD_GET, .headers = &accept, .header_count = 1};
    http_client_message_init(&client->events, &client->arena, &request, false);
    client->events.list = http_client_attempt_lines(&client->arena, &client->events);
}

static void make_questions(struct http_client *client)
{
    static const struct http_header json = {"Content-Type", "application/json"};
    for (size_t i = 0; i < 4; i++) {
        const struct traffic_request question = {
            .method = i / 2 ? METHOD_POST : METHOD_GET,
            .headers = &json,
            .header_count = i / 2,
            .idempotent = i % 2 == 0,
        };
        struct http_client_message *message = &client->questions[i / 2][i % 2];
        http_client_message_init(message, &client->arena, &question, true);
        message->path = NULL;
        message->list = http_client_attempt_lines(&client->arena, message);
    }
}

struct http_client *http_client_new(const struct http_client_settings *settings,
                                    struct error *reterr)
{
    const struct scenario *scenario = settings->scenario;
    /* Without TLS, which costs milliseconds to set up. */
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) {
        (void)error_plain(reterr, "cannot start libcurl");
        return NULL;
    }
    struct http_client *client = calloc(1, sizeof *client);
    CHECK_MEMORY(client != NULL);
    client->settings = *settings;
    arena_init(&client->arena, 0);
    client->process_count = scenario->process_count;
    http_client_pools_init(&client->pools, &client->arena, settings->loop,
                           scenario->client.instances * (client->process_count + 1) +
                               client->process_count);
    http_client_index_init(&client->under_way, &client->arena);
    client->ground = (struct http_client_ground){
        .arena = &client->arena,
        .sockets = &client->pools.sockets,
        .run = settings->run,
        .sha256 = EVP_MD_fetch(NULL, "SHA256", NULL),
    };
    CHECK(client->ground.sha256 != NULL);
    make_messages(client);
    make_events_message(client);
    make_questions(client);
    return http_client_targets_init(&client->targets, scenario, settings->places, &client->arena,
                                    reterr) < 0
               ? http_client_free(client)
               : client;
}

struct http_client *http_client_free(struct http_client *client)
{
    if (client == NULL) {
        return NULL;
    }
    for (struct http_client_attempt *attempt = client->newest; attempt != NULL;
         attempt = attempt->older) {
        if (attempt->pool != NULL) {
            http_client_pools_abandon(attempt);
        }
        http_client_attempt_free(attempt);
    }
    http_client_pools_done(&client->pools);
    EVP_MD_free(client->ground.sha256);
    arena_done(&client->arena);
    free(client);
    curl_global_cleanup();
    return NULL;
}

static struct http_client_attempt *take_attempt(struct http_client *client)
{
    struct http_client_attempt *attempt = client->ground.idle.first;
    if (attempt != NULL) {
        http_client_list_remove(attempt);
        return attempt;
    }
    attempt = http_client_attempt_new(&client->ground);
    attempt->older = client->newest;
    client->newest = attempt;
    return attempt;
}

static void give_back(struct http_client *client, struct http_client_attempt *attempt)
{
    if (attempt->sink == NULL) {
        http_client_index_remove(&client->under_way, attempt->what.ref.id);
    }
    http_client_list_remove(attempt);
    http_client_list_insert(&client->ground.idle, NULL, attempt);
    client->in_flight--;
}

static const struct http_client_message *message_of(const struct http_client *client,
                                                    const struct traffic_request *what)
{
    if (what == NULL) {
        return &client->messages[client->message_count - 1];
    }
    ptrdiff_t index = what - client->settings.scenario->traffic.requests;
    CHECK(index >= 0 && (size_t)index < client->message_count - 1);
    return &client->messages[index];
}

/* Direct comes after the processes. */
static size_t place_of(const struct http_client *client, uint16_t node)
{
    CHECK(node == NODE_NONE || node < client->process_count);
    return node == NODE_NONE ? client->process_count : node;
}

static size_t pair_of(const struct http_client *client, uint16_t client_index, uint16_t node)
{
    CHECK(client_index < client->settings.scenario->client.instances);
    return client_index * (client->process_count + 1) + place_of(client, node);
}

/* Questions share no connection with clients. */
static size_t pair_of_questions(const struct http_client *client, uint16_t node)
{
    CHECK(node < client->process_count);
    return client->settings.scenario->client.instances * (client->process_count + 1) + node;
}

/* Limits mostly come in order, so that the place is found near the end. */
static void await_connection(struct http_client *client, struct http_client_attempt *attempt)
{
    if (attempt->what.connect_limit == NANOS_NEVER) {
        return;
    }
    struct http_client_attempt *after = client->connecting.last;
    while (after != NULL && after->what.connect_limit > attempt->what.connect_limit) {
        after = after->previous;
    }
    http_client_list_insert(&client->connecting, after, attempt);
}

nanos http_client_start(struct http_client *client, const struct world_attempt *what)
{
    struct http_client_attempt *attempt = take_attempt(client);

    attempt->sink = NULL;
    attempt->own_body = NULL;
    attempt->last_event = 0;
    http_client_attempt_prepare(attempt, what, message_of(client, what->what),
                                http_client_targets_seen(&client->targets, what->node));
    http_client_index_add(&client->under_way, what->ref.id, attempt);
    client->in_flight++;
    await_connection(client, attempt);
    return http_client_pools_start(&client->pools, pair_of(client, what->client, what->node),
                                   attempt);
}

bool http_client_cancel(struct http_client *client, struct attempt_ref ref)
{
    struct http_client_attempt *attempt = http_client_index_find(&client->under_way, ref.id);
    CHECK(attempt != NULL);
    bool sent = attempt->sent;

    if (attempt->pool != NULL) {
        http_client_pools_abandon(attempt);
    }
    give_back(client, attempt);
    return sent;
}

struct http_client_attempt *http_client_open(struct http_client *client,
                                             const struct http_client_opening *opening,
                                             nanos *ret_started)
{
    const struct world_attempt what = {
        .connect_limit = opening->connect_limit,
        .probe_path = opening->path,
        .request = REQUEST_NONE,
        .client = opening->client,
        .node = opening->node,
    };
    const struct http_client_question *question = opening->question;
    struct http_client_attempt *attempt = take_attempt(client);

    attempt->sink = opening->sink;
    attempt->last_event = opening->last_event;
    attempt->own_body = question != NULL ? question->body : NULL;
    if (question == NULL) {
        http_client_attempt_prepare(attempt, &what, &client->events,
                                    http_client_targets_seen(&client->targets, what.node));
    } else {
        bool posts = question->method == METHOD_POST;
        attempt->path = NULL; /* another one may stand where the last one stood */
        http_client_attempt_prepare(attempt, &what, &client->questions[posts][question->fresh],
                                    http_client_targets_own(&client->targets, what.node));
    }
    client->in_flight++;
    await_connection(client, attempt);
    *ret_started =
        http_client_pools_start(&client->pools,
                                question == NULL ? pair_of(client, what.client, what.node)
                                                 : pair_of_questions(client, what.node),
                                attempt);
    return attempt;
}

void http_client_close(struct http_client *client, struct http_client_attempt *attempt)
{
    CHECK(attempt->sink != NULL);
    if (attempt->pool != NULL) {
        http_client_pools_abandon(attempt);
    }
    give_back(client, attempt);
}

void http_client_drop(struct http_client *client, uint16_t client_index, uint16_t node)
{
    http_client_pools_drop(&client->pools, pair_of(client, client_index, node));
}

nanos http_client_deadline(const struct http_client *client)
{
    if (client->ground.told.first != NULL) {
        return 0;
    }
    if (client->connecting.first == NULL) {
        return client->pools.timer;
    }
    return nanos_min(client->pools.timer, client->connecting.first->what.connect_limit);
}

/* Where the whole machine stood still, the connection may stand although its limit has passed. */
static void judge_connection(struct http_client *client, struct http_client_attempt *attempt)
{
    http_client_pools_look(attempt);
    if (attempt->list == &client->connecting) {
        http_client_pools_end(attempt, OUTCOME_CONNECT_TIMEOUT);
    }
}

static void report_first(struct http_client *client)
{
    const struct http_client_settings *settings = &client->settings;
    struct http_client_attempt *attempt = client->ground.told.first;

    if (attempt->headers_untold) {
        struct occurrence headers = http_client_attempt_headers(attempt);
        attempt->headers_untold = false;
        if (attempt->pool != NULL) {
            http_client_list_remove(attempt);
        }
        settings->report(settings->context, &headers);
        return;
    }
    struct occurrence end = attempt->end;
    const struct http_client_sink *sink = attempt->sink;
    give_back(client, attempt);
    if (sink != NULL) {
        sink->ended(sink->context, end.attempt.outcome, end.at);
        return;
    }
    settings->report(settings->context, &end);
}

void http_client_poll(struct http_client *client, nanos now)
{
    http_client_pools_run(&client->pools, now);
    while (client->connecting.first != NULL &&
           client->connecting.first->what.connect_limit <= now) {
        judge_connection(client, client->connecting.first);
    }
    while (client->ground.told.first != NULL) {
        report_first(client);
    }
}

uint32_t http_client_in_flight(const struct http_client *client)
{
    return client->in_flight;
}

uint32_t http_client_starved(const struct http_client *client)
{
    return client->ground.starved;
}
