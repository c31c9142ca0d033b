#include "cli/run_view.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && value[0] != '\0' && !text_equal(value, "false");
}

static bool is_capable(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) == 1 && term != NULL && !text_equal(term, "dumb");
}

void run_view_init(struct run_view *view, const char *command, size_t name_width, bool no_colour)
{
    const char *no_color = getenv("NO_COLOR");
    bool ci = is_set("CI");

    *view = (struct run_view){
        .command = command,
        .terse = ci,
        .live = !ci && is_capable(STDERR_FILENO),
        .rows = !ci && isatty(STDOUT_FILENO) == 1,
        .colour = !ci && !no_colour && (no_color == NULL || no_color[0] == '\0') &&
                  is_capable(STDOUT_FILENO),
    };
    view->table = (struct report_table){.name_width = name_width, .colour = view->colour};
    progress_init(&view->line, STDERR_FILENO);
}

void run_view_begin(struct run_view *view)
{
    if (view->rows) {
        report_text_table_head(stdout, &view->table);
    }
    (void)fflush(stdout);
}

void run_view_progress(struct run_view *view, const struct progress *progress)
{
    const struct scenario *scenario = progress->scenario;
    bool served = progress->serving != NODE_NONE;
    const struct progress_status status = {
        .name = scenario->name,
        .run = progress->run,
        .run_count = progress->run_count,
        .now = progress->now,
        .duration = scenario->duration,
        .due = progress->due,
        .ok = progress->ok,
        .failed = progress->failed,
        .in_flight = progress->in_flight,
        .serving = served ? scenario->nodes[progress->serving].name : NULL,
        .next_fault = progress->next_fault,
        .next_fault_at = progress->next_fault_at,
    };

    if (view->live) {
        progress_show(&view->line, &status);
    }
}

void run_view_complain(struct run_view *view, const char *text)
{
    progress_clear(&view->line);
    (void)fprintf(stderr, "bascule %s: %s\n", view->command, text);
}

void run_view_ended(struct run_view *view, const struct ending *ending)
{
    progress_clear(&view->line);
    if (view->rows) {
        report_text_table_row(stdout, &view->table, &ending->headline);
    } else {
        report_text_line(stdout, &ending->headline, view->colour);
    }
    /* Whoever watches a log wants it now; a failure is noticed when stdout is closed. */
    (void)fflush(stdout);
}

static void print_table(const struct run_view *view, const struct ending_list *endings)
{
    (void)fputs("\n", stdout);
    report_text_table_head(stdout, &view->table);
    for (size_t i = 0; i < endings->count; i++) {
        report_text_table_row(stdout, &view->table, &endings->items[i].headline);
    }
}

static bool any_star(const struct ending_list *endings)
{
    for (size_t i = 0; i < endings->count; i++) {
        if (endings->items[i].headline.note[0] != '\0') {
            return true;
        }
    }
    return false;
}

void run_view_details(const struct ending_list *endings)
{
    for (size_t i = 0; i < endings->count; i++) {
        (void)fputs(endings->items[i].details, stdout);
    }
}

void run_view_finish(struct run_view *view, const struct ending_list *endings)
{
    progress_clear(&view->line);
    if (!view->rows && endings->count > 1) {
        print_table(view, endings);
    }
    if (any_star(endings) && (view->rows || endings->count > 1)) {
        report_text_table_foot(stdout);
    }
    run_view_details(endings);
}
