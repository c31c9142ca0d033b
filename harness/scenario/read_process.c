/* A program of the user's: what is started, with which environment, when it is ready and how it is
   stopped. Whether there is such a program is no matter of the file alone. */
#include "scenario/defaults.h"
#include "scenario/reader.h"
#include "scenario/substitutions.h"

#include <signal.h>
#include <string.h>

#define COMMAND_WORDS_MAX 1000

static bool read_word(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      unsigned substitutions,
                      const char **ret)
{
    return schema_take_text(reader, value, key, ret) &&
           substitutions_check(reader, value, key, substitutions);
}

static bool is_program(struct reader *reader, const struct yaml_value *value, const char *key)
{
    if (!yaml_value_is_text(value)) {
        return true; /* a complaint about it stands already */
    }
    if (value->text[0] == '\0') {
        schema_complain(reader, value, "'%s' begins with an empty text", key);
        return false;
    }
    if (strstr(value->text, "$(") != NULL) {
        schema_complain(reader, value,
                        "'%s' begins with the program itself: no substitutions in it", key);
        return false;
    }
    return true;
}

void take_command(struct reader *reader,
                  const struct yaml_value *value,
                  const char *key,
                  unsigned substitutions,
                  struct command_line *ret)
{
    if (!schema_is_list(reader, value, key,
                        "a list of a program and its arguments like [./notify.sh, ops]",
                        COMMAND_WORDS_MAX)) {
        return;
    }
    if (value->count == 0) {
        schema_complain(reader, value, "'%s' names no program", key);
        return;
    }
    const char **words = ARENA_ARRAY(reader->arena, const char *, value->count + 1);
    bool good = is_program(reader, value->items[0], key);
    for (size_t i = good ? 0 : 1; i < value->count; i++) {
        good = read_word(reader, value->items[i], key, substitutions, &words[i]) && good;
    }
    if (good) {
        *ret =
            (struct command_line){.words = words, .count = value->count, .at = value->items[0]->at};
    }
}

SCHEMA_READER(read_command)
{
    struct scenario_node *node = target;
    take_command(reader, value, field->key, SUBSTITUTE_PROCESS, &node->command);
}

static bool is_variable_name(const char *text)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                   "0123456789";
    return text[0] != '\0' && strchr("0123456789", text[0]) == NULL &&
           strspn(text, alphabet) == strlen(text);
}

static void read_variable(struct reader *reader,
                          const struct yaml_pair *pair,
                          struct scenario_node *node,
                          struct environment_variable *variables)
{
    struct environment_variable *variable = &variables[node->env_count];
    if (!is_variable_name(pair->key->text)) {
        schema_complain(reader, pair->key, "%s is no name of a variable",
                        yaml_text_quote(reader->arena, pair->key->text));
        return;
    }
    *variable = (struct environment_variable){.name = pair->key->text, .at = pair->key->at};
    if (read_word(reader, pair->value, pair->key->text, SUBSTITUTE_PROCESS, &variable->value)) {
        bool passed_on = strcmp(variable->value, DEFAULTS_PASSED_ON) == 0;
        variable->value = passed_on ? NULL : variable->value;
        node->env_count++;
    }
}

SCHEMA_READER(read_env)
{
    struct scenario_node *node = target;
    if (value->kind != VALUE_MAP || value->count > LIST_ITEMS_MAX) {
        schema_mismatch(reader, value, field->key, "a mapping of at most 1000 names to text");
        return;
    }
    struct environment_variable *variables =
        ARENA_ARRAY(reader->arena, struct environment_variable, value->count);
    node->env = variables;
    for (size_t i = 0; i < value->count; i++) {
        read_variable(reader, &value->pairs[i], node, variables);
    }
}

SCHEMA_READER(read_cwd)
{
    struct scenario_node *node = target;
    const char *taken = NULL;
    schema_text(reader, field, value, &taken);
    if (taken != NULL && substitutions_check(reader, value, field->key, SUBSTITUTE_PROCESS)) {
        node->cwd = taken;
    }
}

static SCHEMA_READER(read_tcp)
{
    bool wanted = true;
    (void)target;
    schema_bool(reader, field, value, &wanted);
    if (!wanted) {
        schema_complain(reader, value, "'tcp' is true, or left out");
    }
}

SCHEMA_READER(read_ready)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct ready_settings, http, "http", read_path)},
        {.key = "tcp", .read = read_tcp},
        {SCHEMA_FIELD(struct ready_settings, within, "within", schema_duration),
         .min = NANOS_PER_MS},
    };
    static const struct schema schema = {
        .where = "'ready'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct scenario_node *node = target;
    (void)field;
    if (!schema_read(reader, &schema, value, &node->ready)) {
        return;
    }
    const struct yaml_value *http = yaml_value_get(value, "http");
    const struct yaml_value *tcp = yaml_value_get(value, "tcp");
    if (http != NULL && tcp != NULL) {
        schema_complain(reader, tcp, "'ready' is judged by 'http' or by 'tcp', not by both");
    }
    const struct yaml_value *asked = http != NULL ? http : tcp;
    if (asked != NULL && node->port == 0 && !(reader->broken & SECTION_NODES)) {
        schema_complain(reader, asked, "'%s' has no 'port' that could be asked", node->name);
    }
}

static SCHEMA_READER(read_signal)
{
    size_t index = 0;
    if (schema_take_word(reader, value, field->key, stop_signal_words, STOP_SIGNALS, &index)) {
        *(int *)target = stop_signals[index];
    }
}

SCHEMA_READER(read_stop)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct stop_settings, signal, "signal", read_signal)},
        {SCHEMA_FIELD(struct stop_settings, within, "within", schema_duration)},
    };
    static const struct schema schema = {
        .where = "'stop'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct scenario_node *node = target;
    (void)field;
    schema_read(reader, &schema, value, &node->stop);
}
