/* Who is told of alerts. Whether there is such a program is no matter of the file alone:
   simulations do without it. */
#include "scenario/reader.h"
#include "scenario/substitutions.h"

static SCHEMA_READER(read_hook)
{
    take_command(reader, value, field->key, SUBSTITUTE_NOTHING, target);
}

void read_alerts(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field fields[] = {
        {SCHEMA_FIELD(struct alert_settings, command, "command", read_hook), .required = true},
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
