/* The style sheet and the script of a page, carried within the program. */
#ifndef BASCULE_REPORT_HTML_ASSETS_H
#define BASCULE_REPORT_HTML_ASSETS_H

#include "base/arena.h"

#include <stddef.h>

const char *html_style(size_t *ret_length);
const char *html_script(size_t *ret_length);

/* The script's fingerprint as a Content-Security-Policy writes it, without quotes: "sha256-...". */
const char *html_script_hash(struct arena *arena);

#endif
