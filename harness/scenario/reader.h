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
    SECTION_LEADER = 1 << 8,
    SECTION_VERIFY = 1 << 9,
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
    uint16_t process;  /* the node or service that is being read; NODE_NONE */
};

/* The keys outside the sections; false if the file is no mapping at all. */
bool read_run(struct reader *reader);
/* Each section; value is NULL where the file does not have it. The nodes, and the services with
   them. */
void read_nodes(struct reader *reader, const struct yaml_value *value);
void read_client(struct reader *reader, const struct yaml_value *value);
void read_traffic(struct reader *reader, const struct yaml_value *value);
void read_expect(struct reader *reader, const struct yaml_value *value);
void read_faults(struct reader *reader, const struct yaml_value *value);
void read_chaos(struct reader *reader, const struct yaml_value *value);
void read_alerts(struct reader *reader, const struct yaml_value *value);
void read_leader(struct reader *reader, const struct yaml_value *value);
void read_verify(struct reader *reader, const struct yaml_value *value);

/* Parts of sections. fault: FAULT_NONE for the scenario's own expectations. */
void read_expectations(struct reader *reader, const struct yaml_value *value, uint32_t fault);
void read_comparison(struct reader *reader,
                     const struct yaml_value *value,
                     struct expectation *expectation);
void read_target(struct reader *reader, const struct yaml_value *value, struct fault *fault);
/* A node by its name, no service. NODE_NONE after a complaint, or where the nodes themselves are
   not known. */
uint16_t target_take_node(struct reader *reader, const char *key, const struct yaml_value *value);
/* " (did you mean 'backup-1'?)", of the first so many nodes and services, or "". */
const char *target_suggest(struct reader *reader, const char *name, size_t count);
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
/* The same with substitutions: SUBSTITUTE_... */
void take_path(struct reader *reader,
               const struct yaml_value *value,
               const char *key,
               unsigned substitutions,
               const char **ret);
/* What stands behind `command` and `exec`: *ret is left alone after a complaint. */
void take_command(struct reader *reader,
                  const struct yaml_value *value,
                  const char *key,
                  unsigned substitutions,
                  struct command_line *ret);
/* Of a process of the user's: into a struct scenario_node. */
SCHEMA_READER(read_command);
SCHEMA_READER(read_env);
SCHEMA_READER(read_cwd);
SCHEMA_READER(read_ready);
SCHEMA_READER(read_stop);
/* Into a struct scenario_url. */
SCHEMA_READER(read_url);
/* To another port of the same host. */
void node_move(struct arena *arena, struct scenario_node *node, uint16_t port);
/* Two nodes, or a node and a service, on one port? */
void check_ports(struct reader *reader);
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
void check_kinds(struct reader *reader);
void check_expectations(struct reader *reader);
/* Why the kinds of nodes and client keep the metric from being measured, NULL if they do not. */
const char *check_kinds_hide(struct reader *reader, enum metric metric);
/* How long a fault lasts in the worst case, and what ends it. */
enum hold_end {
    HOLD_FOR,
    HOLD_RESTART, /* of a node that it may have hit */
    HOLD_READY,   /* of a restart: only until the node is up again, at least its start_delay */
    HOLD_STARTED, /* likewise of a program of the user's: at most its ready.within */
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
