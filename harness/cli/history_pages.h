/* Where the page of each report lies, seen from the file that a history is written to. */
#ifndef BASCULE_CLI_HISTORY_PAGES_H
#define BASCULE_CLI_HISTORY_PAGES_H

#include "report/archive.h"

/* Sets the page of each report beside which there is one, NAME.html of NAME.json: from the folder
   of the file that stdout is, or from here if it is none. */
void history_pages_find(struct arena *arena, struct archive *archive);

#endif
