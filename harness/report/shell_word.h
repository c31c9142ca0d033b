/* A string written so that a shell reads it back as one word; for commands that are shown to be
   copied. */
#ifndef BASCULE_REPORT_SHELL_WORD_H
#define BASCULE_REPORT_SHELL_WORD_H

#include "base/arena.h"

/* In the arena, or the word itself where it needs no quotes. */
const char *shell_word(struct arena *arena, const char *word);

#endif
