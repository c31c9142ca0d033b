#include "core/measure_parts.h"

#include "base/check.h"
#include "core/stats.h"

#define MARK_CELL_NS (50 * NANOS_PER_MS)

enum mark_outcome {
    MARK_OK,
    MARK_FAILED,
    MARK_SLOW,
    MARK_ANSWERED_4XX,
    MARK_UNAVOIDABLE,
    MARK_CANCELLED,
    MARK_OUTCOMES
};

/* A key of a mark: time cell, latency cell, node, outcome, from the highest bits to the lowest. */
enum {
    OUTCOME_BITS = 3,
    NODE_BITS = 16,
    LATENCY_BITS = 9,
    NODE_SHIFT = OUTCOME_BITS,
    LATENCY_SHIFT = NODE_SHIFT + NODE_BITS,
    TIME_SHIFT = LATENCY_SHIFT + LATENCY_BITS,
};

struct cell {
    int64_t key;
    uint32_t count;
};

const char *mark_outcome_word(unsigned outcome)
{
    static const char *const words[MARK_OUTCOMES] = {
        [MARK_OK] = "ok",
        [MARK_FAILED] = "failed",
        [MARK_SLOW] = "slow",
        [MARK_ANSWERED_4XX] = "answered_4xx",
        [MARK_UNAVOIDABLE] = "unavoidable",
        [MARK_CANCELLED] = "cancelled",
    };

    CHECK(outcome < MARK_OUTCOMES);
    return words[outcome];
}

static enum mark_outcome mark_of(const struct request_record *record)
{
    if (record->unavoidable) {
        return MARK_UNAVOIDABLE;
    }
    if (record->failed) {
        return MARK_FAILED;
    }
    if (record->disturbed) {
        return MARK_SLOW;
    }
    if (record->cancelled) {
        return MARK_CANCELLED;
    }
    return record->success ? MARK_OK : MARK_ANSWERED_4XX;
}

static void count_in_bucket(struct timeline_bucket *bucket, const struct request_record *record)
{
    enum mark_outcome mark = mark_of(record);

    bucket->due++;
    bucket->ok += mark == MARK_OK;
    bucket->failed += mark == MARK_FAILED;
    bucket->slow += mark == MARK_SLOW;
}

static void fill_timeline(struct measuring *m)
{
    struct measurement *ret = m->ret;
    size_t node_count = m->scenario->node_count;
    int64_t *latencies = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 1);
    size_t next = 0;

    ret->bucket_count = (size_t)((ret->traffic_end + TIMELINE_BUCKET_NS - 1) / TIMELINE_BUCKET_NS);
    ret->timeline = ARENA_ARRAY(m->arena, struct timeline_bucket, ret->bucket_count + 1);
    ret->timeline_by_node = ARENA_ARRAY(m->arena, uint32_t *, node_count + 1);
    for (size_t node = 0; node < node_count; node++) {
        ret->timeline_by_node[node] = ARENA_ARRAY(m->arena, uint32_t, ret->bucket_count + 1);
    }
    for (size_t i = 0; i < ret->bucket_count; i++) {
        nanos to = (nanos)(i + 1) * TIMELINE_BUCKET_NS;
        size_t count = 0;

        for (; next < ret->request_count && ret->requests[next].due < to; next++) {
            const struct request_record *record = &ret->requests[next];
            count_in_bucket(&ret->timeline[i], record);
            latencies[count++] = record->ended - record->due;
            if (record->success && record->node != NODE_NONE) {
                ret->timeline_by_node[record->node][i]++;
            }
        }
        stats_sort(latencies, count);
        ret->timeline[i].p99 = count == 0 ? 0 : stats_rank(latencies, count, 990);
    }
}

/* Four cells an octave, one a nanosecond below four. */
static int64_t latency_cell(nanos latency)
{
    if (latency < 4) {
        return nanos_max(latency, 0);
    }
    int octave = 63 - __builtin_clzll((uint64_t)latency);

    return (int64_t)(octave - 1) * 4 + ((latency >> (octave - 2)) & 3);
}

static nanos latency_edge(int64_t cell)
{
    return cell < 4 ? cell : (4 + cell % 4) << (cell / 4 - 1);
}

static int64_t key_of(const struct request_record *record)
{
    return (record->due / MARK_CELL_NS) << TIME_SHIFT |
           latency_cell(record->ended - record->due) << LATENCY_SHIFT |
           (int64_t)record->node << NODE_SHIFT | (int64_t)mark_of(record);
}

