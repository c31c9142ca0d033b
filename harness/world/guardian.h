/* Who ends the nodes of a harness that was killed: a small process which waits for the harness's
   end, however it comes, and then kills every process group that it was told of, stopped members
   too. Needed where the kernel does not do so, that is outside a PID namespace of our own. It
   refuses to know nodes. A process that left its group (setsid, setpgid) escapes it, and so does
   what a process starts in the microseconds before the guardian is told of it: of a harness that
   lives strays.h ends those; of one that SIGKILL took nobody does, as nobody but their parent knows
   them. One thread. */
#ifndef BASCULE_WORLD_GUARDIAN_H
#define BASCULE_WORLD_GUARDIAN_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct guardian;

/* Does the kernel end all our processes when this one ends? Then no guardian is needed. */
bool guardian_is_needed(void);

/* Forks it: into a session of its own, deaf to signals that end programs in good order, with
   nothing of ours open. group_max: groups that live at the same time. folder: it removes that, too,
   once the groups are gone; NULL: none. NULL and the reason on failure. */
struct guardian *guardian_new(size_t group_max, const char *folder, struct error *reterr);
/* Ends and reaps it; groups that it still knows are left alone. Accepts NULL, returns NULL. */
struct guardian *guardian_free(struct guardian *guardian);

/* 0 of NULL. */
pid_t guardian_pid(const struct guardian *guardian);

/* From here on that group dies with us; from `ended` on, to be called when its leader is reaped,
   no longer. Both accept NULL and then do nothing. */
void guardian_add(struct guardian *guardian, pid_t group);
void guardian_ended(struct guardian *guardian, pid_t group);

#endif
