#include "http_fixture.h"

#include "unit/cmocka_all.h"

#include <dirent.h>
#include <stdlib.h>

static const struct http_header own_headers[] = {
    {.name = "Authorization", .value = "Bearer x"},
    {.name = "X-Empty", .value = ""},
};

static const struct traffic_request things[THINGS] = {
    [GET_THING] = {.method = METHOD_GET,
                   .path = "/a/../thing?b=c/../d",
                   .headers = own_headers,
                   .header_count = 2,
                   .weight = 1,
                   .idempotent = true},
    [HEAD_THING] = {.method = METHOD_HEAD, .path = "/thing", .idempotent = true},
    [POST_THING] = {.method = METHOD_POST,
                    .path = "/things",
                    .body = "{\"seat\":\"$(request)\",\"again\":$(request)}"},
    [PUT_NOTHING] = {.method = METHOD_PUT, .path = "/thing", .idempotent = true},
    [DELETE_WITH_BODY] = {.method = METHOD_DELETE,
                          .path = "/thing",
                          .body = "why not",
                          .idempotent = true},
    [POST_REPEATABLE] = {.method = METHOD_POST, .path = "/things", .body = "x", .idempotent = true},
};

int open_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static void take_report(void *context, const struct occurrence *occurrence)
{
    struct http_fixture *fixture = context;
    assert_true(fixture->report_count < FIXTURE_REPORTS_MAX);
    fixture->reports[fixture->report_count++] = *occurrence;
}

void fixture_renew_client(struct http_fixture *fixture)
{
    struct error error = {0};
    fixture->http = http_client_free(fixture->http);
    for (int i = 0; i < 2; i++) {
        fixture->nodes[i].port = fixture->server[i].port;
    }
    fixture->http = http_client_new(
        &(struct http_client_settings){
            .loop = fixture->loop,
            .scenario = &fixture->scenario,
            .run = FIXTURE_RUN,
            .report = take_report,
            .context = fixture,
        },
        &error);
    assert_non_null(fixture->http);
}

int http_fixture_setup(void **state)
{
    struct error error = {0};
    int before = open_descriptors();
    struct http_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->descriptors_before = before;
    fixture->loop = loop_new(&error);
    assert_non_null(fixture->loop);
    for (int i = 0; i < 2; i++) {
        raw_server_init(&fixture->server[i], fixture->loop, 1024);
    }
    fixture->scenario = (struct scenario){
        .nodes = fixture->nodes,
        .node_count = 2,
        .process_count = 2,
        .client = {.instances = 2, .keepalive = true},
        .traffic = {.requests = things, .request_count = THINGS},
    };
    fixture_renew_client(fixture);
    *state = fixture;
    return 0;
}

int http_fixture_teardown(void **state)
{
    struct http_fixture *fixture = *state;
    int before = fixture->descriptors_before;

    http_client_free(fixture->http);
    for (int i = 0; i < 2; i++) {
        raw_server_done(&fixture->server[i]);
    }
    loop_free(fixture->loop);
    free(fixture);
    assert_int_equal(open_descriptors(), before);
    return 0;
}

struct world_attempt fixture_attempt(struct http_fixture *fixture, size_t thing)
{
    uint32_t id = ++fixture->next_id;
    return (struct world_attempt){
        .ref = {.id = id, .slot = id + 1000},
        .connect_limit = NANOS_NEVER,
        .what = &things[thing],
        .request = id + 100,
    };
}

struct attempt_ref fixture_start(struct http_fixture *fixture, size_t thing)
{
    struct world_attempt attempt = fixture_attempt(fixture, thing);
    (void)http_client_start(fixture->http, &attempt);
    return attempt.ref;
}

void fixture_turn(struct http_fixture *fixture, nanos until)
{
    (void)loop_wait(fixture->loop, nanos_min(until, http_client_deadline(fixture->http)));
    while (loop_wait(fixture->loop, 0) > 0) {
    }
    http_client_poll(fixture->http, loop_clock());
}

static size_t ended(const struct http_fixture *fixture)
{
    size_t count = 0;
    for (size_t i = 0; i < fixture->report_count; i++) {
        count += fixture->reports[i].kind == OCCURRENCE_ATTEMPT_ENDED;
    }
    return count;
}

const struct occurrence *fixture_end(struct http_fixture *fixture)
{
    size_t before = ended(fixture);
    FIXTURE_UNTIL(fixture, ended(fixture) > before);
    assert_int_equal(ended(fixture), before + 1);
    const struct occurrence *last = &fixture->reports[fixture->report_count - 1];
    assert_int_equal(last->kind, OCCURRENCE_ATTEMPT_ENDED);
    return last;
}

void fixture_answered(struct http_fixture *fixture, size_t thing, unsigned accepted)
{
    (void)fixture_start(fixture, thing);
    const struct occurrence *report = fixture_end(fixture);
    assert_int_equal(report->attempt.outcome, OUTCOME_ANSWER);
    assert_int_equal(fixture->server[0].accepted, accepted);
}

void fixture_settle(struct http_fixture *fixture)
{
    for (int i = 0; i < 5; i++) {
        fixture_turn(fixture, 0);
    }
}

static void hold(struct raw_connection *connection)
{
    struct http_fixture *fixture = connection->server->context;
    assert_true(fixture->held_count < FIXTURE_HELD_MAX);
    fixture->held[fixture->held_count++] = connection;
}

void fixture_hold(struct http_fixture *fixture, size_t count, struct attempt_ref *ret_refs)
{
    fixture->held_count = 0;
    fixture->server[0].serve = hold;
    fixture->server[0].context = fixture;
    for (size_t i = 0; i < count; i++) {
        ret_refs[i] = fixture_start(fixture, GET_THING);
        FIXTURE_UNTIL(fixture, fixture->held_count == i + 1);
    }
}
