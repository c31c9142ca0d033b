/* One node, played by a fake, under a real supervisor and a real injector, and all that both tell.
 */
#ifndef BASCULE_TESTS_WORLD_NODES_FIXTURE_H
#define BASCULE_TESTS_WORLD_NODES_FIXTURE_H

#include "unit/world/fake_node.h"
#include "world/injector.h"
#include "world/supervisor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The faults of its scenario; respond and pause have no end of their own. */
enum { FAULT_INDEX_KILL, FAULT_INDEX_RESPOND, FAULT_INDEX_PAUSE, FAULT_INDEXES };

#define TOLD_MAX 64

struct nodes {
    struct arena arena;
    struct loop *loop;
    struct scenario_node node;
    struct fault faults[FAULT_INDEXES];
    struct scenario scenario;
    uint16_t port;
    struct node_places places;
    struct supervisor *supervisor;
    struct injector *injector;
    struct process_event events[TOLD_MAX]; /* of the supervisor */
    size_t event_count;
    struct occurrence occurrences[TOLD_MAX]; /* of the injector */
    size_t occurrence_count;
};

/* cmocka's set-up and tear-down; *state is the struct nodes. */
int nodes_set_up(void **state);
int nodes_tear_down(void **state);

/* Starts the node; unless it never gets ready, until it is. */
void nodes_start(struct nodes *nodes, enum fake_node part);

/* Lets the world go on until that was told (and fails the test if it is not). Returns the first of
   its kind. */
const struct process_event *nodes_await_event(struct nodes *nodes, enum process_event_kind kind);
const struct occurrence *nodes_await(struct nodes *nodes, enum occurrence_kind kind);

/* Until its process has ended, of which nobody here has heard yet. */
void nodes_await_zombie(void);

/* How many were told so far. */
size_t nodes_count_events(const struct nodes *nodes, enum process_event_kind kind);
size_t nodes_count(const struct nodes *nodes, enum occurrence_kind kind);

/* All that is under way is told, and nothing more comes. */
void nodes_settle(struct nodes *nodes);

#endif
