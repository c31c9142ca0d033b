#include "scenario/yaml_tree.h"

#include "base/check.h"
#include "base/text.h"
#include "scenario/encoding.h"
#include "scenario/scenario.h"
#include "scenario/yaml_anchors.h"
#include "scenario/yaml_hint.h"
#include "scenario/yaml_keys.h"

#include <string.h>
#include <yaml.h>

struct child {
    const struct yaml_value *value;
    struct child *next;
};

/* A list or mapping whose end has not been seen. */
struct frame {
    struct yaml_value *value;
    struct child *first;
    struct child *last;
    size_t count; /* a mapping's keys and values alternate */
};

struct builder {
    struct arena *arena;
    struct diagnostics *diagnostics;
    const char *file;
    struct encoding_extent extent;
    struct frame stack[SCENARIO_DEPTH_MAX];
    size_t depth;
    uint64_t values;
    uint32_t documents;
    struct yaml_tree tree;
    struct yaml_anchors anchors;
};

/* libyaml counts from 0 and places the end of a file on a line of its own, which no editor shows.
 */
static struct source_at place_of(const struct builder *builder, yaml_mark_t mark)
{
    struct source_at at = {
        .file = builder->file,
        .line = (uint32_t)mark.line + 1,
        .column = (uint32_t)mark.column + 1,
        .width = 1,
    };
    if (at.line > builder->extent.lines) {
        at.line = builder->extent.lines;
        at.column = builder->extent.last_columns + 1;
    }
    return at;
}

static struct source_at
place_between(const struct builder *builder, yaml_mark_t start, yaml_mark_t end)
{
    struct source_at at = place_of(builder, start);
    if (end.line == start.line && end.column > start.column) {
        at.width = (uint32_t)(end.column - start.column);
    }
    return at;
}

/* The rest of the text from the mark on; it counts characters, so its line is found first. */
static const char *text_at(const char *bytes, size_t length, yaml_mark_t mark)
{
    size_t line = 0;
    size_t i = 0;
    while (i < length && line < mark.line) {
        line += bytes[i++] == '\n';
    }
    return i + mark.column < length ? bytes + i + mark.column : "";
}

static int complain_about_syntax(struct builder *builder,
                                 const yaml_parser_t *parser,
                                 size_t first_diagnostic,
                                 const char *rest)
{
    const char *problem = parser->problem != NULL ? parser->problem : "out of memory";
    const char *context = parser->context != NULL ? parser->context : "";
    struct source_at at = place_of(builder, parser->problem_mark);
    struct source_at began = place_of(builder, parser->context_mark);
    const char *gap = context[0] != '\0' ? " " : "";
    const char *where = "";
    if (context[0] != '\0' && strstr(problem, "end of stream") != NULL) {
        at = began;
        where = " that begins here";
    } else if (context[0] != '\0' && (began.line != at.line || began.column != at.column)) {
        where = arena_printf(builder->arena, " that began at line %u, column %u", began.line,
                             began.column);
    }
    builder->diagnostics->count = first_diagnostic;
    diagnostics_add(builder->diagnostics, at, "YAML syntax: %s%s%s%s%s", problem, gap, context,
                    where, yaml_hint(problem, context, rest));
    return -1;
}

static int
check_limits(struct builder *builder, struct source_at at, uint32_t size, uint32_t height)
{
    builder->values += size;
    if (builder->values > SCENARIO_VALUES_MAX) {
        diagnostics_add(builder->diagnostics, at, "more than %d values, aliases expanded",
                        SCENARIO_VALUES_MAX);
        return -1;
    }
    if (builder->depth + height > SCENARIO_DEPTH_MAX) {
        diagnostics_add(builder->diagnostics, at, "values are nested deeper than %d levels",
                        SCENARIO_DEPTH_MAX);
        return -1;
    }
    return 0;
}

/* Hangs a finished value (or an alias) into the open list or mapping, or makes it the root. */
static void attach(struct builder *builder, const struct yaml_value *value)
{
    if (builder->depth == 0) {
        builder->tree.root = value;
        return;
    }
    struct frame *frame = &builder->stack[builder->depth - 1];
    struct child *child = ARENA_NEW(builder->arena, struct child);
    child->value = value;
    if (frame->last != NULL) {
        frame->last->next = child;
    } else {
        frame->first = child;
    }
    frame->last = child;
    frame->count++;
}

