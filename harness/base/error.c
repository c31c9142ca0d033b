#include "base/error.h"

#include "base/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char cut_mark[] = "...";

/* Shows at the end of a full buffer that something is missing; halves no UTF-8 character. */
static void mark_cut(char *buffer, size_t capacity)
{
    size_t place = capacity - sizeof(cut_mark);

    while (place > 0 && ((unsigned char)buffer[place] & 0xc0U) == 0x80U) {
        place--;
    }
    memcpy(buffer + place, cut_mark, sizeof(cut_mark));
}

__attribute__((format(printf, 3, 0))) static void
fill(struct error *error, struct source_at at, const char *format, va_list arguments)
{
    int length = vsnprintf(error->text, sizeof(error->text), format, arguments);

    /* An empty text would mean "no error". */
    CHECK(length > 0);
    if ((size_t)length >= sizeof(error->text)) {
        mark_cut(error->text, sizeof(error->text));
    }
    error->at = at;
    error->os_errno = 0;
}

int error_at(struct error *reterr, struct source_at at, const char *format, ...)
{
    if (!error_is_set(reterr)) {
        va_list arguments;
        va_start(arguments, format);
        fill(reterr, at, format, arguments);
        va_end(arguments);
    }
    return -1;
}

int error_plain(struct error *reterr, const char *format, ...)
{
    if (!error_is_set(reterr)) {
        va_list arguments;
        va_start(arguments, format);
        fill(reterr, (struct source_at){.line = 0}, format, arguments);
        va_end(arguments);
    }
    return -1;
}

int error_os(struct error *reterr, int os_errno, const char *format, ...)
{
    if (error_is_set(reterr)) {
        return -1;
    }
    va_list arguments;
    va_start(arguments, format);
    fill(reterr, (struct source_at){.line = 0}, format, arguments);
    va_end(arguments);
    reterr->os_errno = os_errno;

    /* Unlike strerror, free of locale and of shared state. */
    const char *reason = strerrordesc_np(os_errno);
    size_t length = strlen(reterr->text);
    size_t room = sizeof(reterr->text) - length;
    int added = reason != NULL
                    ? snprintf(reterr->text + length, room, ": %s", reason)
                    : snprintf(reterr->text + length, room, ": error number %d", os_errno);
    CHECK(added > 0);
    if ((size_t)added >= room) {
        mark_cut(reterr->text, sizeof(reterr->text));
    }
    return -1;
}

void diagnostics_init(struct diagnostics *list, struct arena *arena)
{
    *list = (struct diagnostics){.arena = arena};
}

void diagnostics_add(struct diagnostics *list, struct source_at at, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    if (list->count == DIAGNOSTICS_MAX) {
        list->dropped++;
        return;
    }
    if (list->items == NULL) {
        list->items = ARENA_ARRAY(list->arena, struct diagnostic, DIAGNOSTICS_MAX);
    }
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    if ((size_t)length >= sizeof(text)) {
        mark_cut(text, sizeof(text));
    }
    list->items[list->count++] = (struct diagnostic){
        .at = at,
        .text = arena_copy(list->arena, text, strlen(text)),
    };
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_files(const char *a, const char *b)
{
    if (a == NULL || b == NULL) {
        return (a != NULL) - (b != NULL);
    }
    return strcmp(a, b);
}

static int compare_places(const struct source_at *a, const struct source_at *b)
{
    int order = compare_files(a->file, b->file);

    if (order == 0) {
        order = compare_numbers(a->line, b->line);
    }
    if (order == 0) {
        order = compare_numbers(a->column, b->column);
    }
    return order;
}

/* Insertion: stable, no memory of its own, and the list is short and nearly sorted already. */
void diagnostics_sort(struct diagnostics *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct diagnostic moving = list->items[i];
        size_t place = i;
        while (place > 0 && compare_places(&list->items[place - 1].at, &moving.at) > 0) {
            list->items[place] = list->items[place - 1];
            place--;
        }
        list->items[place] = moving;
    }
}
