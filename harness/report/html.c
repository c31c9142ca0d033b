#include "report/html.h"

#include "report/html_parts.h"

#include <errno.h>

int html_write(FILE *out,
               const struct document *document,
               struct arena *arena,
               struct error *reterr)
{
    struct page page = {.out = out, .arena = arena, .document = document};
    const struct html_frame frame = {
        .title = arena_printf(arena, "%s: %s", document->name, document->verdict),
        .verdict = document->verdict,
        .version = document->tool_version,
    };

    html_runs_order(&page);
    html_frame_begin(&page, &frame);
    html_verdict(&page);
    html_expectations(&page);
    if (document->run_count > 0) {
        html_timelines(&page);
        html_repeats(&page);
        html_nodes(&page);
        html_harness(&page);
    }
    html_scenario(&page);
    html_surroundings(&page);
    html_frame_end(&page, &frame);
    if (fflush(out) != 0 || ferror(out)) {
        return error_os(reterr, errno, "cannot write the page of %s", document->path);
    }
    return 0;
}
