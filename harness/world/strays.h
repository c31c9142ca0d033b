/* What the programs of a run leave behind where no namespace ends with it: processes that left
   their group and session, which fall to the harness once their parents are gone. It refuses to
   know who started them. Linux only: by PR_SET_CHILD_SUBREAPER and /proc. One thread. */
#ifndef BASCULE_WORLD_STRAYS_H
#define BASCULE_WORLD_STRAYS_H

#include <stdbool.h>
#include <sys/types.h>

/* Before anything is started: orphans among our descendants become our children. False if there are
   children already, whom somebody else left to us: theirs could not be told from ours. */
bool strays_begin(void);

/* Kills and reaps every child but that one (0: none), and what then falls to us, until none is
   left: within 2 s, but for those that nobody can kill. */
void strays_end(pid_t spared);

#endif
