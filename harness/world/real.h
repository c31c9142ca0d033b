/* The real world: stubs as processes, attempts through libcurl, time from the kernel. */
#ifndef BASCULE_WORLD_REAL_H
#define BASCULE_WORLD_REAL_H

#include "base/error.h"
#include "world/world.h"

#include <stdbool.h>

struct real_programs {
    const char *stub;          /* path of bascule-stub */
    const char *proxy;         /* path of bascule-proxy; NULL: only if none is needed */
    const char *hook;          /* absolute path of what alerts.command names; NULL: it is not run */
    const char *hook_folder;   /* where it runs */
    const char *folder;        /* of the scenario's file: commands run there */
    const char *client_folder; /* where the client runs */
    const char *const *commands; /* by node and service: absolute path of its command's program;
                                    NULL of other kinds */
    const char *client;          /* absolute path of client.exec's program; NULL: none */
    const char *logs_folder; /* exists: what commands and clients write goes there, NAME.log each;
                                NULL: nowhere */
};

/* What the scenario's faults, written or drawn, need besides stubs: bascule-proxy; and a packet
   filter, which there is only inside isolation_fork. */
bool real_needs_proxy(const struct scenario *scenario);
bool real_needs_filter(const struct scenario *scenario);

/* In the namespaces of isolation_fork: would the kernel do what a scenario that needs a packet
   filter will ask of it? It is tried, not guessed, and nothing stays. -1 and the reason if not. */
int real_try_filter(const struct scenario *scenario, struct error *reterr);

/* NULL on failure. SIGINT, SIGTERM and SIGHUP are taken over and become OCCURRENCE_INTERRUPT. Its
   close stops and reaps every process that still lives. */
struct world *real_new(const struct world_settings *settings,
                       const struct real_programs *programs,
                       struct error *reterr);

struct exec_client;
/* The client programs of a world whose scenario has them, for a closer look at them. */
struct exec_client *real_exec_client(struct world *world);

#endif
