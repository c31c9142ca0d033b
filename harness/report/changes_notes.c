#include "report/changes_notes.h"

#include "base/text.h"

enum { NOTES_MAX = 32 };

struct notes {
    struct arena *arena;
    const char *items[NOTES_MAX];
    size_t count;
};

static void add_note(struct notes *notes, const char *text)
{
    if (notes->count < NOTES_MAX) {
        notes->items[notes->count++] = text;
    }
}

static const char *sha256_of(const struct archive_report *report)
{
    return report->sha256;
}

static const char *settings_of(const struct archive_report *report)
{
    return report->settings;
}

static const char *machine_of(const struct archive_report *report)
{
    return report->machine;
}

static const char *version_of(const struct archive_report *report)
{
    return report->version;
}

/* The first text of either side that the first report of BASE does not have; NULL: all agree. */
static const char *other_text(struct changes_span base,
                              struct changes_span head,
                              const char *(*text_of)(const struct archive_report *))
{
    for (size_t i = 0; i < base.count + head.count; i++) {
        const struct archive_report *report =
            i < base.count ? &base.items[i] : &head.items[i - base.count];
        if (!text_equal(text_of(report), text_of(&base.items[0]))) {
            return text_of(report);
        }
    }
    return NULL;
}

static const char *settings_text(const char *settings)
{
    return settings[0] == '\0' ? "none" : settings;
}

static void
note_differences(struct notes *notes, struct changes_span base, struct changes_span head)
{
    if (other_text(base, head, sha256_of) != NULL) {
        add_note(notes, "the scenario changed: the reports are of different texts");
    }
    const char *other = other_text(base, head, settings_of);
    if (other != NULL) {
        add_note(notes,
                 arena_printf(notes->arena, "settings differ: %s; %s",
                              settings_text(settings_of(&base.items[0])), settings_text(other)));
    }
    other = other_text(base, head, machine_of);
    if (other != NULL) {
        add_note(notes, arena_printf(notes->arena, "measured on different machines: %s; %s",
                                     machine_of(&base.items[0]), other));
    }
    other = other_text(base, head, version_of);
    if (other != NULL) {
        add_note(notes, arena_printf(notes->arena, "measured by bascule %s and %s",
                                     version_of(&base.items[0]), other));
    }
}

size_t changes_notes_doubted(struct changes_span span)
{
    size_t count = 0;

    for (size_t i = 0; i < span.count; i++) {
        count += span.items[i].doubted;
    }
    return count;
}

static void note_verdicts(struct notes *notes, const char *side, struct changes_span span)
{
    static const char *const verdicts[] = {"fail", "inconclusive", "skipped"};

    for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
        size_t count = 0;
        for (size_t k = 0; k < span.count; k++) {
            count += text_equal(span.items[k].verdict, verdicts[i]) ? 1 : 0;
        }
        if (count > 0 && span.count == 1) {
            add_note(notes, arena_printf(notes->arena, "verdict of %s: %s", side, verdicts[i]));
        } else if (count > 0) {
            add_note(notes, arena_printf(notes->arena, "verdict of %s: %s in %zu of %zu reports",
                                         side, verdicts[i], count, span.count));
        }
    }
    size_t doubted = changes_notes_doubted(span);
    if (doubted > 0) {
        add_note(notes, arena_printf(notes->arena, "%zu inconclusive run%s of %s left out", doubted,
                                     doubted == 1 ? "" : "s", side));
    }
}

static void note_missing(struct notes *notes,
                         const char *side,
                         enum archive_metric metric,
                         const struct changes_side *figures)
{
    if (figures->missing > 0 && figures->sample.count > 0) {
        add_note(notes,
                 arena_printf(notes->arena, "%zu run%s of %s without %s", figures->missing,
                              figures->missing == 1 ? "" : "s", side, archive_metric_word(metric)));
    }
}

void changes_notes_take(struct arena *arena,
                        struct changes_span base,
                        struct changes_span head,
                        struct changes_scenario *ret)
{
    struct notes notes = {.arena = arena};

    if (base.count == 0 || head.count == 0) {
        add_note(&notes, base.count == 0 ? "new: BASE has no report of it"
                                         : "missing: HEAD has no report of it");
    } else {
        note_differences(&notes, base, head);
    }
    note_verdicts(&notes, "BASE", base);
    note_verdicts(&notes, "HEAD", head);
    for (size_t i = 0; i < ret->row_count; i++) {
        note_missing(&notes, "BASE", ret->rows[i].metric, &ret->rows[i].base);
        note_missing(&notes, "HEAD", ret->rows[i].metric, &ret->rows[i].head);
    }
    const char **copied = ARENA_ARRAY(arena, const char *, notes.count + 1);
    for (size_t i = 0; i < notes.count; i++) {
        copied[i] = notes.items[i];
    }
    ret->notes = copied;
    ret->note_count = notes.count;
}
