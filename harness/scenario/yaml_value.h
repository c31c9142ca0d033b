/* A YAML document as a tree in which every value knows its place; it refuses to know libyaml and
   the words of a scenario. All of it lives in one arena. Values reached through aliases are shared,
   so a tree is read-only once built. */
#ifndef BASCULE_SCENARIO_YAML_VALUE_H
#define BASCULE_SCENARIO_YAML_VALUE_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
    VALUE_SCALAR,
    VALUE_LIST,
    VALUE_MAP,
};

enum value_style {
    VALUE_PLAIN,
    VALUE_QUOTED,
    VALUE_BLOCK, /* | or > */
};

struct yaml_value;

struct yaml_pair {
    const struct yaml_value *key; /* a scalar */
    const struct yaml_value *value;
};

struct yaml_value {
    enum value_kind kind;
    enum value_style style; /* of a scalar */
    struct source_at at;
    const char *text; /* of a scalar; without NULs */
    const char *tag;  /* as one would write it ("!!str"), NULL if none was given */
    const struct yaml_value *const *items;
    const struct yaml_pair *pairs; /* without duplicates, merge keys resolved */
    size_t count;                  /* of items or pairs */
    uint32_t size; /* values in it, itself included, aliases expanded; 0 while it is being built */
    uint32_t height; /* levels in it: 1 for a scalar */
    const struct yaml_value *next_tagged;
};

/* The type of a scalar by the core rules of YAML 1.2; 010 is text here, being read differently by
 * different readers. */
enum core_type {
    CORE_TEXT,
    CORE_NULL,
    CORE_BOOL,
    CORE_INT,
    CORE_FLOAT,
};

enum core_type yaml_value_type(const struct yaml_value *scalar);
bool yaml_value_is_null(const struct yaml_value *value);
bool yaml_value_is_text(const struct yaml_value *value);

/* The value of a CORE_INT; false if it is beyond 64 bits (or negative, for the unsigned one). */
bool yaml_value_int(const struct yaml_value *scalar, int64_t *ret);
bool yaml_value_unsigned(const struct yaml_value *scalar, uint64_t *ret);
/* Of a CORE_BOOL. */
bool yaml_value_bool(const struct yaml_value *scalar);

/* NULL if the map has no such key. */
const struct yaml_pair *yaml_value_pair(const struct yaml_value *map, const char *key);
const struct yaml_value *yaml_value_get(const struct yaml_value *map, const char *key);

/* How a complaint speaks of a value: "a list", "'abc'", "the number 5"; long texts are clipped,
 * control characters shown. */
const char *yaml_value_describe(struct arena *arena, const struct yaml_value *value);
const char *yaml_text_quote(struct arena *arena, const char *text);

#endif
