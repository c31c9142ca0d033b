#include "fixture.h"

#include "unit/cmocka_all.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS = 1, NODES = 2, FAULTS = 3 };

static const char text[] = "name: sample\n# \xC3\xA9\n";

static void fill_scenario(struct fixture *fixture)
{
    struct arena *arena = &fixture->arena;
    struct scenario *scenario = &fixture->scenario;

    *scenario = (struct scenario){
        .file = "dir/sample.yaml",
        .text = text,
        .text_length = sizeof(text) - 1,
        .name = "sample",
        .description = "",
        .repeat = RUNS,
        .warmup = NANOS_PER_S,
        .duration = 10 * NANOS_PER_S,
        .node_count = NODES,
        .process_count = NODES,
        .fault_count = FAULTS,
        .expectation_count = 2,
        .client.instances = 1,
    };
    scenario->nodes = ARENA_ARRAY(arena, struct scenario_node, NODES);
    scenario->nodes[0] = (struct scenario_node){.name = "primary", .port = 8080};
    scenario->nodes[1] = (struct scenario_node){.name = "backup-1", .port = 8081};
    scenario->traffic.rate_micro = 200000000;
    scenario->traffic.slow = 500 * NANOS_PER_MS;

    scenario->faults = ARENA_ARRAY(arena, struct fault, FAULTS);
    for (size_t i = 0; i < FAULTS; i++) {
        scenario->faults[i] =
            (struct fault){.kind = FAULT_KILL, .id = "kill-1", .hold = NANOS_NEVER};
    }
    scenario->faults[1] = (struct fault){
        .kind = FAULT_RESPOND,
        .id = "respond-2",
        .hold = 4 * NANOS_PER_S,
        .parameters = {.statuses = {503, 500},
                       .status_count = 2,
                       .ratio_ppm = 500000,
                       .path = "/a",
                       .retry_after = 2 * NANOS_PER_S},
    };
    scenario->expectations = ARENA_ARRAY(arena, struct expectation, 2);
    scenario->expectations[0] = (struct expectation){
        .metric = METRIC_SWITCHOVER,
        .comparison = COMPARISON_LESS,
        .limit = 3 * NANOS_PER_S,
        .node = NODE_NONE,
        .fault = FAULT_NONE,
        .name = "switchover",
        .limit_text = "< 3s",
    };
    scenario->expectations[1] = (struct expectation){
        .metric = METRIC_SUCCESS_RATIO,
        .comparison = COMPARISON_AT_LEAST,
        .limit = 999000,
        .node = NODE_NONE,
        .fault = FAULT_NONE,
        .name = "success_ratio",
        .limit_text = ">= 99.9%",
    };
}

static void fill_faults(struct fixture *fixture, struct measurement *measurement)
{
    static const uint16_t targets[] = {0};

    measurement->fault_count = 2;
    measurement->faults = ARENA_ARRAY(&fixture->arena, struct fault_record, 2);
    measurement->faults[0] = (struct fault_record){
        .fault = 0,
        .targets = targets,
        .target_count = 1,
        .planned = 3 * NANOS_PER_S,
        .applied = 3 * NANOS_PER_S + 34567,
        .effective = NANOS_NEVER,
        .cleared = NANOS_NEVER,
    };
    measurement->faults[1] = (struct fault_record){
        .fault = 1,
        .targets = targets,
        .target_count = 1,
        .planned = 5 * NANOS_PER_S,
        .applied = 5 * NANOS_PER_S,
        .effective = 5 * NANOS_PER_S + 1,
        .cleared = 9 * NANOS_PER_S,
        .hits = 7,
        .confirmed_by = CONFIRMED_BY_STUB,
    };
}

static void fill_disturbances(struct fixture *fixture, struct measurement *measurement)
{
    static const uint32_t faults[] = {0, 1};
    static const uint16_t nodes[] = {1};
    const struct figure absent = {.state = FIGURE_ABSENT};

    measurement->disturbance_count = 1;
    measurement->disturbances = ARENA_ARRAY(&fixture->arena, struct disturbance, 1);
    measurement->disturbances[0] = (struct disturbance){
        .kind = DISTURBANCE_FAULT,
        .faults = faults,
        .fault_count = 2,
        .targets = nodes,
        .target_count = 1,
        .onset = 3 * NANOS_PER_S,
        .end = 10 * NANOS_PER_S,
        .was_active = true,
        .unrecovered_why = "no quiet stretch",
        .switchover = {.state = FIGURE_UNRECOVERED},
        .first_success = figure_of(1501034499),
        .detection = absent,
        .outage = figure_of(12 * NANOS_PER_MS),
        .worst_latency = figure_of(4200 * NANOS_PER_US),
        .failed_requests = figure_of(12),
        .slow_requests = figure_of(0),
        .relapses = figure_of(0),
        .failback = absent,
        .served_by = nodes,
        .served_by_count = 1,
    };
}

