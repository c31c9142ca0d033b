#include "page_reader.h"

#include "drawn.h"

#include "base/text.h"

#include "unit/cmocka_all.h"

#include <ctype.h>
#include <string.h>

#define DEPTH_MAX 64
#define TAG_MAX   32

struct reading {
    char open[DEPTH_MAX][TAG_MAX];
    size_t depth;
    size_t scripts;
    size_t styles;
};

static bool has_no_end(const char *name)
{
    return text_equal(name, "!DOCTYPE");
}

/* Script and style end at their end tag alone. */
static const char *skip_raw(const char *at, const char *name)
{
    const char *end = strstr(at, text_equal(name, "script") ? "</script>" : "</style>");

    assert_non_null(end);
    return end;
}

static void check_attribute(const char *name, const char *value)
{
    bool leads = text_equal(name, "href") || text_equal(name, "src") ||
                 text_equal(name, "action") || text_equal(name, "srcset") ||
                 text_equal(name, "data") || text_equal(name, "xlink:href") ||
                 text_equal(name, "poster");

    if (strncmp(name, "on", 2) == 0) {
        fail_msg("a handler: %s", name);
    }
    if (leads && value[0] != '#' && !text_has_prefix(value, "./") &&
        !text_has_prefix(value, "data:,")) {
        fail_msg("%s leads out: %.40s", name, value);
    }
}

/* From behind the tag's name to behind its '>'; whether it closes itself. */
static const char *read_attributes(const char *at, bool *ret_closed)
{
    *ret_closed = false;
    for (;;) {
        while (isspace((unsigned char)*at)) {
            at++;
        }
        if (*at == '/' && at[1] == '>') {
            *ret_closed = true;
            return at + 2;
        }
        if (*at == '>') {
            return at + 1;
        }
        char name[TAG_MAX] = "";
        size_t length = strcspn(at, "=> \n/\"'<");
        assert_in_range(length, 1, TAG_MAX - 1);
        memcpy(name, at, length);
        at += length;
        if (*at == '=') {
            assert_int_equal(at[1], '"');
            check_attribute(name, at + 2);
            at = strchr(at + 2, '"') + 1;
        }
    }
}

static const char *read_tag(struct reading *reading, const char *at)
{
    bool ends = at[1] == '/';
    char name[TAG_MAX] = "";
    bool closed = false;

    at += ends ? 2 : 1;
    size_t length = strcspn(at, " />\n");
    assert_in_range(length, 1, TAG_MAX - 1);
    memcpy(name, at, length);
    at = read_attributes(at + length, &closed);
    if (ends) {
        assert_true(reading->depth > 0);
        assert_string_equal(reading->open[reading->depth - 1], name);
        reading->depth--;
        return at;
    }
    reading->scripts += text_equal(name, "script") ? 1 : 0;
    reading->styles += text_equal(name, "style") ? 1 : 0;
    if (!closed && !has_no_end(name)) {
        assert_true(reading->depth < DEPTH_MAX);
        memcpy(reading->open[reading->depth++], name, TAG_MAX);
    }
    return text_equal(name, "script") || text_equal(name, "style") ? skip_raw(at, name) : at;
}

void page_reader_assert_sound(const char *page)
{
    struct reading reading = {.depth = 0};

    drawn_assert_plain(page);
    for (const char *at = strchr(page, '<'); at != NULL; at = strchr(at, '<')) {
        at = read_tag(&reading, at);
    }
    assert_int_equal(reading.depth, 0);
    assert_int_equal(reading.scripts, 1);
    assert_int_equal(reading.styles, 1);
}
