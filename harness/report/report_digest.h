/* The seal of a report: SHA-256 over all that it says but the seal itself, in a form that does not
   depend on white space, escapes, the order of members, or whether 1000 is written 1000.0. It shows
   that a report was changed, and refuses to know by whom: whoever means to can seal anew.

   Each value is a letter and what follows, one behind the other: null z, false f, true t; a number
   n, its digits, ';' (an integer with all of them, any other as printf's %.15g, which is what a
   report has); a text s, its length in bytes, ':', its UTF-8; a list a, its length, ':', its
   values; an object o, its length, ':', and in the order of the bytes of their names each member's
   name, as a text, and its value. */
#ifndef BASCULE_REPORT_REPORT_DIGEST_H
#define BASCULE_REPORT_REPORT_DIGEST_H

#include "report/sha256.h"

#include <jansson.h>

#define REPORT_DIGEST_KEY "digest" /* of the member that holds it */
#define REPORT_DIGEST_MAX (sizeof("sha256:") - 1 + SHA256_HEX_MAX)

/* "sha256:1f0a..." of a report with or without its seal. Returns buffer. */
const char *report_digest(const json_t *report, char buffer[static REPORT_DIGEST_MAX]);

#endif
