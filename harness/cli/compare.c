#include "core/compare.h"

#include "base/text.h"
#include "cli/archives.h"
#include "cli/command.h"
#include "cli/run_view.h"
#include "report/changes_write.h"
#include "report/utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define THRESHOLD_DEFAULT 0.1
#define THRESHOLD_MAX     1000.0 /* per cent */

enum form { FORM_TEXT, FORM_MARKDOWN, FORM_JSON };

struct comparing {
    struct arena arena;
    struct compare_rules rules;
    enum form form;
};

/* ---- Options ---- */

static int take_form(struct comparing *comparing, const char *word, struct error *reterr)
{
    static const char *const words[] = {"text", "markdown", "json"};

    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]) && word != NULL; i++) {
        if (text_equal(word, words[i])) {
            comparing->form = (enum form)i;
            return 0;
        }
    }
    return word == NULL
               ? 0
               : error_plain(reterr, "unknown format '%.60s': text, markdown or json", word);
}

/* "10%", "10" or "2.5%". */
static int take_threshold(struct comparing *comparing, const char *word, struct error *reterr)
{
    char *end = NULL;

    if (word == NULL) {
        return 0;
    }
    double percent = strtod(word, &end);
    bool digits = (word[0] >= '0' && word[0] <= '9') && end != word;
    end += *end == '%' ? 1 : 0;
    if (!digits || *end != '\0' || !(percent <= THRESHOLD_MAX)) {
        return error_plain(reterr,
                           "option '--threshold' wants a percentage from 0%% to %.0f%%, "
                           "not '%.60s'",
                           THRESHOLD_MAX, word);
    }
    comparing->rules.threshold = percent / 100;
    return 0;
}

static int
take_options(struct comparing *comparing, const struct options *options, struct error *reterr)
{
    if (options->operand_count != 2) {
        return error_plain(reterr, "two are compared: BASE and HEAD, each a report or a folder");
    }
    if (take_form(comparing, options_value(options, "format"), reterr) < 0) {
        return -1;
    }
    return take_threshold(comparing, options_value(options, "threshold"), reterr);
}

/* ---- The comparison ---- */

static void show(struct comparing *comparing, const struct changes *changes, bool no_colour)
{
    struct run_view view;

    switch (comparing->form) {
    case FORM_MARKDOWN:
        changes_write_markdown(stdout, &comparing->arena, changes);
        return;
    case FORM_JSON:
        changes_write_json(stdout, &comparing->arena, changes);
        return;
    case FORM_TEXT:
        break;
    }
    run_view_init(&view, "compare", 0, no_colour);
    const struct changes_look look = {.colour = view.colour, .plain = !archives_may_print_utf8()};
    changes_write_text(stdout, &comparing->arena, changes, look);
}

static void tell_copies(const char *side, const struct archive *archive)
{
    if (archive->copies > 0) {
        (void)fprintf(stderr, "%zu of %s left out: the same report is there already\n",
                      archive->copies, side);
    }
}

static int compare_with(struct comparing *comparing, const struct options *options)
{
    struct error error = {.text = ""};
    struct archive base;
    struct archive head;
    struct changes changes;

    if (take_options(comparing, options, &error) < 0) {
        return command_misused(&command_compare, utf8_printable(&comparing->arena, error.text));
    }
    bool good = archives_read(&base, &comparing->arena, &options->operands[0], 1);
    good = archives_read(&head, &comparing->arena, &options->operands[1], 1) && good;
    if (good &&
        changes_make(&changes, &comparing->arena, &base, &head, comparing->rules, &error) < 0) {
        (void)fprintf(stderr, "bascule compare: %s\n",
                      utf8_printable(&comparing->arena, error.text));
        good = false;
    }
    if (!good) {
        (void)fputs("nothing was compared\n", stderr);
        return STATUS_USAGE;
    }
    tell_copies("BASE", &base);
    tell_copies("HEAD", &head);
    show(comparing, &changes, options_has(options, "no-color"));
    if (changes.total.worse > 0) {
        return STATUS_FAILED;
    }
    return changes_is_open(&changes) ? STATUS_INCONCLUSIVE : STATUS_GOOD;
}

static int compare(const struct options *options)
{
    struct comparing comparing = {.rules = {.threshold = THRESHOLD_DEFAULT}};

    arena_init(&comparing.arena, 0);
    int status = compare_with(&comparing, options);
    arena_done(&comparing.arena);
    return status;
}

static const struct option_spec compare_options[] = {
    {"threshold", "PCT", "changes up to that much are none (10%)", '\0'},
    {"format", "FORMAT", "text, markdown or json (text)", '\0'},
    {"no-color", NULL, "no colours, as NO_COLOR=1 does", '\0'},
};

const struct command command_compare = {
    .name = "compare",
    .summary = "is HEAD worse than BASE?",
    .operands = "BASE HEAD",
    .about =
        "BASE and HEAD are reports, or folders of them. All runs of a scenario in a folder are\n"
        "taken together; switchover, outage, worst latency, failed requests and success ratio\n"
        "are compared by the Mann-Whitney test, corrected for their number. HEAD is worse if a\n"
        "change is significant, larger than the threshold and than the resolution of both.\n"
        "\n"
        "Exit status 0: nothing is worse; 1: something is; 2: usage, or a file is no report;\n"
        "3: too few runs to say, and how many would do.\n",
    .example = "  bascule compare base head\n"
               "  bascule compare --format markdown base head >>\"$GITHUB_STEP_SUMMARY\"\n",
    .options = {compare_options, sizeof(compare_options) / sizeof(compare_options[0])},
    .run = compare,
};