/* Joins neighbours of one key. */
static size_t compress(struct cell *cells, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && cells[kept - 1].key == cells[i].key) {
            cells[kept - 1].count += cells[i].count;
        } else {
            cells[kept++] = cells[i];
        }
    }
    return kept;
}

/* By key; runs of one time cell are short, and nearly all is in order already after the first time.
 */
static void sort_cells(struct cell *cells, struct cell *spare, size_t count)
{
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t begin = 0; begin < count; begin += 2 * width) {
            size_t left = begin;
            size_t middle = begin + width < count ? begin + width : count;
            size_t right = middle;
            size_t end = middle + width < count ? middle + width : count;

            for (size_t i = begin; i < end; i++) {
                bool take_left =
                    right == end || (left < middle && cells[left].key <= cells[right].key);
                spare[i] = take_left ? cells[left++] : cells[right++];
            }
        }
        for (size_t i = 0; i < count; i++) {
            cells[i] = spare[i];
        }
    }
}

static size_t count_cells(struct measuring *m, struct cell **ret_cells)
{
    const struct measurement *ret = m->ret;
    int64_t *keys = ARENA_ARRAY(m->scratch, int64_t, ret->request_count + 1);
    size_t distinct = 0;

    for (size_t i = 0; i < ret->request_count; i++) {
        keys[i] = key_of(&ret->requests[i]);
    }
    stats_sort(keys, ret->request_count);
    for (size_t i = 0; i < ret->request_count; i++) {
        distinct += i == 0 || keys[i] != keys[i - 1];
    }
    struct cell *cells = ARENA_ARRAY(m->scratch, struct cell, distinct + 1);
    size_t count = 0;

    for (size_t i = 0; i < ret->request_count; i++) {
        if (i == 0 || keys[i] != keys[i - 1]) {
            cells[count++].key = keys[i];
        }
        cells[count - 1].count++;
    }
    *ret_cells = cells;
    return count;
}

/* What is given up so that the cells become fewer: fine time first, then latency, then the node. */
enum coarsening {
    COARSEN_TIME,
    COARSEN_LATENCY,
    COARSEN_NODE,
};

static int64_t coarser(int64_t key, enum coarsening coarsening)
{
    const int64_t below_time = (INT64_C(1) << TIME_SHIFT) - 1;
    const int64_t latency = below_time & ~((INT64_C(1) << LATENCY_SHIFT) - 1);
    const int64_t node = (INT64_C(1) << LATENCY_SHIFT) - (INT64_C(1) << NODE_SHIFT);

    if (coarsening == COARSEN_TIME) {
        return ((key >> TIME_SHIFT) / 2) << TIME_SHIFT | (key & below_time);
    }
    return coarsening == COARSEN_LATENCY ? key & ~latency : key | node;
}

static void fill_marks(struct measuring *m)
{
    struct cell *cells = NULL;
    size_t count = count_cells(m, &cells);
    struct cell *spare = ARENA_ARRAY(m->scratch, struct cell, count + 1);
    nanos width = MARK_CELL_NS;

    enum coarsening coarsening = COARSEN_TIME;

    while (count > MARKS_MAX) {
        if (coarsening == COARSEN_TIME && cells[count - 1].key >> TIME_SHIFT > 0) {
            width *= 2;
        } else {
            coarsening = coarsening == COARSEN_TIME ? COARSEN_LATENCY : COARSEN_NODE;
        }
        for (size_t i = 0; i < count; i++) {
            cells[i].key = coarser(cells[i].key, coarsening);
        }
        sort_cells(cells, spare, count);
        count = compress(cells, count);
    }
    m->ret->marks = ARENA_ARRAY(m->arena, struct mark, count + 1);
    for (size_t i = 0; i < count; i++) {
        int64_t key = cells[i].key;
        m->ret->marks[i] = (struct mark){
            .at = (key >> TIME_SHIFT) * width,
            .latency = latency_edge((key >> LATENCY_SHIFT) & ((1 << LATENCY_BITS) - 1)),
            .node = (uint16_t)((key >> NODE_SHIFT) & ((1 << NODE_BITS) - 1)),
            .outcome = (uint8_t)(key & ((1 << OUTCOME_BITS) - 1)),
            .count = cells[i].count,
        };
    }
    m->ret->mark_count = count;
}

void measure_timeline_fill(struct measuring *m)
{
    fill_timeline(m);
    fill_marks(m);
}
