/* What can be said of one expectation: how far its figure stayed from the limit. For
   harness/report/html*.c only. */
#ifndef BASCULE_REPORT_HTML_EXPECTATION_H
#define BASCULE_REPORT_HTML_EXPECTATION_H

#include "report/html_parts.h"

/* Distance from the limit as a share of it: above 0 on the good side, -INFINITY for a miss that no
   share can tell; INFINITY where there is nothing to compare. */
double html_margin(const struct document_expectation *expectation);

/* "498 ms below the limit (99.7 %)". */
const char *html_margin_text(const struct page *page,
                             const struct document_expectation *expectation);

/* "< 500 ms", escaped. */
const char *html_limit_text(const struct page *page,
                            const struct document_expectation *expectation);

/* Actual and limit on one line, drawn: "" where the metric is no time. */
const char *html_gauge(const struct page *page, const struct document_expectation *expectation);

/* What the verdict hangs on: what was missed before what is in doubt and what holds; of these a
   switchover's limit before all others, then what else callers feel, then the least margin. NULL if
   nothing is expected. */
const struct document_expectation *html_decisive(const struct document *document);

#endif
