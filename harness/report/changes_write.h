/* A comparison as a table for a terminal, as Markdown for a pull request, and as JSON for programs
   (schema bascule/comparison/1, told in docs/compare.md). */
#ifndef BASCULE_REPORT_CHANGES_WRITE_H
#define BASCULE_REPORT_CHANGES_WRITE_H

#include "report/changes.h"

#include <stdio.h>

struct changes_look {
    bool colour;
    bool plain; /* ASCII only */
};

void changes_write_text(FILE *out,
                        struct arena *arena,
                        const struct changes *changes,
                        struct changes_look look);
void changes_write_markdown(FILE *out, struct arena *arena, const struct changes *changes);
void changes_write_json(FILE *out, struct arena *arena, const struct changes *changes);

#endif