static void fill_run(struct fixture *fixture, struct run_result *run)
{
    static struct timeline_bucket buckets[] = {{.due = 20, .ok = 20, .p99 = NANOS_PER_MS},
                                               {.due = 0}};
    static uint32_t served[NODES][2] = {{20, 0}, {0, 0}};
    static uint32_t *by_node[] = {served[0], served[1]};
    static struct mark marks[] = {{.at = 0, .latency = NANOS_PER_MS, .node = 0, .count = 20},
                                  {.node = NODE_NONE, .outcome = 1, .count = 1}};
    static const struct state_change changed = {.at = 1, .state = ABILITY_UNABLE, .why = "kill-1"};
    struct measurement *measurement = &run->measurement;

    *run = (struct run_result){
        .rerun_of = UINT32_MAX,
        .seed = UINT64_MAX,
        .scenario = &fixture->scenario,
        .verdict = VERDICT_FAIL,
        .measurement = {.resolution = 5 * NANOS_PER_MS,
                        .bucket_count = 2,
                        .timeline = buckets,
                        .timeline_by_node = by_node,
                        .marks = marks,
                        .mark_count = 2},
    };
    fill_faults(fixture, measurement);
    fill_disturbances(fixture, measurement);
    measurement->share = ARENA_ARRAY(&fixture->arena, struct figure, NODES);
    measurement->share[0] = figure_of(RATIO_ONE);
    measurement->share[1] = figure_of(1);
    measurement->nodes = ARENA_ARRAY(&fixture->arena, struct node_measurement, NODES);
    measurement->nodes[0].states = &changed;
    measurement->nodes[0].state_count = 1;
    measurement->metrics[METRIC_REQUESTS] = figure_of(2000);
    measurement->metrics[METRIC_FAILED_REQUESTS] = figure_of(12);
    measurement->metrics[METRIC_SUCCESS_RATIO] = figure_of(994000);
    measurement->metrics[METRIC_LATENCY_P50] = figure_of(1300501);
}

static void fill_result(struct fixture *fixture)
{
    struct scenario_result *result = &fixture->result;
    struct arena *arena = &fixture->arena;

    *result = (struct scenario_result){
        .scenario = &fixture->scenario,
        .seed = 42,
        .runs = ARENA_ARRAY(arena, struct run_result, RUNS),
        .run_count = RUNS,
        .verdict = VERDICT_FAIL,
        .results = ARENA_ARRAY(arena, struct expectation_result, 2),
        .result_count = 2,
        .started_realtime = 1767268800 * NANOS_PER_S + 987654321,
        .wall_ns = 11 * NANOS_PER_S,
    };
    fill_run(fixture, &result->runs[0]);
    result->results[0] = (struct expectation_result){
        .expectation = &fixture->scenario.expectations[0],
        .actual = {.state = FIGURE_UNRECOVERED},
        .error = 1500,
        .verdict = VERDICT_FAIL,
        .reason = REASONS,
    };
    result->results[1] = (struct expectation_result){
        .expectation = &fixture->scenario.expectations[1],
        .actual = figure_of(994000),
        .verdict = VERDICT_FAIL,
        .reason = REASONS,
        .disturbance = DISTURBANCE_NONE,
    };
}

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    arena_init(&fixture->arena, 0);
    char template[] = "/tmp/bascule-test-XXXXXX";
    assert_non_null(mkdtemp(template));
    fixture->folder = arena_copy(&fixture->arena, template, strlen(template));
    fill_scenario(fixture);
    fill_result(fixture);
    *state = fixture;
    return 0;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    DIR *folder = opendir(fixture->folder);

    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (!is_dots(entry->d_name)) {
            (void)remove(fixture_path(fixture, entry->d_name));
        }
    }
    (void)closedir(folder);
    assert_int_equal(rmdir(fixture->folder), 0);
    arena_done(&fixture->arena);
    free(fixture);
    return 0;
}

const char *fixture_path(struct fixture *fixture, const char *name)
{
    return arena_printf(&fixture->arena, "%s/%s", fixture->folder, name);
}

size_t fixture_files(const struct fixture *fixture)
{
    DIR *folder = opendir(fixture->folder);
    size_t count = 0;

    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += is_dots(entry->d_name) ? 0 : 1;
    }
    (void)closedir(folder);
    return count;
}

char *fixture_read(struct fixture *fixture, const char *path)
{
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *content = arena_alloc(&fixture->arena, size + 1);
    assert_int_equal(fread(content, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return content;
}

json_t *fixture_at(json_t *root, const char *path)
{
    char key[64];
    json_t *value = root;

    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        assert_true(length < sizeof(key));
        memcpy(key, path, length);
        key[length] = '\0';
        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
        if (value == NULL) {
            fail_msg("nothing at '%s'", key);
        }
        path += length + (path[length] == '/' ? 1 : 0);
    }
    return value;
}
