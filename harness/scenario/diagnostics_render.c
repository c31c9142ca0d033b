/* Mistakes as a person reads them: place, sentence, the source line and a caret under the word that
 * is meant. */
#include "base/check.h"
#include "base/text.h"
#include "scenario/encoding.h"
#include "scenario/scenario_read.h"

#include <string.h>

#define TAB_CELLS       4
#define BEFORE_PLACE    60 /* characters shown before and after the place where a line is long */
#define AFTER_PLACE     40
#define CELL_BYTES_MAX  12
/* Gutter, source and caret line of one diagnostic. */
#define LINES_BYTES_MAX (3 * (BEFORE_PLACE + AFTER_PLACE) * CELL_BYTES_MAX + 200)

/* How one character is shown. */
struct glyph {
    char bytes[CELL_BYTES_MAX];
    unsigned cells;
};

/* A moving place in the source. Diagnostics come sorted, so each search starts where the last one
 * ended. */
struct cursor {
    const char *source;
    size_t length;
    size_t offset;
    uint32_t line;
    uint32_t column;
};

static bool is_between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

static bool is_hidden(uint32_t code)
{
    return code < 0x20 || is_between(code, 0x7F, 0x9F) || is_between(code, 0x200B, 0x200F) ||
           is_between(code, 0x2028, 0x202E) || is_between(code, 0x2060, 0x2069) || code == 0xFEFF;
}

