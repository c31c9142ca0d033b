#include "report/shell_word.h"

#include <string.h>

const char *shell_word(struct arena *arena, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,%@+";
    size_t length = strlen(word);

    if (length > 0 && word[strspn(word, plain)] == '\0') {
        return word;
    }
    char *quoted = arena_alloc(arena, 4 * length + 3);
    size_t end = 0;
    quoted[end++] = '\'';
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\'') { /* out of the quotes, itself, and in again */
            quoted[end++] = '\'';
            quoted[end++] = '\\';
            quoted[end++] = '\'';
        }
        quoted[end++] = *at;
    }
    quoted[end] = '\'';
    return quoted;
}
