/* YAML text that grows in an arena: keys, and values in their shortest exact form. It refuses to
   know what a scenario is. Private to the scenario room. */
#ifndef BASCULE_SCENARIO_WRITING_H
#define BASCULE_SCENARIO_WRITING_H

#include "base/arena.h"
#include "base/nanos.h"

#include <stddef.h>
#include <stdint.h>

struct writing {
    struct arena *arena;
    char *data; /* always NUL-terminated */
    size_t length;
    size_t capacity;
    unsigned flow;   /* open { and [ */
    unsigned indent; /* of keys outside of them, in blanks */
};

void writing_init(struct writing *writing, struct arena *arena);
void writing_bytes(struct writing *writing, const char *bytes, size_t length);
void writing_add(struct writing *writing, const char *text);
/* Short pieces only, nothing of the user's. */
void writing_printf(struct writing *writing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "{" or "[" in place of a value, and its end. */
void writing_open(struct writing *writing, const char *bracket);
void writing_close(struct writing *writing, const char *bracket);
/* Before each item of a [list]. */
void writing_item(struct writing *writing);
/* Begins an entry: on a line of its own, inside { } after a comma. */
void writing_key(struct writing *writing, const char *key);
/* The same where the entries of a block follow, deeper by 2 blanks, until it is ended. */
void writing_begin(struct writing *writing, const char *key);
void writing_end(struct writing *writing);

/* Values. Text is quoted where YAML would read something else without. */
void writing_text(struct writing *writing, const char *text);
/* A [list] of them. */
void writing_texts(struct writing *writing, const char *const *texts, size_t count);
/* JSON, which is YAML but for what is invisible in its texts. */
void writing_json(struct writing *writing, const char *json);
/* The same as text, folded into several lines where it is long and has blanks to break at. */
void writing_prose(struct writing *writing, const char *text);
void writing_duration(struct writing *writing, nanos duration);
void writing_ratio(struct writing *writing, uint32_t ppm);
void writing_size(struct writing *writing, uint64_t bytes);
void writing_rate(struct writing *writing, uint64_t micro);

enum written_type {
    WRITTEN_DURATION,  /* nanos */
    WRITTEN_COUNT,     /* uint32_t */
    WRITTEN_RATIO,     /* uint32_t, parts per million */
    WRITTEN_RATE,      /* uint64_t, millionths a second */
    WRITTEN_SIZE,      /* uint64_t, bytes */
    WRITTEN_BYTE_RATE, /* uint64_t, bytes a second */
    WRITTEN_BOOL,      /* true and false, or the words */
    WRITTEN_WORD,      /* an enum, by its words */
    WRITTEN_TEXT,      /* const char *; NULL is never written */
};

struct written_field {
    const char *key;
    enum written_type type;
    size_t offset;
    const char *const *words;
};

#define WRITTEN_FIELD(struct_type, member, word, type_of_value)                                    \
    .key = (word), .type = (type_of_value), .offset = offsetof(struct_type, member)

/* Those members of *value that are not as in *defaults. */
void writing_fields(struct writing *writing,
                    const struct written_field *fields,
                    size_t field_count,
                    const void *value,
                    const void *defaults);

/* The same as a mapping under that key; nothing at all where nothing differs. */
void writing_map(struct writing *writing,
                 const char *key,
                 const struct written_field *fields,
                 size_t field_count,
                 const void *value,
                 const void *defaults);

#endif
