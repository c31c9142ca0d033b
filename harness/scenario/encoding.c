#include "scenario/encoding.h"

#include <string.h>

static const char byte_order_mark[] = "\xEF\xBB\xBF";

size_t encoding_mark_length(const char *bytes, size_t length)
{
    return length >= 3 && memcmp(bytes, byte_order_mark, 3) == 0 ? 3 : 0;
}

/* Bytes that a lead byte announces, 0 if it cannot lead. */
static size_t announced(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 2;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        return 4;
    }
    return 0;
}

size_t encoding_decode(const char *bytes, size_t length, uint32_t *ret_code)
{
    static const unsigned char lead_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    unsigned char lead = (unsigned char)bytes[0];
    size_t count = announced(lead);
    if (count == 0 || count > length) {
        return 0;
    }
    uint32_t code = lead & lead_bits[count];
    for (size_t i = 1; i < count; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if ((byte & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (byte & 0x3F);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least[count] || code > 0x10FFFF || surrogate) {
        return 0;
    }
    *ret_code = code;
    return count;
}

static bool is_allowed(uint32_t code)
{
    if (code < 0x20) {
        return code == '\t' || code == '\n' || code == '\r';
    }
    bool control = code >= 0x7F && code < 0xA0;
    bool separator = code == 0x2028 || code == 0x2029;
    bool no_character = code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
    return !control && !separator && !no_character;
}

static int check_utf16(const char *file, const char *bytes, size_t length, struct error *reterr)
{
    if (length >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) {
        struct source_at start = {.file = file, .line = 1, .column = 1, .width = 1};
        return error_at(reterr, start, "the file is UTF-16: save it as UTF-8");
    }
    return 0;
}

static int check_character(
    struct source_at at, const char *bytes, size_t length, size_t *ret_count, struct error *reterr)
{
    uint32_t code = 0;
    *ret_count = encoding_decode(bytes, length, &code);
    if (*ret_count == 0) {
        return error_at(reterr, at, "byte 0x%02X is not UTF-8: a scenario is a UTF-8 text file",
                        (unsigned)(unsigned char)bytes[0]);
    }
    if (code == 0) {
        return error_at(reterr, at,
                        "a NUL byte: the file is binary or UTF-16, a scenario is UTF-8");
    }
    if (!is_allowed(code)) {
        return error_at(reterr, at,
                        "control character U+%04X is not allowed "
                        "(in double quotes write it as \"\\u%04X\")",
                        (unsigned)code, (unsigned)code);
    }
    return 0;
}

int encoding_check(const char *file,
                   const char *bytes,
                   size_t length,
                   struct encoding_extent *ret_extent,
                   struct error *reterr)
{
    if (check_utf16(file, bytes, length, reterr) < 0) {
        return -1;
    }
    struct source_at at = {.file = file, .line = 1, .column = 1, .width = 1};
    struct encoding_extent extent = {.lines = 1, .last_columns = 0};
    for (size_t i = encoding_mark_length(bytes, length); i < length;) {
        size_t count = 0;
        if (check_character(at, bytes + i, length - i, &count, reterr) < 0) {
            return -1;
        }
        bool crlf = bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n';
        extent.lines = at.line;
        if (bytes[i] == '\n' || (bytes[i] == '\r' && !crlf)) {
            extent.last_columns = at.column - 1;
            at.line++;
            at.column = 1;
        } else if (!crlf) {
            extent.last_columns = at.column;
            at.column++;
        }
        i += count;
    }
    *ret_extent = extent;
    return 0;
}
