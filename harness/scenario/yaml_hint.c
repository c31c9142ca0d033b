#include "scenario/yaml_hint.h"

#include <string.h>

const char *yaml_hint(const char *problem, const char *context, const char *rest)
{
    static const char quote_greater[] =
        ": a comparison that begins with '>' must be quoted, or written 'at least 1'";
    if (strstr(context, "block scalar") != NULL) {
        return quote_greater;
    }
    if (strstr(context, "scanning a tag") != NULL) {
        return ": text that begins with '!' must be quoted";
    }
    if (strstr(problem, "mapping values are not allowed") != NULL) {
        return ": text that holds ': ' must be quoted, and the keys of a mapping begin in one "
               "column";
    }
    if (strstr(problem, "violates indentation") != NULL) {
        return ": YAML is indented with spaces";
    }
    if (strstr(problem, "cannot start any token") == NULL) {
        return "";
    }
    if (*rest == '\t') {
        return ": YAML is indented with spaces, not with tabs";
    }
    return *rest == '>' ? quote_greater : ": text that begins so must be quoted";
}
