/* The sections of a scenario as YAML, one function each. Private to the scenario room. */
#ifndef BASCULE_SCENARIO_WRITE_SECTIONS_H
#define BASCULE_SCENARIO_WRITE_SECTIONS_H

#include "scenario/scenario.h"
#include "scenario/writing.h"

void write_nodes(struct writing *writing, const struct scenario *scenario);
void write_services(struct writing *writing, const struct scenario *scenario);
void write_client(struct writing *writing, const struct scenario *scenario);
void write_traffic(struct writing *writing, const struct traffic *traffic);
/* comments: one line a fault, NULL entries or NULL: none. */
void write_faults(struct writing *writing,
                  const struct scenario *scenario,
                  const char *const *comments);
/* The expectations of one fault, or of the scenario (FAULT_NONE), as the entries of a mapping. */
void write_expectations(struct writing *writing, const struct scenario *scenario, uint32_t fault);

#endif