static unsigned cells_of(uint32_t code)
{
    static const uint32_t combining[][2] = {
        {0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
    static const uint32_t wide[][2] = {
        {0x1100, 0x115F}, {0x2E80, 0x303E},   {0x3041, 0x4DBF},   {0x4E00, 0xA4CF},
        {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
    };
    for (size_t i = 0; i < sizeof(combining) / sizeof(combining[0]); i++) {
        if (is_between(code, combining[i][0], combining[i][1])) {
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
        if (is_between(code, wide[i][0], wide[i][1])) {
            return 2;
        }
    }
    return 1;
}

/* Returns the bytes taken from the source. cells_before: for tabs. */
static size_t show(const char *bytes, size_t length, unsigned cells_before, struct glyph *ret)
{
    struct text text;
    uint32_t code = 0;
    size_t count = encoding_decode(bytes, length, &code);
    text_init(&text, ret->bytes, sizeof(ret->bytes));
    if (count == 0) {
        text_printf(&text, "\\x%02X", (unsigned)(unsigned char)bytes[0]);
    } else if (code == '\t') {
        text_printf(&text, "%*s", (int)(TAB_CELLS - cells_before % TAB_CELLS), "");
    } else if (is_hidden(code)) {
        text_printf(&text, code < 0x100 ? "\\x%02X" : "<U+%04X>", (unsigned)code);
    } else {
        text_add_bytes(&text, bytes, count);
        ret->cells = cells_of(code);
        return count;
    }
    ret->cells = (unsigned)text.length;
    return count > 0 ? count : 1;
}

static bool at_line_end(const struct cursor *cursor)
{
    return cursor->offset >= cursor->length || cursor->source[cursor->offset] == '\n' ||
           cursor->source[cursor->offset] == '\r';
}

static void step(struct cursor *cursor)
{
    const char *here = cursor->source + cursor->offset;
    size_t left = cursor->length - cursor->offset;
    if (at_line_end(cursor)) {
        cursor->offset += left > 1 && here[0] == '\r' && here[1] == '\n' ? 2 : 1;
        cursor->line++;
        cursor->column = 1;
        return;
    }
    uint32_t code = 0;
    size_t count = encoding_decode(here, left, &code);
    cursor->offset += count > 0 ? count : 1;
    cursor->column++;
}

static void cursor_start(struct cursor *cursor)
{
    cursor->offset = encoding_mark_length(cursor->source, cursor->length);
    cursor->line = 1;
    cursor->column = 1;
}

/* False if the source has no such line. A column past the end of the line is its end. */
static bool seek(struct cursor *cursor, uint32_t line, uint32_t column)
{
    bool behind = line < cursor->line || (line == cursor->line && column < cursor->column);
    if (behind) {
        cursor_start(cursor);
    }
    while (cursor->line < line && cursor->offset < cursor->length) {
        step(cursor);
    }
    while (cursor->line == line && cursor->column < column && !at_line_end(cursor)) {
        step(cursor);
    }
    return cursor->line == line;
}

static void add_carets(struct text *out, struct source_at at, uint32_t column, unsigned cells)
{
    if (column == at.column) {
        text_add(out, "^");
        cells = cells > 0 ? cells - 1 : 0;
    } else if (column < at.column || column >= at.column + at.width) {
        return;
    }
    for (unsigned i = 0; i < cells; i++) {
        text_add(out, "~");
    }
}

/* The part of the line around the place, and under it the carets. */
static void add_source(struct text *out, struct cursor *cursor, struct source_at at)
{
    uint32_t first = at.column > BEFORE_PLACE + 20 ? at.column - BEFORE_PLACE : 1;
    uint32_t last = first + BEFORE_PLACE + AFTER_PLACE;
    if (!seek(cursor, at.line, first)) {
        return;
    }
    char marks[LINES_BYTES_MAX];
    struct text carets;
    struct cursor end = *cursor;
    unsigned cells = 0;
    text_init(&carets, marks, sizeof(marks));
    text_printf(out, "%5u |%s%s", at.line, at_line_end(&end) ? "" : " ", first > 1 ? "..." : "");
    text_printf(&carets, "      | %s", first > 1 ? "   " : "");
    while (!at_line_end(&end) && end.column < last) {
        struct glyph glyph = {.cells = 0};
        show(end.source + end.offset, end.length - end.offset, cells, &glyph);
        text_add(out, glyph.bytes);
        if (end.column < at.column) {
            text_printf(&carets, "%*s", (int)glyph.cells, "");
        }
        add_carets(&carets, at, end.column, glyph.cells);
        cells += glyph.cells;
        step(&end);
    }
    if (end.column <= at.column) {
        text_add(&carets, "^");
    }
    text_printf(out, "%s\n%s\n", at_line_end(&end) ? "" : "...", carets.data);
}

/* What is set on the command line is one line that the reader has before their eyes anyway. */
static bool has_source(struct source_at at)
{
    return at.line > 0 && !text_has_prefix(at.file, "--");
}

/* A file's name, or a setting, is no more to be trusted than what stands in the file. */
static void add_name(struct text *out, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length;) {
        struct glyph glyph = {.cells = 0};
        i += show(name + i, length - i, 0, &glyph);
        text_add(out, glyph.bytes);
    }
}

static void
add_diagnostic(struct text *out, struct cursor *cursor, const struct diagnostic *diagnostic)
{
    struct source_at at = diagnostic->at;
    add_name(out, at.file == NULL ? "?" : at.file[0] == '\0' ? "''" : at.file);
    if (has_source(at)) {
        text_printf(out, ":%u:%u", at.line, at.column);
    }
    text_printf(out, ": error: %s\n", diagnostic->text);
    if (has_source(at) && cursor->source != NULL) {
        add_source(out, cursor, at);
    }
}

static size_t room_for(const struct diagnostics *diagnostics)
{
    size_t room = 200; /* the last line */
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        room += item->at.file != NULL ? CELL_BYTES_MAX * (strlen(item->at.file) + 1) : 1;
        room += strlen(item->text) + (size_t)2 * LINES_BYTES_MAX + 40;
    }
    return room;
}

const char *diagnostics_render(struct arena *arena,
                               const struct diagnostics *diagnostics,
                               const char *source,
                               size_t source_length)
{
    size_t room = room_for(diagnostics);
    struct cursor cursor = {.source = source, .length = source_length, .line = 1, .column = 1};
    struct text out;
    text_init(&out, arena_alloc(arena, room), room);
    if (source != NULL) {
        cursor_start(&cursor);
    }
    for (size_t i = 0; i < diagnostics->count; i++) {
        add_diagnostic(&out, &cursor, &diagnostics->items[i]);
    }
    if (diagnostics->dropped > 0) {
        text_printf(&out, "and %zu more mistakes\n", diagnostics->dropped);
    }
    CHECK(!out.overflowed);
    return out.data;
}
