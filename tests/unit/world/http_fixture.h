/* An HTTP client, two nodes to play with, and what was reported, for the tests of the client. */
#ifndef BASCULE_TESTS_HTTP_FIXTURE_H
#define BASCULE_TESTS_HTTP_FIXTURE_H

#include "raw_server.h"
#include "world/http_client.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    FIXTURE_RUN = 7,
    FIXTURE_REPORTS_MAX = 8192,
    FIXTURE_HELD_MAX = 4,
};

/* SHA-256, first 8 bytes */
#define HASH_OF_NOTHING UINT64_C(0xe3b0c44298fc1c14)
#define HASH_OF_HELLO   UINT64_C(0x2cf24dba5fb0a30e)

/* traffic.requests of the fixture */
enum { GET_THING, HEAD_THING, POST_THING, PUT_NOTHING, DELETE_WITH_BODY, POST_REPEATABLE, THINGS };

struct http_fixture {
    struct loop *loop;
    struct raw_server server[2];
    struct scenario_node nodes[2];
    struct scenario scenario;
    struct http_client *http;
    struct occurrence reports[FIXTURE_REPORTS_MAX];
    size_t report_count;
    int descriptors_before;
    uint32_t next_id;
    struct raw_connection *held[FIXTURE_HELD_MAX]; /* whose requests wait for their answers */
    size_t held_count;
};

/* cmocka's; the second proves that no descriptor was left open */
int http_fixture_setup(void **state);
int http_fixture_teardown(void **state);

/* Anew, after scenario or ports changed. */
void fixture_renew_client(struct http_fixture *fixture);

/* To node 0 by client 0, no connect limit, ids from 1, request number = id + 100. */
struct world_attempt fixture_attempt(struct http_fixture *fixture, size_t thing);
struct attempt_ref fixture_start(struct http_fixture *fixture, size_t thing);

void fixture_turn(struct http_fixture *fixture, nanos until);
/* Turns until it holds; fails after 10 s. */
#define FIXTURE_UNTIL(fixture, condition)                                                          \
    for (nanos fixture_limit_ = loop_clock() + 10 * NANOS_PER_S; !(condition);                     \
         fixture_turn((fixture), fixture_limit_)) {                                                \
        assert_true(loop_clock() < fixture_limit_);                                                \
    }
/* Until one more attempt ended; returns its report. */
const struct occurrence *fixture_end(struct http_fixture *fixture);

/* The next attempt is answered, and node 0 has accepted that many connections by then. */
void fixture_answered(struct http_fixture *fixture, size_t thing, unsigned accepted);
/* Turns that only let pass what is there already. */
void fixture_settle(struct http_fixture *fixture);
/* That many GETs, all at the server and waiting for their answers. */
void fixture_hold(struct http_fixture *fixture, size_t count, struct attempt_ref *ret_refs);

int open_descriptors(void);

#endif
