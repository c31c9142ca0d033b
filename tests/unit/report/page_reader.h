/* A page of HTML taken apart strictly enough to trust it: for the tests of what is drawn. */
#ifndef BASCULE_TESTS_REPORT_PAGE_READER_H
#define BASCULE_TESTS_REPORT_PAGE_READER_H

/* Fails the test unless every tag is closed in its order, every attribute is quoted, nothing leads
   out of the page, nothing but its one script can run, and no character misleads. */
void page_reader_assert_sound(const char *page);

#endif
