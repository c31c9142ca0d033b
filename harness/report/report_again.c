#include "report/report_again.h"

#include "report/shell_word.h"
#include "report/utf8.h"

#include <inttypes.h>

static const char *
command_text(struct arena *arena, const struct scenario_result *result, const char *command)
{
    const char *options = result->options != NULL ? result->options : "";

    return arena_printf(arena, "bascule %s --seed %" PRIu64 "%s%s %s", command, result->seed,
                        options[0] != '\0' ? " " : "", options,
                        shell_word(arena, result->scenario->file));
}

/* In one piece, however long, so that it can be copied. */
static void print_piece(FILE *out, struct arena *arena, const char *what, const char *text)
{
    (void)fprintf(out, "  -> %s: %s\n", what, utf8_printable(arena, text));
}

void report_again(FILE *out,
                  struct arena *arena,
                  const struct scenario_result *result,
                  const char *report_path)
{
    if (result->again != NULL) {
        print_piece(out, arena, "again", result->again);
    } else if (result->simulated) {
        print_piece(out, arena, "again", command_text(arena, result, "simulate"));
        print_piece(out, arena, "for real", command_text(arena, result, "run"));
    } else {
        print_piece(out, arena, "again", command_text(arena, result, "run"));
    }
    if (report_path != NULL) {
        print_piece(out, arena, "all of it", report_path);
    }
}
