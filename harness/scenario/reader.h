/* What the readers of the sections of one scenario share. Private to the scenario room. */
#ifndef BASCULE_SCENARIO_READER_H
#define BASCULE_SCENARIO_READER_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/yaml_value.h"

#include <stdbool.h>
#include <stddef.h>

#define LIST_ITEMS_MAX 1000 /* of tags, requires, fails, requests, headers */

/* What could not be read, so that rules that need it are not judged: one mistake, one complaint. */
enum {
    SECTION_RUN = 1 << 0,     /* duration or warmup */
    SECTION_NODES = 1 << 1,   /* the names of the nodes */
    SECTION_CLIENT = 1 << 2,  /* the profile */
    SECTION_TRAFFIC = 1 << 3, /* the rate or the list of requests */
    SECTION_EXPECT = 1 << 4,  /* some expectation of the scenario */
    SECTION_FAULTS = 1 << 5,  /* some fault */
    SECTION_CHAOS = 1 << 6,
    SECTION_STREAMS = 1 << 7, /* some stream */
};

struct expectation_link {
    struct expectation item; /* at: of the metric's name */
    struct source_at limit_at;
    struct expectation_link *next;
};

struct reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    struct scenario *scenario;
    const struct yaml_value *root;
    size_t mistakes;
    unsigned broken; /* SECTION_... */
    struct expectation_link *expectations;
    struct expectation_link *last_expectation;
    size_t body_bytes; /* of all request bodies so far */
};

/* The keys outside the sections; false if the file is no mapping at all. */
bool read_run(struct reader *reader);
/* Each section; value is NULL where the file does not have it. */
void read_nodes(struct reader *reader, const struct yaml_value *value);
void read_client(struct reader *reader, const struct yaml_value *value);
void read_traffic(struct reader *reader, const struct yaml_value *value);
void read_expect(struct reader *reader, const struct yaml_value *value);
void read_faults(struct reader *reader, const struct yaml_value *value);
void read_chaos(struct reader *reader, const struct yaml_value *value);
void read_alerts(struct reader *reader, const struct yaml_value *value);

/* Parts of sections. fault: FAULT_NONE for the scenario's own expectations. */
void read_expectations(struct reader *reader, const struct yaml_value *value, uint32_t fault);
void read_comparison(struct reader *reader,
                     const struct yaml_value *value,
                     struct expectation *expectation);
void read_target(struct reader *reader, const struct yaml_value *value, struct fault *fault);
/* A node by its name. NODE_NONE after a complaint, or where the nodes themselves are not known. */
uint16_t target_take_node(struct reader *reader,
                          const char *key,
                          const struct yaml_value *value,
                          bool with_words);
/* Who is cut off from whom: value is the whole fault, its target already read. */
void read_groups(struct reader *reader, const struct yaml_value *value, struct fault *fault);
/* Once all keys of a fault are read: what its kind demands of them together. */
void read_parameters_finish(struct reader *reader,
                            const struct yaml_value *value,
                            const struct yaml_value *kind_key,
                            struct fault *fault);
/* traffic.streams, into the traffic. */
SCHEMA_READER(read_streams);
SCHEMA_READER(read_direction);
SCHEMA_READER(read_flap_how);
void read_request(struct reader *reader,
                  const struct yaml_value *value,
                  struct traffic_request *request);
/* A request path: "/", printable ASCII without blanks. */
SCHEMA_READER(read_path);
/* A scenario, node or fault name: letters, digits and '-', at most SCENARIO_NAME_MAX. */
SCHEMA_READER(read_name);
/* Words of the language, by enum direction and enum flap_how. */
extern const char *const direction_words[DIRECTION_OUT + 1];
extern const char *const flap_how_words[FLAP_PAUSE + 1];
/* The word of a target that is chosen during the run; NULL of TARGET_NODES. */
const char *target_word(enum target_kind kind);
/* The words that stand for drawn targets, and so are no node names. */
bool target_is_word(const char *name);

/* Rules across sections. */
void check_run(struct reader *reader);
void check_faults(struct reader *reader);
void check_chaos(struct reader *reader);
void check_expectations(struct reader *reader);
/* How long a fault lasts in the worst case, and what ends it. */
enum hold_end {
    HOLD_FOR,
    HOLD_RESTART, /* of a node that it may have hit */
    HOLD_READY,   /* of a restart: only until the node is up again */
    HOLD_DOWN,    /* of a flap: each down phase by itself */
    HOLD_LAST,    /* of a flap: the last down phase, which its end cuts short */
    HOLD_HEAL,    /* of chaos: each fault */
    HOLD_TRAFFIC,
};

struct check_hold {
    nanos length;
    enum hold_end end;
    uint32_t line; /* of the restart */
};

struct check_hold check_hold(const struct scenario *scenario, const struct fault *fault);
/* Is a node that it hits up, or free of it, again before traffic ends? */
bool check_returns(const struct scenario *scenario, const struct fault *fault);
/* A restart opens a disturbance only if its node was up; false where it may have been down. */
bool check_opens(const struct scenario *scenario, const struct fault *fault);

#endif
