/* A document of a run in which something happened, for the tests of pages. */
#ifndef BASCULE_TESTS_REPORT_SCENE_H
#define BASCULE_TESTS_REPORT_SCENE_H

#include "drawn.h"

struct scene {
    const char *names[3];
    struct document_fault fault;
    struct document_disturbance disturbance;
    struct document_node nodes[3];
    struct document_state_change states[3];
    struct document_state_change believed[2];
    struct document_metric metrics[2];
    struct document_mark *marks;
    struct document_bucket *buckets;
};

/* One minute at 1,000 requests a second, killed at 2 s: all that drawn has lies in the scene. */
struct scene *scene_stage(struct drawn *drawn);

struct document_figure scene_figure(double value);

#endif
