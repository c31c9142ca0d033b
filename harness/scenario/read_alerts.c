/* Who is told of alerts. Whether there is such a program is no matter of the file alone:
   simulations do without it. */
#include "scenario/body_json.h"
#include "scenario/reader.h"

#define COMMAND_WORDS_MAX 100

static bool read_word(struct reader *reader,
                      const struct schema_field *field,
                      const struct yaml_value *value,
                      const char **ret)
{
    return schema_take_text(reader, value, field->key, ret) &&
           body_check_substitutions(reader, value, field->key, false);
}

static SCHEMA_READER(read_command)
{
    struct alert_settings *alerts = target;
    if (!schema_is_list(reader, value, field->key,
                        "a list of a program and its arguments like [./notify.sh, ops]",
                        COMMAND_WORDS_MAX)) {
        return;
    }
    if (value->count == 0) {
        schema_complain(reader, value, "'command' names no program");
        return;
    }
    const char **words = ARENA_ARRAY(reader->arena, const char *, value->count + 1);
    bool good = true;
    for (size_t i = 0; i < value->count; i++) {
        good = read_word(reader, field, value->items[i], &words[i]) && good;
    }
    if (words[0] != NULL && words[0][0] == '\0') {
        schema_complain(reader, value->items[0], "'command' begins with an empty text");
        good = false;
    }
    if (good) {
        alerts->command = words;
        alerts->command_count = value->count;
        alerts->at = value->items[0]->at;
    }
}

void read_alerts(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field fields[] = {
        {.key = "command", .read = read_command, .required = true},
    };
    static const struct schema schema = {
        .where = "'alerts'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    if (value != NULL) {
        (void)schema_read(reader, &schema, value, &reader->scenario->alerts);
    }
}
