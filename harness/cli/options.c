#include "cli/options.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

/* The arguments that are left. */
struct reader {
    const struct option_table *table;
    const char *const *arguments;
    size_t count;
    size_t next;
    struct options *options;
};

static bool is_help(const char *argument)
{
    return text_equal(argument, "--help") || text_equal(argument, "-h");
}

static const struct option_spec *
find_long(const struct option_table *table, const char *name, size_t length)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option_spec *spec = &table->items[i];
        if (strlen(spec->name) == length && memcmp(spec->name, name, length) == 0) {
            return spec;
        }
    }
    return NULL;
}

static const struct option_spec *find_short(const struct option_table *table, char letter)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->items[i].letter != '\0' && table->items[i].letter == letter) {
            return &table->items[i];
        }
    }
    return NULL;
}

/* The option whose name begins so, else the nearest one; NULL if none is near. */
static const char *
meant_option(const struct option_table *table, struct arena *arena, const char *name)
{
    const char **words = ARENA_ARRAY(arena, const char *, table->count + 1);

    for (size_t i = 0; i < table->count; i++) {
        words[i] = table->items[i].name;
        if (name[0] != '\0' && text_has_prefix(words[i], name)) {
            return words[i];
        }
    }
    words[table->count] = "help";
    return text_nearest(name, words, table->count + 1);
}

static int unknown(const struct reader *reader,
                   struct arena *arena,
                   const char *argument,
                   struct error *reterr)
{
    const char *name = arena_copy(arena, argument, strcspn(argument, "="));
    const char *meant = text_has_prefix(name, "--") && name[2] != '\0'
                            ? meant_option(reader->table, arena, name + 2)
                            : NULL;

    if (meant == NULL) {
        return error_plain(reterr, "unknown option '%s'", name);
    }
    return error_plain(reterr, "unknown option '%s' (did you mean '--%s'?)", name, meant);
}

/* value: what stood in the same argument, NULL if nothing did. */
static int take(struct reader *reader,
                const struct option_spec *spec,
                const char *shown,
                const char *value,
                struct error *reterr)
{
    if (spec->value == NULL && value != NULL) {
        return error_plain(reterr, "option '%s' takes no value", shown);
    }
    if (spec->value != NULL && value == NULL) {
        if (reader->next == reader->count) {
            return error_plain(reterr, "option '%s' needs a value: %s %s", shown, shown,
                               spec->value);
        }
        value = reader->arguments[reader->next++];
    }
    reader->options->uses[reader->options->use_count++] =
        (struct option_use){.spec = spec, .value = value};
    return 0;
}

static int
take_long(struct reader *reader, struct arena *arena, const char *argument, struct error *reterr)
{
    size_t length = strcspn(argument + 2, "=");
    const struct option_spec *spec = find_long(reader->table, argument + 2, length);

    if (spec == NULL) {
        return unknown(reader, arena, argument, reterr);
    }
    const char *value = argument[2 + length] == '=' ? argument + 3 + length : NULL;
    return take(reader, spec, arena_copy(arena, argument, 2 + length), value, reterr);
}

/* One letter an argument: flags are not bundled. */
static int
take_short(struct reader *reader, struct arena *arena, const char *argument, struct error *reterr)
{
    const struct option_spec *spec = find_short(reader->table, argument[1]);

    if (spec == NULL) {
        return unknown(reader, arena, argument, reterr);
    }
    const char *value = argument[2] != '\0' ? argument + 2 : NULL;
    return take(reader, spec, arena_copy(arena, argument, 2), value, reterr);
}

static bool wants_help(const char *const *arguments, size_t count)
{
    for (size_t i = 0; i < count && !text_equal(arguments[i], "--"); i++) {
        if (is_help(arguments[i])) {
            return true;
        }
    }
    return false;
}

int options_parse(struct options *ret,
                  struct arena *arena,
                  const struct option_table *table,
                  const char *const *arguments,
                  size_t count,
                  struct error *reterr)
{
    struct reader reader = {
        .table = table,
        .arguments = arguments,
        .count = count,
        .options = ret,
    };
    bool only_operands = false;

    *ret = (struct options){
        .uses = ARENA_ARRAY(arena, struct option_use, count),
        .operands = ARENA_ARRAY(arena, const char *, count),
        .help = wants_help(arguments, count),
    };
    while (!ret->help && reader.next < count) {
        const char *argument = arguments[reader.next++];
        int taken = 0;
        if (only_operands || argument[0] != '-' || argument[1] == '\0') {
            ret->operands[ret->operand_count++] = argument;
        } else if (text_equal(argument, "--")) {
            only_operands = true;
        } else if (argument[1] == '-') {
            taken = take_long(&reader, arena, argument, reterr);
        } else {
            taken = take_short(&reader, arena, argument, reterr);
        }
        if (taken < 0) {
            return -1;
        }
    }
    return 0;
}

static const struct option_use *last_use(const struct options *options, const char *name)
{
    for (size_t i = options->use_count; i-- > 0;) {
        if (text_equal(options->uses[i].spec->name, name)) {
            return &options->uses[i];
        }
    }
    return NULL;
}

bool options_has(const struct options *options, const char *name)
{
    return last_use(options, name) != NULL;
}

const char *options_value(const struct options *options, const char *name)
{
    const struct option_use *use = last_use(options, name);

    return use == NULL ? NULL : use->value;
}

const char *const *options_values(const struct options *options,
                                  struct arena *arena,
                                  const char *name,
                                  size_t *ret_count)
{
    const char **values = ARENA_ARRAY(arena, const char *, options->use_count);
    size_t count = 0;

    for (size_t i = 0; i < options->use_count; i++) {
        if (text_equal(options->uses[i].spec->name, name)) {
            values[count++] = options->uses[i].value;
        }
    }
    *ret_count = count;
    return values;
}

static bool parse_number(const char *text, uint64_t *ret)
{
    uint64_t number = 0;

    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number)) {
            return false;
        }
    }
    *ret = number;
    return true;
}

int options_number(const struct options *options,
                   const char *name,
                   struct option_range range,
                   uint64_t *ret,
                   struct error *reterr)
{
    const char *text = options_value(options, name);
    uint64_t number = 0;

    if (text == NULL) {
        return 0;
    }
    if (!parse_number(text, &number) || number < range.least || number > range.most) {
        return error_plain(
            reterr, "option '--%s' wants a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'",
            name, range.least, range.most, text);
    }
    *ret = number;
    return 0;
}
