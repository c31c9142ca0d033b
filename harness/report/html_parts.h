/* What the parts of a page share: where they write to, figures in words, and each part's function.
   For harness/report/html*.c only. */
#ifndef BASCULE_REPORT_HTML_PARTS_H
#define BASCULE_REPORT_HTML_PARTS_H

#include "report/document.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct page {
    FILE *out;
    struct arena *arena;
    const struct document *document;
    const size_t *drawn; /* indexes of runs that are drawn, the worst first */
    size_t drawn_count;
};

/* ---- Words ---- */

void html_put(const struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Escaped, in the arena. */
const char *html_text(const struct page *page, const char *string);
/* "<bdi>a</bdi>, <bdi>b</bdi>", escaped. */
const char *html_names(const struct page *page, const struct document_texts *names);

const char *html_time(const struct page *page, double ms);
const char *html_count(const struct page *page, int64_t count);
/* A metric's value in words. */
const char *html_figure(const struct page *page, const char *metric, struct document_figure figure);
const char *html_ms(const struct page *page, struct document_figure figure);

/* The badge of a verdict: its sign and its word. */
const char *html_badge(const struct page *page, const char *verdict);

/* ---- Runs ---- */

/* The worst disturbance of a run that expectations hold for; NULL if there is none. */
const struct document_disturbance *html_worst_disturbance(const struct document_run *run);
struct document_figure html_worse(struct document_figure a, struct document_figure b);
/* The same as document_headline, of one run. */
struct document_headline html_run_headline(const struct document *document,
                                           const struct document_run *run);

/* Fills page->drawn. */
void html_runs_order(struct page *page);

/* Around what a part says about one run: a fold that the reader, or the script, opens. */
void html_run_begin(const struct page *page, const struct document_run *run, const char *part);
void html_run_end(const struct page *page);

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
void html_expectations(const struct page *page);
void html_timelines(const struct page *page);
void html_disturbances(const struct page *page, const struct document_run *run);
void html_story(const struct page *page,
                const struct document_run *run,
                const struct document_disturbance *disturbance);
void html_repeats(const struct page *page);
void html_nodes(const struct page *page);
void html_harness(const struct page *page);
void html_scenario(const struct page *page);
void html_surroundings(const struct page *page);

#endif
