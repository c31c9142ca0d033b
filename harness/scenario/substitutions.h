/* What stands for something else in text of a scenario: "$(port)" and the like. It refuses to
   replace anything: that is done where the text is used. */
#ifndef BASCULE_SCENARIO_SUBSTITUTIONS_H
#define BASCULE_SCENARIO_SUBSTITUTIONS_H

#include "scenario/reader.h"
#include "scenario/yaml_value.h"

#include <stdbool.h>

enum {
    SUBSTITUTE_NOTHING = 0,
    SUBSTITUTE_REQUEST = 1 << 0, /* $(request) */
    SUBSTITUTE_DIR = 1 << 1,     /* $(dir) */
    SUBSTITUTE_PROCESS = 1 << 2, /* $(port), $(name), $(dir), $(address); $(port.NODE) and
                                    $(address.NODE) */
};

/* value is text. False after a complaint about a "$(" that is none of those allowed, that names no
   node, or that asks for the port of a service without one. `$(port)` alone is that of
   reader->process. */
bool substitutions_check(struct reader *reader,
                         const struct yaml_value *value,
                         const char *key,
                         unsigned allowed);

#endif
