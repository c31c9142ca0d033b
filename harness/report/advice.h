/* What to do next about a reason for doubt or failure. */
#ifndef BASCULE_REPORT_ADVICE_H
#define BASCULE_REPORT_ADVICE_H

/* For a code of struct reason_text; NULL where there is nothing better to say than the reason
 * itself. */
const char *advice_for(const char *code);

#endif
