#include "scene.h"

#include <string.h>

#define MARKS   3000
#define BUCKETS 600

struct document_figure scene_figure(double value)
{
    return (struct document_figure){.value = value, .state = DOCUMENT_VALUE};
}

static void fill_nodes(struct scene *scene)
{
    scene->states[0] = (struct document_state_change){.at_ms = -1000, .state = "able", .why = ""};
    scene->states[1] =
        (struct document_state_change){.at_ms = 2000, .state = "unable", .why = "kill-1"};
    scene->states[2] = (struct document_state_change){.at_ms = 5000, .state = "able", .why = ""};
    scene->believed[0] =
        (struct document_state_change){.at_ms = 2000.4, .state = "failed", .why = "reset"};
    scene->believed[1] =
        (struct document_state_change){.at_ms = 5400, .state = "healthy", .why = "trial"};
    for (size_t i = 0; i < 3; i++) {
        scene->nodes[i] = (struct document_node){.name = scene->names[i],
                                                 .url = "http://127.0.0.1:8080",
                                                 .states = scene->states,
                                                 .state_count = i == 0 ? 3 : 1,
                                                 .believed = scene->believed,
                                                 .believed_count = i == 0 ? 2 : 0};
    }
}

static void fill_traffic(struct scene *scene, struct arena *arena)
{
    static const char *const outcomes[] = {"ok",           "failed",      "slow",
                                           "answered_4xx", "unavoidable", "cancelled"};

    scene->marks = arena_array(arena, MARKS, sizeof(scene->marks[0]));
    scene->buckets = arena_array(arena, BUCKETS, sizeof(scene->buckets[0]));
    for (uint32_t i = 0; i < MARKS; i++) {
        scene->marks[i] = (struct document_mark){.t_ms = 20.0 * i,
                                                 .latency_ms = 1 + i % 997,
                                                 .node = i % 4 == 3 ? UINT32_MAX : i % 4,
                                                 .outcome = outcomes[i % 6],
                                                 .count = 1 + i % 300};
    }
    for (uint32_t i = 0; i < BUCKETS; i++) {
        scene->buckets[i] =
            (struct document_bucket){.due = 100, .ok = 90, .failed = i % 7, .slow = i % 5};
    }
}

static void fill_run(struct scene *scene, struct document_run *run)
{
    scene->fault = (struct document_fault){.id = "kill-1",
                                           .kind = "kill",
                                           .targets = {scene->names, 1},
                                           .params = "for 3.000 s",
                                           .planned_ms = 2000,
                                           .applied_ms = scene_figure(2000),
                                           .effective_ms = scene_figure(2000.5),
                                           .cleared_ms = scene_figure(5000),
                                           .confirmed_by = "exit"};
    scene->disturbance = (struct document_disturbance){.faults = {&scene->fault.id, 1},
                                                       .targets = {scene->names, 1},
                                                       .served_by = {scene->names + 1, 1},
                                                       .kind = "fault",
                                                       .was_active = true,
                                                       .recovered = true,
                                                       .onset_ms = 2000,
                                                       .failed_requests = scene_figure(1),
                                                       .slow_requests = scene_figure(2),
                                                       .end_ms = 5000,
                                                       .switchover_ms = scene_figure(1500.25),
                                                       .first_success_ms = scene_figure(1.5),
                                                       .detection_ms = scene_figure(0.37),
                                                       .outage_ms = scene_figure(5.4)};
    scene->metrics[0] = (struct document_metric){"requests", scene_figure(60000)};
    scene->metrics[1] = (struct document_metric){"failed_requests", scene_figure(1234)};
    *run = (struct document_run){.seed = "7",
                                 .verdict = "fail",
                                 .rerun_of = -1,
                                 .faults = &scene->fault,
                                 .fault_count = 1,
                                 .disturbances = &scene->disturbance,
                                 .disturbance_count = 1,
                                 .metrics = scene->metrics,
                                 .metric_count = 2,
                                 .nodes = scene->nodes,
                                 .node_count = 3,
                                 .resolution_ms = scene_figure(1),
                                 .bucket_ms = 100,
                                 .timeline = scene->buckets,
                                 .bucket_count = BUCKETS,
                                 .marks = scene->marks,
                                 .mark_count = MARKS,
                                 .duration_ms = 60000};
}

struct scene *scene_stage(struct drawn *drawn)
{
    static const char *const names[] = {"primary", "backup-1", "backup-2"};
    struct scene *scene = ARENA_NEW(&drawn->arena, struct scene);

    memcpy(scene->names, names, sizeof(names));
    fill_nodes(scene);
    fill_traffic(scene, &drawn->arena);
    fill_run(scene, &drawn->run);
    drawn->document.text = "name: kill\n";
    drawn->document.sha256 = "0123";
    return scene;
}
