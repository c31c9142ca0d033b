#include "cli/seed_tally.h"

#include "cli/speed.h"
#include "core/stats.h"
#include "report/human.h"

#include <inttypes.h>

void seed_tally_init(struct seed_tally *tally,
                     struct arena *arena,
                     const struct scenario *scenario,
                     uint64_t planned)
{
    *tally = (struct seed_tally){.scenario = scenario, .planned = planned};
    for (unsigned i = 0; i < SEED_FIGURES; i++) {
        tally->figures[i] = ARENA_ARRAY(arena, int64_t, planned);
    }
}

void seed_tally_add(struct seed_tally *tally, const struct seed_outcome *outcome)
{
    uint32_t ending = outcome->ending;

    if (tally->counts[ending] == 0 || outcome->seed < tally->first[ending]) {
        tally->first[ending] = outcome->seed;
    }
    tally->counts[ending]++;
    tally->done++;
    tally->virtual_ns += outcome->virtual_ns;
    for (unsigned i = 0; i < SEED_FIGURES; i++) {
        if (outcome->figures[i] != SEED_FIGURE_ABSENT) {
            tally->figures[i][tally->figure_counts[i]++] = outcome->figures[i];
        }
    }
}

enum verdict seed_tally_verdict(const struct seed_tally *tally, bool strict)
{
    uint64_t good = tally->counts[SEED_PASSED] + tally->counts[SEED_KNOWN];
    uint64_t doubtful = tally->counts[SEED_INCONCLUSIVE] + tally->counts[SEED_BROKEN];

    if (tally->counts[SEED_FAILED] > 0) {
        return VERDICT_FAIL;
    }
    if (doubtful > 0 || good == 0 || tally->done < tally->planned ||
        (strict && tally->counts[SEED_IDLE] > 0)) {
        return VERDICT_INCONCLUSIVE;
    }
    return tally->counts[SEED_PASSED] > 0 ? VERDICT_PASS : VERDICT_KNOWN;
}

/* ---- Text ---- */

static const char *const ending_words[SEED_ENDINGS] = {
    [SEED_FAILED] = "failed",
    [SEED_BROKEN] = "broke off",
    [SEED_INCONCLUSIVE] = "inconclusive",
    [SEED_IDLE] = "proved nothing",
    [SEED_KNOWN] = "failed as known",
    [SEED_PASSED] = "passed",
};

static void print_endings(FILE *out, const struct seed_tally *tally)
{
    for (unsigned i = 0; i < SEED_ENDINGS; i++) {
        if (tally->counts[i] == 0) {
            continue;
        }
        if (tally->counts[i] == tally->done) {
            (void)fprintf(out, ", all %s", ending_words[i]);
            continue;
        }
        (void)fprintf(out, ", %" PRIu64 " %s", tally->counts[i], ending_words[i]);
        if (i != SEED_PASSED && i != SEED_KNOWN) {
            (void)fprintf(out, "%s at seed %" PRIu64, tally->counts[i] == 1 ? "" : ", the first",
                          tally->first[i]);
        }
    }
}

void seed_tally_line(FILE *out, struct arena *arena, const struct seed_tally *tally, nanos wall)
{
    (void)fprintf(out, "%s: ", tally->scenario->name);
    if (tally->done < tally->planned) {
        (void)fprintf(out, "%" PRIu64 " of ", tally->done);
    }
    (void)fprintf(out, "%" PRIu64 " seed%s", tally->planned, tally->planned == 1 ? "" : "s");
    print_endings(out, tally);
    if (tally->done > 0 && wall > 0) {
        (void)fprintf(out, " (%s runs/s, %s x real time)",
                      speed_ratio(arena, (double)tally->done * NANOS_PER_S, (double)wall),
                      speed_ratio(arena, (double)tally->virtual_ns, (double)wall));
    }
    (void)fputs("\n", out);
}

static const char *figure_text(struct arena *arena, enum unit unit, int64_t plain)
{
    struct figure figure = plain == SEED_FIGURE_NEVER ? (struct figure){.state = FIGURE_UNRECOVERED}
                                                      : figure_of(plain);
    char text[HUMAN_MAX];

    return arena_printf(arena, "%s", human_figure(unit, figure, text));
}

void seed_tally_figures(FILE *out, struct arena *arena, const struct seed_tally *tally)
{
    static const struct {
        const char *name;
        enum unit unit;
    } rows[SEED_FIGURES] = {
        [SEED_SWITCHOVER] = {"switchover", UNIT_NANOS},
        [SEED_OUTAGE] = {"outage", UNIT_NANOS},
        [SEED_WORST_LATENCY] = {"worst latency", UNIT_NANOS},
        [SEED_FAILED_REQUESTS] = {"failed", UNIT_COUNT},
    };
    static const struct {
        const char *name;
        unsigned per_mille;
    } ranks[] = {{"min", 0}, {"p50", 500}, {"p95", 950}, {"max", 1000}};

    for (unsigned i = 0; i < SEED_FIGURES; i++) {
        size_t count = tally->figure_counts[i];
        if (count == 0) {
            continue;
        }
        stats_sort(tally->figures[i], count);
        (void)fprintf(out, "  %-13s", rows[i].name);
        for (size_t k = 0; k < sizeof(ranks) / sizeof(ranks[0]); k++) {
            int64_t figure = stats_rank(tally->figures[i], count, ranks[k].per_mille);
            (void)fprintf(out, "  %s %9s", ranks[k].name, figure_text(arena, rows[i].unit, figure));
        }
        (void)fputs("\n", out);
    }
}
