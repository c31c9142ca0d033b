#include "world/look_up.h"

#include "base/check.h"
#include "base/text.h"
#include "world/http_question.h"
#include "world/json_field.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_MARK "$(request)"

enum {
    NUMBER_DIGITS = 10,
};

/* One of them, used again and again. */
struct look_up {
    struct look_up *next;
    struct http_question question;
    struct world_lookup what;
    char *path;
    char *body;
    bool was_retried;
};

struct look_ups {
    struct look_ups_settings settings;
    struct look_up *under_way;
    struct look_up *idle;
};

/* With the request's number in it; NULL of NULL. */
static char *with_number(const char *text, uint32_t request)
{
    size_t marks = 0;
    if (text == NULL) {
        return NULL;
    }
    for (const char *at = strstr(text, NUMBER_MARK); at != NULL; at = strstr(at + 1, NUMBER_MARK)) {
        marks++;
    }
    size_t capacity = strlen(text) + marks * NUMBER_DIGITS + 1;
    char *copy = malloc(capacity);
    struct text result;
    CHECK_MEMORY(copy != NULL);
    text_init(&result, copy, capacity);
    for (const char *at = strstr(text, NUMBER_MARK); at != NULL; at = strstr(text, NUMBER_MARK)) {
        text_add_bytes(&result, text, (size_t)(at - text));
        text_printf(&result, "%u", request);
        text = at + strlen(NUMBER_MARK);
    }
    text_add(&result, text);
    CHECK(!result.overflowed);
    return copy;
}

struct look_ups *look_ups_new(const struct look_ups_settings *settings)
{
    struct look_ups *look_ups = ARENA_NEW(settings->arena, struct look_ups);
    look_ups->settings = *settings;
    return look_ups;
}

static void forget(struct look_up *look_up)
{
    http_question_done(&look_up->question);
    free(look_up->path);
    free(look_up->body);
    look_up->path = NULL;
    look_up->body = NULL;
}

struct look_ups *look_ups_free(struct look_ups *look_ups)
{
    for (struct look_up *i = look_ups != NULL ? look_ups->under_way : NULL; i != NULL;
         i = i->next) {
        forget(i);
    }
    return NULL;
}

/* fresh: an idle connection may die in the moment in which it is used again. */
static void ask(struct look_ups *look_ups, struct look_up *look_up, bool fresh)
{
    const struct http_question_what what = {
        .path = look_up->path,
        .body = look_up->body,
        .limit = look_up->what.limit,
        .node = look_up->what.node,
        .fresh = fresh,
    };
    look_up->was_retried = fresh;
    http_question_ask(&look_up->question, look_ups->settings.http, &what);
}

void look_ups_ask(struct look_ups *look_ups, const struct world_lookup *what)
{
    const struct question *question = what->question;
    struct look_up *look_up = look_ups->idle;
    if (look_up != NULL) {
        look_ups->idle = look_up->next;
    } else {
        look_up = ARENA_NEW(look_ups->settings.arena, struct look_up);
    }
    bool posts = question->method == METHOD_POST;
    look_up->what = *what;
    look_up->path = with_number(question->path, what->request);
    look_up->body =
        with_number(question->body == NULL && posts ? "" : question->body, what->request);
    look_up->next = look_ups->under_way;
    look_ups->under_way = look_up;
    ask(look_ups, look_up, false);
}

nanos look_ups_deadline(const struct look_ups *look_ups)
{
    nanos deadline = NANOS_NEVER;
    for (const struct look_up *i = look_ups->under_way; i != NULL; i = i->next) {
        deadline = nanos_min(deadline, http_question_deadline(&i->question));
    }
    return deadline;
}

static const char *field_of(struct look_ups *look_ups,
                            const struct look_up *look_up,
                            const char *field,
                            bool *ret_holds)
{
    const struct http_question *question = &look_up->question;
    if (field == NULL || question->outcome != OUTCOME_ANSWER || question->length == 0) {
        return NULL;
    }
    return json_field(look_ups->settings.arena, question->bytes, question->length, field,
                      ret_holds);
}

static void report(struct look_ups *look_ups, struct look_up *look_up, nanos now)
{
    const struct http_question *question = &look_up->question;
    bool holds = false;
    const char *value = field_of(look_ups, look_up, look_up->what.question->field, &holds);
    const struct occurrence occurrence = {
        .at = now,
        .kind = OCCURRENCE_LOOKED_UP,
        .node = look_up->what.node,
        .looked_up = {.value = value,
                      .other = field_of(look_ups, look_up, look_up->what.also, NULL),
                      .lookup = look_up->what.lookup,
                      .status = question->outcome == OUTCOME_ANSWER ? question->status : 0,
                      .holds = holds},
    };
    forget(look_up);
    look_ups->settings.report(look_ups->settings.context, &occurrence);
}

void look_ups_poll(struct look_ups *look_ups, nanos now)
{
    struct look_up **place = &look_ups->under_way;
    while (*place != NULL) {
        struct look_up *look_up = *place;
        if (!http_question_poll(&look_up->question, now)) {
            place = &look_up->next;
            continue;
        }
        if (look_up->question.outcome == OUTCOME_RESET && !look_up->was_retried) {
            ask(look_ups, look_up, true);
            place = &look_up->next;
            continue;
        }
        *place = look_up->next;
        look_up->next = look_ups->idle;
        look_ups->idle = look_up;
        report(look_ups, look_up, now);
    }
}
