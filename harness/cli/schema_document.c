#include "cli/schema_document.h"

#include "base/text.h"

/* The assembler copies the files in, so that the program needs none of them at run time. */
#define EMBED(symbol, path)                                                                        \
    __asm__(".pushsection .rodata\n" #symbol "_start:\n"                                           \
            ".incbin \"" path "\"\n" #symbol "_end:\n"                                             \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char symbol##_start[];                                                            \
    extern const char symbol##_end[]

EMBED(schema_scenario, "schemas/scenario.schema.json");
EMBED(schema_report, "schemas/report.schema.json");
EMBED(schema_journal, "schemas/journal.schema.json");
EMBED(schema_comparison, "schemas/comparison.schema.json");
EMBED(schema_history, "schemas/history.schema.json");

struct schema {
    const char *name;
    const char *start;
    const char *end;
};

static const struct schema schemas[] = {
    {"scenario", schema_scenario_start, schema_scenario_end},
    {"report", schema_report_start, schema_report_end},
    {"journal", schema_journal_start, schema_journal_end},
    {"comparison", schema_comparison_start, schema_comparison_end},
    {"history", schema_history_start, schema_history_end},
};

const char *schema_document(const char *name, size_t *ret_length)
{
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        if (text_equal(schemas[i].name, name)) {
            *ret_length = (size_t)(schemas[i].end - schemas[i].start);
            return schemas[i].start;
        }
    }
    return NULL;
}
