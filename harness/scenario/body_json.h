/* A request body: text as it stands, anything else as compact JSON; it refuses substitutions other
 * than $(request). */
#ifndef BASCULE_SCENARIO_BODY_JSON_H
#define BASCULE_SCENARIO_BODY_JSON_H

#include "scenario/reader.h"
#include "scenario/yaml_value.h"

#include <stdbool.h>
#include <stddef.h>

/* Of all requests of a scenario: aliases make a small file hold many big bodies. */
#define BODY_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* The body in the arena, or NULL after a complaint. */
const char *body_json(struct reader *reader, const struct yaml_value *value);

/* Complains about "$(" in text unless it is "$(request)" and that is allowed. */
bool body_check_substitutions(struct reader *reader,
                              const struct yaml_value *value,
                              const char *key,
                              bool allow_request);

#endif
