/* What the parts of a page share: where they write to, figures in words, and each part's function.
   For harness/report/html*.c only. */
#ifndef BASCULE_REPORT_HTML_PARTS_H
#define BASCULE_REPORT_HTML_PARTS_H

#include "report/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How much of a document a page shows, so that it stays small. */
struct html_detail {
    size_t runs;  /* that are drawn */
    size_t full;  /* that have all their tables */
    size_t marks; /* of all plots together */
    size_t rows;  /* of a table that grows with the run, and pieces of a lane */
    size_t cards; /* disturbances of a run told in full */
};

struct page {
    FILE *out;
    struct arena *arena;
    const struct document *document;
    const struct html_detail *detail;
    const size_t *order; /* indexes of all runs, the worst first */
    size_t drawn_count;  /* so many of them are drawn */
};

/* ---- Words ---- */

void html_put(const struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Escaped, in the arena. */
const char *html_text(const struct page *page, const char *string);
/* "<bdi>a</bdi>, <bdi>b</bdi> and 4 more", escaped. */
const char *html_names(const struct page *page, const struct document_texts *names);
const char *
html_names_up_to(const struct page *page, const struct document_texts *names, size_t most);

const char *html_time(const struct page *page, double ms);
const char *html_count(const struct page *page, int64_t count);
/* A metric's value in words. */
const char *html_figure(const struct page *page, const char *metric, struct document_figure figure);
const char *html_ms(const struct page *page, struct document_figure figure);

/* The next of 1, 2 or 5 times a power of ten: how far ticks of an axis stand apart. */
double html_step(double least);

/* The badge of a verdict: its sign and its word. */
const char *html_badge(const struct page *page, const char *verdict);

/* ---- Runs ---- */

/* The worst disturbance of a run that expectations hold for; NULL if there is none. */
const struct document_disturbance *html_worst_disturbance(const struct document_run *run);
struct document_figure html_worse(struct document_figure a, struct document_figure b);
/* The same as document_headline, of one run. */
struct document_headline html_run_headline(const struct document *document,
                                           const struct document_run *run);

/* Fills order and drawn_count of the page. */
void html_runs_order(struct page *page);
/* Has the run all its tables? */
bool html_run_is_full(const struct page *page, const struct document_run *run);
/* Did its clients tell what they believe of nodes? */
bool html_run_is_told(const struct document_run *run);
/* So many clients that tell it, as far as one can see. */
int64_t html_run_clients(const struct page *page, const struct document_run *run);

/* Around what a part says about one run: a fold that the reader, or the script, opens. */
void html_run_begin(const struct page *page, const struct document_run *run, const char *part);
void html_run_end(const struct page *page);

/* "and 4 more are in the report's JSON" behind a table with so many of its rows; nothing if all are
   there. */
void html_rows_left_out(const struct page *page, size_t shown, size_t count, const char *what);

/* ---- Frame ---- */

struct html_frame {
    const char *title;
    const char *verdict; /* NULL: none */
    const char *version; /* of what wrote the report; NULL: of many */
};
void html_frame_begin(const struct page *page, const struct html_frame *frame);
void html_frame_end(const struct page *page, const struct html_frame *frame);

/* ---- Parts, in the order of the page ---- */

void html_verdict(const struct page *page);
/* Of the verdict: what a reviewer asks first, answered for the worst of the run. */
void html_brief(const struct page *page, const struct document_run *run);
void html_brief_without_run(const struct page *page);
void html_expectations(const struct page *page);
void html_timelines(const struct page *page);
void html_disturbances(const struct page *page, const struct document_run *run);
/* Tables: its faults, its alerts, what its nodes could do and what clients believed of them. */
void html_records(const struct page *page, const struct document_run *run);
void html_repeats(const struct page *page);
void html_nodes(const struct page *page);
void html_harness(const struct page *page);
void html_scenario(const struct page *page);
void html_surroundings(const struct page *page);
void html_glossary(const struct page *page);

/* ---- What happened, in words ---- */

/* A fault each: what it did to whom, from when to when. */
void html_story_faults(const struct page *page, const struct document_run *run);
/* Who noticed a disturbance, by what, and after how long. */
void html_story_notice(const struct page *page,
                       const struct document_run *run,
                       const struct document_disturbance *disturbance);
/* How long callers were hurt, and how badly. */
void html_story_harm(const struct page *page, const struct document_disturbance *disturbance);
/* The fault that opened it, in words, then both of the above. */
void html_story(const struct page *page,
                const struct document_run *run,
                const struct document_disturbance *disturbance);
/* An order to clients, which is over once it is given. */
bool html_is_order(const struct document_fault *fault);
/* The one that opened the disturbance; NULL: none of the run's. */
const struct document_fault *html_fault_of(const struct document_run *run,
                                           const struct document_disturbance *disturbance);

#endif
