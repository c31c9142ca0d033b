/* What machine a report comes from. */
#ifndef BASCULE_REPORT_ENVIRONMENT_H
#define BASCULE_REPORT_ENVIRONMENT_H

#define ENVIRONMENT_TEXT_MAX 128

struct environment {
    char os[ENVIRONMENT_TEXT_MAX];     /* "Debian GNU/Linux 12 (bookworm)" */
    char kernel[ENVIRONMENT_TEXT_MAX]; /* "6.1.0-18-amd64" */
    unsigned cpus;                     /* that this process may use */
    const char *isolation;             /* "none", "namespaces" or "simulation" */
};

/* Of virtual time: the same everywhere. */
void environment_simulated(struct environment *ret);

/* What cannot be found out is "unknown", and 1 for the cpus. */
void environment_read(struct environment *ret);

#endif
