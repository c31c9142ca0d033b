#include "report/history.h"

#include "base/text.h"
#include "cli/archives.h"
#include "cli/command.h"
#include "cli/history_pages.h"
#include "report/progress.h"
#include "report/utf8.h"

#include <stdio.h>
#include <unistd.h>

static int misused(const char *text)
{
    return command_misused(&command_history, text);
}

static int show(struct arena *arena, struct archive *archive, const char *form)
{
    struct error error = {.text = ""};

    if (text_equal(form, "json")) {
        history_write_json(stdout, archive);
    } else if (text_equal(form, "html")) {
        history_pages_find(arena, archive);
        /* A failure shows when the standard output is closed. */
        (void)history_write_html(stdout, arena, archive, &error);
    } else {
        const struct history_look look = {.plain = !archives_may_print_utf8(),
                                          .columns = progress_columns(STDOUT_FILENO)};
        history_write_text(stdout, arena, archive, look);
    }
    return STATUS_GOOD;
}

static int history_with(struct arena *arena, const struct options *options)
{
    const char *form = options_value(options, "format");
    struct archive archive;

    if (options->operand_count == 0) {
        return misused("which folder of reports?");
    }
    if (form != NULL && !text_equal(form, "text") && !text_equal(form, "html") &&
        !text_equal(form, "json")) {
        return misused(arena_printf(arena, "unknown format '%.60s': text, html or json",
                                    utf8_printable(arena, form)));
    }
    if (!archives_read(&archive, arena, options->operands, options->operand_count)) {
        (void)fputs("nothing was shown\n", stderr);
        return STATUS_USAGE;
    }
    archive_sort(&archive);
    return show(arena, &archive, form);
}

static int history(const struct options *options)
{
    struct arena arena;

    arena_init(&arena, 0);
    int status = history_with(&arena, options);
    arena_done(&arena);
    return status;
}

static const struct option_spec history_options[] = {
    {"format", "FORMAT", "text, html or json (text)", '\0'},
};

const struct command command_history = {
    .name = "history",
    .summary = "switchover and outage of each scenario over many reports",
    .operands = "DIR...",
    .about =
        "Takes all reports (*.json) below the folders in the order in which they were made and\n"
        "draws, scenario by scenario, the switchover and the outage of the worst run of each.\n"
        "A report that is there twice counts once. Keep reports by giving each run a folder\n"
        "of its own. The page (html) leads to those of the reports that have one.\n"
        "\n"
        "Exit status 0: shown; 2: usage, or a file is no report.\n",
    .example = "  bascule history reports\n"
               "  bascule history --format html reports >history.html\n",
    .options = {history_options, sizeof(history_options) / sizeof(history_options[0])},
    .run = history,
};
