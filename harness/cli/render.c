#include "base/text.h"
#include "cli/command.h"
#include "cli/formats.h"
#include "cli/report_files.h"
#include "report/atomic_file.h"
#include "report/utf8.h"

#include <stdio.h>
#include <sys/stat.h>

struct rendering {
    struct arena arena;
    const char *path;
    const char *output; /* NULL: none was given */
    enum render_format format;
    bool folder;
    struct document *documents;
    size_t count;
};

/* ---- What is wanted ---- */

static int
take_options(struct rendering *rendering, const struct options *options, struct error *reterr)
{
    const char *word = options_value(options, "format");

    if (options->operand_count != 1) {
        return error_plain(reterr, options->operand_count == 0
                                       ? "which report, or folder of reports?"
                                       : "one report, or one folder, at a time");
    }
    rendering->path = options->operands[0];
    rendering->output = options_value(options, "output");
    rendering->format = RENDER_TEXT;
    return word == NULL ? 0 : formats_take_one(&rendering->format, word, reterr);
}

static bool is_same(const char *a, const char *b)
{
    struct stat of_a;
    struct stat of_b;

    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
           of_a.st_ino == of_b.st_ino;
}

static bool is_pages(const struct rendering *rendering)
{
    return rendering->format == RENDER_HTML && rendering->folder;
}

/* What would replace a report, or one page another. */
static int check_output(struct rendering *rendering, struct error *reterr)
{
    struct arena *arena = &rendering->arena;

    for (size_t i = 0; i < rendering->count; i++) {
        const char *path = rendering->documents[i].path;
        if (rendering->output != NULL && is_same(path, rendering->output)) {
            return error_plain(reterr, "%s: error: that is the report itself",
                               utf8_printable(arena, rendering->output));
        }
        if (is_pages(rendering) && text_equal(render_stem(arena, path), RENDER_INDEX_NAME)) {
            return error_plain(reterr,
                               "%s: error: the index takes the place of its page: rename it",
                               utf8_printable(arena, path));
        }
    }
    return 0;
}

/* ---- Reading ---- */

/* All mistakes in one go. */
static bool read_all(struct rendering *rendering)
{
    struct arena *arena = &rendering->arena;
    struct files files;
    struct stat status;
    bool good = report_files_find(&files, arena, &rendering->path, 1, true);

    rendering->folder = stat(rendering->path, &status) == 0 && S_ISDIR(status.st_mode);
    rendering->documents = ARENA_ARRAY(arena, struct document, files.count + 1);
    for (size_t i = 0; i < files.count; i++) {
        struct error error = {.text = ""};
        if (document_read(&rendering->documents[i], arena, files.paths[i], &error) < 0) {
            (void)fprintf(stderr, "%s\n", utf8_printable(arena, error.text));
            good = false;
        }
    }
    rendering->count = files.count;
    return good;
}

/* ---- Writing ---- */

static int write_pages(struct rendering *rendering, struct error *reterr)
{
    const char *folder = rendering->output != NULL ? rendering->output : rendering->path;

    if (atomic_file_prepare_folder(folder, reterr) < 0 ||
        render_pages(folder, rendering->documents, rendering->count, reterr) < 0) {
        return -1;
    }
    (void)printf("%zu page%s and index.html in %s\n", rendering->count,
                 rendering->count == 1 ? "" : "s", utf8_printable(&rendering->arena, folder));
    return 0;
}

static int write_it(struct rendering *rendering, struct error *reterr)
{
    if (is_pages(rendering)) {
        return write_pages(rendering, reterr);
    }
    if (rendering->output != NULL) {
        return render_file(rendering->output, rendering->format, rendering->documents,
                           rendering->count, reterr);
    }
    /* A failure shows when the standard output is closed. */
    (void)render_write(stdout, rendering->format, rendering->documents, rendering->count, reterr);
    return 0;
}

static int give_up(void)
{
    (void)fputs("nothing was rendered\n", stderr);
    return STATUS_USAGE;
}

static int render_with(struct rendering *rendering, const struct options *options)
{
    struct arena *arena = &rendering->arena;
    struct error error = {.text = ""};

    if (take_options(rendering, options, &error) < 0) {
        return command_misused(&command_render, utf8_printable(arena, error.text));
    }
    if (!read_all(rendering)) {
        return give_up();
    }
    if (check_output(rendering, &error) < 0) {
        (void)fprintf(stderr, "%s\n", utf8_printable(arena, error.text));
        return give_up();
    }
    if (write_it(rendering, &error) < 0) {
        (void)fprintf(stderr, "bascule render: %s\n", utf8_printable(arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    return STATUS_GOOD;
}

static int render(const struct options *options)
{
    struct rendering rendering = {.path = NULL};

    arena_init(&rendering.arena, 0);
    int status = render_with(&rendering, options);
    arena_done(&rendering.arena);
    return status;
}

static const struct option_spec render_options[] = {
    {"format", "FORMAT", "html, junit, markdown or text (text)", '\0'},
    {"output", "FILE", "write there, not to the standard output", 'o'},
};

const struct command command_render = {
    .name = "render",
    .summary = "show a report, or a folder of them, as HTML, JUnit XML, Markdown or text",
    .operands = "REPORT.json|DIR",
    .about = "Draws what a report says; nothing is run or measured. Of a folder all *.json are\n"
             "taken, but for latest.json, and told in one: only HTML has a page for each,\n"
             "DIR/NAME.html, and DIR/index.html that leads to them; -o names another folder.\n"
             "\n"
             "Exit status 0: rendered, whatever the verdict; 2: usage, or no report: truncated,\n"
             "edited, or of a version that is not known; 3: a file could not be written.\n",
    .example = "  bascule render reports/kill-primary.json\n"
               "  bascule render --format html -o kill.html reports/kill-primary.json\n"
               "  bascule render --format html reports\n"
               "  bascule render --format markdown reports >>\"$GITHUB_STEP_SUMMARY\"\n",
    .options = {render_options, sizeof(render_options) / sizeof(render_options[0])},
    .run = render,
};