static void remember_tag(struct builder *builder, struct yaml_value *value, const char *tag)
{
    static const char core_prefix[] = "tag:yaml.org,2002:";
    if (tag == NULL) {
        return;
    }
    value->tag = text_has_prefix(tag, core_prefix)
                     ? arena_printf(builder->arena, "!!%.60s", tag + strlen(core_prefix))
                     : arena_printf(builder->arena, "%.60s", tag);
    value->next_tagged = builder->tree.tagged;
    builder->tree.tagged = value;
}

static enum value_style style_of(yaml_scalar_style_t style)
{
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
        return VALUE_BLOCK;
    }
    return style == YAML_PLAIN_SCALAR_STYLE ? VALUE_PLAIN : VALUE_QUOTED;
}

static size_t characters_of(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return count;
}

/* The event begins at an anchor, if there is one; the caret belongs under the text. */
static struct source_at place_of_scalar(const struct builder *builder, const yaml_event_t *event)
{
    struct source_at at = place_between(builder, event->start_mark, event->end_mark);
    size_t count = characters_of((const char *)event->data.scalar.value, event->data.scalar.length);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && event->data.scalar.anchor != NULL && count > 0 && count < at.width) {
        at.column += at.width - (uint32_t)count;
        at.width = (uint32_t)count;
    }
    return at;
}

static int take_scalar(struct builder *builder, const yaml_event_t *event)
{
    struct source_at at = place_of_scalar(builder, event);
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (check_limits(builder, at, 1, 1) < 0) {
        return -1;
    }
    if (memchr(text, '\0', length) != NULL) {
        diagnostics_add(builder->diagnostics, at, "this text holds a NUL character");
        length = strlen(text);
    }
    struct yaml_value *value = ARENA_NEW(builder->arena, struct yaml_value);
    *value = (struct yaml_value){
        .kind = VALUE_SCALAR,
        .style = style_of(event->data.scalar.style),
        .at = at,
        .text = arena_copy(builder->arena, text, length),
        .size = 1,
        .height = 1,
    };
    remember_tag(builder, value, (const char *)event->data.scalar.tag);
    yaml_anchors_add(&builder->anchors, builder->arena, (const char *)event->data.scalar.anchor,
                     value);
    attach(builder, value);
    return 0;
}

static int open_collection(struct builder *builder,
                           const yaml_event_t *event,
                           enum value_kind kind,
                           const yaml_char_t *tag,
                           const yaml_char_t *anchor)
{
    struct source_at at = place_of(builder, event->start_mark);
    if (check_limits(builder, at, 1, 1) < 0) {
        return -1;
    }
    struct yaml_value *value = ARENA_NEW(builder->arena, struct yaml_value);
    *value = (struct yaml_value){.kind = kind, .at = at};
    remember_tag(builder, value, (const char *)tag);
    yaml_anchors_add(&builder->anchors, builder->arena, (const char *)anchor, value);
    builder->stack[builder->depth++] = (struct frame){.value = value};
    return 0;
}

static void measure(struct frame *frame)
{
    uint32_t size = 1;
    uint32_t height = 0;
    for (const struct child *child = frame->first; child != NULL; child = child->next) {
        size += child->value->size;
        height = child->value->height > height ? child->value->height : height;
    }
    frame->value->size = size;
    frame->value->height = height + 1;
}

static void close_list(struct builder *builder, const struct frame *frame)
{
    const struct yaml_value **items =
        ARENA_ARRAY(builder->arena, const struct yaml_value *, frame->count);
    size_t i = 0;
    for (const struct child *child = frame->first; child != NULL; child = child->next) {
        items[i++] = child->value;
    }
    frame->value->items = items;
    frame->value->count = frame->count;
}

