#include "report/latest.h"

#include "base/check.h"
#include "report/atomic_file.h"
#include "report/value.h"

#include <stdlib.h>
#include <string.h>

static json_t *latest_value(const struct latest *latest)
{
    char time[VALUE_TIME_MAX];
    json_t *value = json_object();
    json_t *reports = json_array();

    for (size_t i = 0; i < latest->report_count; i++) {
        json_t *report = json_object();
        value_put(report, "name", value_text(latest->reports[i].name));
        value_put(report, "file", value_text(latest->reports[i].file));
        value_put(report, "verdict", value_text(verdict_word(latest->reports[i].verdict)));
        value_push(reports, report);
    }
    value_put(value, "schema", value_text("bascule/latest/1"));
    value_put(value, "started_at", value_text(value_time_text(latest->started_realtime, time)));
    value_put(value, "exit", json_integer(latest->exit_status));
    value_put(value, "reports", reports);
    return value;
}

int latest_write(const char *folder, const struct latest *latest, struct error *reterr)
{
    struct arena arena;
    json_t *value = latest_value(latest);
    char *text = json_dumps(value, VALUE_DUMP_FLAGS | JSON_INDENT(2));

    CHECK(text != NULL);
    json_decref(value);
    arena_init(&arena, 0);
    const char *path = arena_printf(&arena, "%s/%s.json", folder, LATEST_NAME);
    const char *line = arena_printf(&arena, "%s\n", text);
    int written = atomic_file_put(path, line, strlen(line), reterr);
    arena_done(&arena);
    free(text);
    return written;
}
