/* A request's body, or the options of a client: text as it stands, anything else as compact JSON.
 */
#ifndef BASCULE_SCENARIO_BODY_JSON_H
#define BASCULE_SCENARIO_BODY_JSON_H

#include "scenario/reader.h"
#include "scenario/yaml_value.h"

#include <stddef.h>

/* Of all requests of a scenario: aliases make a small file hold many big bodies. */
#define BODY_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* The text in the arena, or NULL after a complaint. substitutions: SUBSTITUTE_... */
const char *body_json(struct reader *reader,
                      const struct yaml_value *value,
                      const char *key,
                      unsigned substitutions);

#endif
