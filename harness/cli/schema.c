#include "base/arena.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/schema_document.h"
#include "report/utf8.h"

#include <stdio.h>

static int misnamed(const char *name)
{
    static const char *const names[] = {"scenario", "report", "journal", "comparison", "history"};
    const char *meant = text_nearest(name, names, sizeof(names) / sizeof(names[0]));
    struct arena arena;

    arena_init(&arena, 0);
    const char *text =
        arena_printf(&arena, "unknown schema '%s'%s%s%s", utf8_printable(&arena, name),
                     meant != NULL ? " (did you mean '" : "", meant != NULL ? meant : "",
                     meant != NULL ? "'?)" : "");
    int status = command_misused(&command_schema, text);
    arena_done(&arena);
    return status;
}

static int schema(const struct options *options)
{
    size_t length = 0;

    if (options->operand_count != 1) {
        return command_misused(&command_schema,
                               "which schema? scenario, report, journal, comparison or history");
    }
    const char *text = schema_document(options->operands[0], &length);
    if (text == NULL) {
        return misnamed(options->operands[0]);
    }
    (void)fwrite(text, 1, length, stdout);
    return STATUS_GOOD;
}

const struct command command_schema = {
    .name = "schema",
    .summary = "print a JSON Schema",
    .operands = "scenario|report|journal|comparison|history",
    .about =
        "Prints the JSON Schema (draft 7) of a scenario, of a report, of one line of a journal,\n"
        "or of the output of compare and history as JSON. Editors can use the first to\n"
        "complete and check scenarios.\n",
    .example = "  bascule schema scenario >scenario.schema.json\n",
    .run = schema,
};
