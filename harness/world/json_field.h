/* One field of a JSON text, found by a path; it refuses to know what it is for. */
#ifndef BASCULE_WORLD_JSON_FIELD_H
#define BASCULE_WORLD_JSON_FIELD_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

#define JSON_FIELD_TEXT_MAX 4096 /* a longer value is cut off */

/* path: names of members and indexes of arrays with dots between them: "kvs.0.value". Gives text as
   it is, whole numbers as written, others to 15 digits, true and false, objects and arrays without
   blanks, from the arena. NULL if the text is no JSON, there is no such field, or it is null.
   *ret_holds, if not NULL: whether it is there and neither null, false, 0, nor empty, as JSON has
   it: the texts "0" and "false" hold something. */
const char *json_field(
    struct arena *arena, const char *bytes, size_t length, const char *path, bool *ret_holds);

#endif
