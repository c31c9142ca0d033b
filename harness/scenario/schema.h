/* Mappings read by tables: unknown, missing and wrongly typed keys are complained about, all of
   them, each with its place; it refuses to know any particular section. Readers leave the target
   alone where the value is wrong. */
#ifndef BASCULE_SCENARIO_SCHEMA_H
#define BASCULE_SCENARIO_SCHEMA_H

#include "base/error.h"
#include "scenario/yaml_value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEMA_FIELDS_MAX 32

struct reader;
struct schema_field;

/* Converts value into *target, or complains. */
#define SCHEMA_READER(name)                                                                        \
    void name(struct reader *reader, const struct schema_field *field,                             \
              const struct yaml_value *value, void *target)

struct schema_field {
    const char *key;
    SCHEMA_READER((*read));
    size_t offset; /* of the target in the struct that is read into */
    int64_t min;   /* of counts, durations (ns), ratios (ppm), sizes (bytes) */
    int64_t max;   /* 0: the greatest that the reader knows */
    unsigned only; /* bits of the variants that take the key; 0: all do */
    bool required;
};

#define SCHEMA_FIELD(type, member, word, reader_of_value)                                          \
    .key = (word), .read = (reader_of_value), .offset = offsetof(type, member)

struct schema {
    const char *where; /* "'client'", "a request"; NULL for the file itself */
    const struct schema_field *fields;
    size_t field_count;
    unsigned variant; /* one bit, or several where it is not known; 0: the table has no variants */
    const char *variant_name; /* "profile 'none'" */
    const char *free_prefix;  /* keys that begin so are not looked at; NULL: none */
};

/* False if value is no mapping. Mistakes inside it are complained about and do not make it false.
 */
bool schema_read(struct reader *reader,
                 const struct schema *schema,
                 const struct yaml_value *value,
                 void *ret);

/* Complaints. A value with an explicit tag is complained about once, elsewhere; so is the same
   mistake reached twice through an alias. Every call counts as a mistake all the same. */
void schema_complain(struct reader *reader, const struct yaml_value *value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void schema_complain_at(struct reader *reader, struct source_at at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "'rate' must be a rate like 200/s, not 'fast'" */
void schema_mismatch(struct reader *reader,
                     const struct yaml_value *value,
                     const char *key,
                     const char *expected);
/* " (did you mean 'kill'?)", or "" if nothing is near; not for long lists. */
const char *
schema_suggest(struct reader *reader, const char *word, const char *const *words, size_t count);

/* Values of the usual types. Targets: const char *, nanos, uint32_t, uint32_t (ppm), uint64_t
 * (bytes), bool. */
SCHEMA_READER(schema_text);
SCHEMA_READER(schema_duration);
SCHEMA_READER(schema_count);
SCHEMA_READER(schema_ratio);
SCHEMA_READER(schema_size);
SCHEMA_READER(schema_byte_rate);
SCHEMA_READER(schema_bool);
/* Looks at nothing; for keys that are read elsewhere. */
SCHEMA_READER(schema_skip);

/* The same, for values that are no field of a table. False after a complaint. */
bool schema_take_text(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      const char **ret);
bool schema_take_count(struct reader *reader,
                       const struct schema_field *field,
                       const struct yaml_value *value,
                       int64_t *ret);
/* The index of the word that value is. */
bool schema_take_word(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      const char *const *words,
                      size_t count,
                      size_t *ret);
/* True for a list of at most max items. */
bool schema_is_list(struct reader *reader,
                    const struct yaml_value *value,
                    const char *key,
                    const char *expected,
                    size_t max);

#endif
