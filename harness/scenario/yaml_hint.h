/* Advice for YAML syntax errors that scenarios run into; it refuses to know libyaml, only its
 * sentences. */
#ifndef BASCULE_SCENARIO_YAML_HINT_H
#define BASCULE_SCENARIO_YAML_HINT_H

/* problem and context are the parser's sentences, rest is the text from the place of the problem
   on. Returns ": advice" or "". */
const char *yaml_hint(const char *problem, const char *context, const char *rest);

#endif
