#include "report/html_parts.h"

#include "report/html_assets.h"

void html_frame_begin(const struct page *page, const struct html_frame *frame)
{
    size_t length;
    const char *style = html_style(&length);

    html_put(page,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'; script-src '%s'; img-src data:; base-uri 'none'; "
             "form-action 'none'\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
             "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
             "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
             "<title>%s · bascule</title>\n<link rel=\"icon\" href=\"data:,\"/>\n<style>\n",
             html_script_hash(page->arena), html_text(page, frame->title));
    (void)fwrite(style, 1, length, page->out);
    html_put(page, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the result</a>\n"
                   "<main id=\"main\">\n");
}

void html_frame_end(const struct page *page, const struct html_frame *frame)
{
    size_t length;
    const char *script = html_script(&length);

    html_put(page,
             "</main>\n<footer><p>Written by bascule%s%s from the report alone. Times count "
             "from the first due time after the warm-up; CLOCK_MONOTONIC.</p></footer>\n"
             "<script>",
             frame->version == NULL ? "" : " ", html_text(page, frame->version));
    (void)fwrite(script, 1, length, page->out);
    html_put(page, "</script>\n</body>\n</html>\n");
}
