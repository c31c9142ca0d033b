/* The JSON schemas inside the program; it refuses to read files and to interpret what they say. */
#ifndef BASCULE_CLI_SCHEMA_DOCUMENT_H
#define BASCULE_CLI_SCHEMA_DOCUMENT_H

#include <stddef.h>

/* The text of "scenario", "report", "journal", "comparison" or "history", NUL-terminated, its
 *length without the NUL in ret_length; NULL, and *ret_length untouched, for any other name. The
 *text is never freed. */
const char *schema_document(const char *name, size_t *ret_length);

#endif