static void close_map(struct builder *builder, const struct frame *frame)
{
    CHECK(frame->count % 2 == 0);
    struct yaml_pair *pairs = ARENA_ARRAY(builder->arena, struct yaml_pair, frame->count / 2);
    size_t count = 0;
    for (const struct child *child = frame->first; child != NULL; child = child->next->next) {
        const struct yaml_value *key = child->value;
        if (key->kind == VALUE_SCALAR) {
            pairs[count++] = (struct yaml_pair){.key = key, .value = child->next->value};
            continue;
        }
        diagnostics_add(builder->diagnostics, key->at, "a key must be text, not %s",
                        yaml_value_describe(builder->arena, key));
    }
    yaml_keys_resolve(builder->arena, frame->value, pairs, count, builder->diagnostics);
}

static void close_collection(struct builder *builder)
{
    CHECK(builder->depth > 0);
    struct frame *frame = &builder->stack[--builder->depth];
    measure(frame);
    if (frame->value->kind == VALUE_LIST) {
        close_list(builder, frame);
    } else {
        close_map(builder, frame);
    }
    attach(builder, frame->value);
}

static int take_alias(struct builder *builder, const yaml_event_t *event)
{
    struct source_at at = place_between(builder, event->start_mark, event->end_mark);
    const char *name = (const char *)event->data.alias.anchor;
    const struct yaml_value *target = yaml_anchors_find(&builder->anchors, name);
    if (target == NULL) {
        diagnostics_add(builder->diagnostics, at, "alias %s names no anchor before it",
                        yaml_text_quote(builder->arena, name));
        return -1;
    }
    if (target->size == 0) {
        diagnostics_add(builder->diagnostics, at, "alias %s stands inside the value that it names",
                        yaml_text_quote(builder->arena, name));
        return -1;
    }
    if (check_limits(builder, at, target->size, target->height) < 0) {
        return -1;
    }
    attach(builder, target);
    return 0;
}

static int open_document(struct builder *builder, const yaml_event_t *event)
{
    if (builder->documents++ == 0) {
        return 0;
    }
    diagnostics_add(builder->diagnostics, place_of(builder, event->start_mark),
                    "a second document begins here: a scenario is one document");
    return -1;
}

static int take_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return open_document(builder, event);
    case YAML_SCALAR_EVENT:
        return take_scalar(builder, event);
    case YAML_ALIAS_EVENT:
        return take_alias(builder, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(builder, event, VALUE_LIST, event->data.sequence_start.tag,
                               event->data.sequence_start.anchor);
    case YAML_MAPPING_START_EVENT:
        return open_collection(builder, event, VALUE_MAP, event->data.mapping_start.tag,
                               event->data.mapping_start.anchor);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_collection(builder);
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return 0;
}

static int build(struct builder *builder, const char *bytes, size_t length)
{
    yaml_parser_t parser;
    size_t first_diagnostic = builder->diagnostics->count;
    if (!yaml_parser_initialize(&parser)) {
        struct source_at nowhere = {.file = builder->file};
        diagnostics_add(builder->diagnostics, nowhere, "out of memory");
        return -1;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    int result = 0;
    for (bool more = true; more && result == 0;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            const char *rest = text_at(bytes, length, parser.problem_mark);
            result = complain_about_syntax(builder, &parser, first_diagnostic, rest);
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        result = take_event(builder, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return result;
}

int yaml_tree_read(struct arena *arena,
                   const char *file,
                   const char *bytes,
                   size_t length,
                   struct diagnostics *diagnostics,
                   struct yaml_tree *ret)
{
    struct builder *builder = ARENA_NEW(arena, struct builder);
    *builder = (struct builder){.arena = arena, .diagnostics = diagnostics, .file = file};
    struct error error = {.os_errno = 0};
    if (encoding_check(file, bytes, length, &builder->extent, &error) < 0) {
        diagnostics_add(diagnostics, error.at, "%s", error.text);
        return -1;
    }
    size_t mark = encoding_mark_length(bytes, length);
    if (build(builder, bytes + mark, length - mark) < 0) {
        return -1;
    }
    if (builder->tree.root == NULL) {
        struct source_at start = {.file = file, .line = 1, .column = 1, .width = 1};
        diagnostics_add(diagnostics, start, "it is empty: there is no YAML value in it");
        return -1;
    }
    *ret = builder->tree;
    return 0;
}
