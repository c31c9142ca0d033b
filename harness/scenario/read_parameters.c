/* The parameters of a fault: words, and what each kind demands of its keys together. */
#include "scenario/reader.h"

const char *const direction_words[DIRECTION_OUT + 1] = {
    [DIRECTION_BOTH] = "both",
    [DIRECTION_IN] = "in",
    [DIRECTION_OUT] = "out",
};

const char *const flap_how_words[FLAP_PAUSE + 1] = {
    [FLAP_KILL] = "kill",
    [FLAP_PAUSE] = "pause",
};

SCHEMA_READER(read_direction)
{
    enum direction *direction = target;
    size_t taken = 0;
    if (schema_take_word(reader, value, field->key, direction_words, DIRECTION_OUT + 1, &taken)) {
        *direction = (enum direction)taken;
    }
}

SCHEMA_READER(read_flap_how)
{
    enum flap_how *how = target;
    size_t taken = 0;
    if (schema_take_word(reader, value, field->key, flap_how_words, FLAP_PAUSE + 1, &taken)) {
        *how = (enum flap_how)taken;
    }
}

static void require_key(struct reader *reader,
                        const struct yaml_value *value,
                        const struct yaml_value *kind_key,
                        const char *key)
{
    if (yaml_value_get(value, key) == NULL) {
        schema_complain(reader, kind_key, "'%s' needs the key '%s'", kind_key->text, key);
    }
}

static void require_one_status(struct reader *reader,
                               const struct yaml_value *value,
                               const struct yaml_value *kind_key)
{
    bool one = yaml_value_get(value, "status") != NULL;
    bool many = yaml_value_get(value, "statuses") != NULL;
    if (!one && !many) {
        schema_complain(reader, kind_key, "'respond' needs the key 'status' or 'statuses'");
    }
    if (one && many) {
        schema_complain(reader, yaml_value_pair(value, "statuses")->key,
                        "'respond' takes 'status' or 'statuses', not both");
    }
}

static void check_jitter(struct reader *reader,
                         const struct yaml_value *value,
                         const struct fault_parameters *parameters)
{
    if (parameters->jitter > parameters->by && yaml_value_get(value, "by") != NULL) {
        schema_complain(reader, yaml_value_get(value, "jitter"), "'jitter' must be at most 'by'");
    }
}

static void check_flap(struct reader *reader,
                       const struct yaml_value *value,
                       const struct yaml_value *kind_key,
                       const struct fault_parameters *parameters)
{
    require_key(reader, value, kind_key, "every");
    require_key(reader, value, kind_key, "down");
    bool known = parameters->every > 0 && parameters->down > 0;
    if (known && parameters->down >= parameters->every) {
        schema_complain(reader, yaml_value_get(value, "down"),
                        "'down' must be below 'every', else the node is never up");
    }
}

void read_parameters_finish(struct reader *reader,
                            const struct yaml_value *value,
                            const struct yaml_value *kind_key,
                            struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;
    if (fault->kind == FAULT_RESPOND) {
        require_one_status(reader, value, kind_key);
    } else if (fault->kind == FAULT_TRICKLE || fault->kind == FAULT_THROTTLE) {
        require_key(reader, value, kind_key, "rate");
    } else if (fault->kind == FAULT_SLOW || fault->kind == FAULT_DELAY ||
               fault->kind == FAULT_SLOW_CLOSE) {
        require_key(reader, value, kind_key, "by");
        check_jitter(reader, value, parameters);
    } else if (fault->kind == FAULT_GRAY && parameters->statuses[0] < 500) {
        schema_complain(reader, yaml_value_get(value, "status"),
                        "a gray node fails requests: 'status' must be 500 to 599");
    } else if (fault->kind == FAULT_FLAP) {
        check_flap(reader, value, kind_key, parameters);
    } else if (fault->kind == FAULT_PARTITION) {
        read_groups(reader, value, fault);
    }
}
