/* --client: the client of every scenario becomes one program, which is told the settings of the
   client that the scenario itself has; it refuses to start anything. */
#ifndef BASCULE_SCENARIO_CLIENT_OVERRIDE_H
#define BASCULE_SCENARIO_CLIENT_OVERRIDE_H

#include "scenario/reader.h"

/* After the scenario's own client was read. line: the program and its arguments, as a user wrote
   them. A profile becomes the program's options (docs/your-client.md): its settings by the words
   of the scenario language, durations in milliseconds, ratios as numbers, null for what is off. A
   program keeps its options. A mistake if the client is one URL: what stands there is under test.
 */
void client_override_apply(struct reader *reader, const char *line);

#endif
