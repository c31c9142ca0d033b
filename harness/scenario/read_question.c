/* Questions to nodes: who leads, and whether what was acknowledged is there. */
#include "scenario/body_json.h"
#include "scenario/reader.h"
#include "scenario/substitutions.h"

#include <string.h>

#define FIELD_BYTES_MAX 500

/* A section while it is read. */
struct asking {
    struct leader_settings leader; /* verify has no more than its question */
    unsigned substitutions;
};

static struct question *question_of(void *target)
{
    return &((struct asking *)target)->leader.question;
}

static SCHEMA_READER(read_get)
{
    struct question *question = question_of(target);
    question->method = METHOD_GET;
    take_path(reader, value, field->key, ((struct asking *)target)->substitutions, &question->path);
}

static SCHEMA_READER(read_post)
{
    struct question *question = question_of(target);
    question->method = METHOD_POST;
    take_path(reader, value, field->key, ((struct asking *)target)->substitutions, &question->path);
}

static SCHEMA_READER(read_body)
{
    question_of(target)->body =
        body_json(reader, value, field->key, ((struct asking *)target)->substitutions);
}

static bool is_dotted(const char *text)
{
    size_t length = strnlen(text, FIELD_BYTES_MAX + 1);
    return length > 0 && length <= FIELD_BYTES_MAX && text[0] != '.' && text[length - 1] != '.' &&
           strstr(text, "..") == NULL;
}

static SCHEMA_READER(read_field)
{
    const char *taken = NULL;
    if (!schema_take_text(reader, value, field->key, &taken)) {
        return;
    }
    if (!is_dotted(taken)) {
        schema_complain(reader, value,
                        "'%s' must be a path into the answer like 'kvs.0.value', not %s",
                        field->key, yaml_value_describe(reader->arena, value));
        return;
    }
    *(const char **)target = taken;
}

/* What a number or a truth looks like in the answer is text here. */
static SCHEMA_READER(read_is)
{
    if (value->kind != VALUE_SCALAR || yaml_value_is_null(value)) {
        schema_mismatch(reader, value, field->key, "the text of the field, as a leader has it");
        return;
    }
    *(const char **)target = value->text;
}

static void check_method(struct reader *reader, const struct yaml_value *value, const char *where)
{
    const struct yaml_pair *get = yaml_value_pair(value, "get");
    const struct yaml_pair *post = yaml_value_pair(value, "post");
    const struct yaml_pair *body = yaml_value_pair(value, "body");
    if (get == NULL && post == NULL) {
        schema_complain(reader, value, "%s needs the key 'get' or 'post', with a path", where);
    } else if (get != NULL && post != NULL) {
        schema_complain(reader, post->key, "%s asks by 'get' or by 'post', not by both", where);
    } else if (get != NULL && body != NULL) {
        schema_complain(reader, body->key, "a 'get' has no 'body'");
    }
}

static void check_answer(struct reader *reader, const struct yaml_value *value)
{
    const struct yaml_pair *is = yaml_value_pair(value, "is");
    const struct yaml_pair *same_as = yaml_value_pair(value, "same_as");
    if (is == NULL && same_as == NULL) {
        schema_complain(reader, value, "'leader' needs the key 'is' or 'same_as'");
    } else if (is != NULL && same_as != NULL) {
        schema_complain(reader, same_as->key,
                        "a leader is known by 'is' or by 'same_as', not by both");
    }
}

#define ASKING_FIELD(member, word, reader_of_value)                                                \
    SCHEMA_FIELD(struct asking, leader.member, word, reader_of_value)

#define QUESTION_FIELDS                                                                            \
    {.key = "get", .read = read_get}, {.key = "post", .read = read_post},                          \
        {.key = "body", .read = read_body},                                                        \
    {                                                                                              \
        ASKING_FIELD(question.field, "field", read_field), .required = true                        \
    }

void read_leader(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field fields[] = {
        QUESTION_FIELDS,
        {ASKING_FIELD(is, "is", read_is)},
        {ASKING_FIELD(same_as, "same_as", read_field)},
    };
    static const struct schema schema = {
        .where = "'leader'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct asking asking = {.substitutions = SUBSTITUTE_NOTHING};
    if (value == NULL || !schema_read(reader, &schema, value, &asking)) {
        return;
    }
    check_method(reader, value, schema.where);
    check_answer(reader, value);
    reader->scenario->leader = asking.leader;
    reader->scenario->leader.question.at = value->at;
    reader->scenario->leader.enabled = true;
}

void read_verify(struct reader *reader, const struct yaml_value *value)
{
    static const struct schema_field fields[] = {QUESTION_FIELDS};
    static const struct schema schema = {
        .where = "'verify'",
        .fields = fields,
        .field_count = sizeof(fields) / sizeof(fields[0]),
    };
    struct asking asking = {.substitutions = SUBSTITUTE_REQUEST};
    if (value == NULL || !schema_read(reader, &schema, value, &asking)) {
        return;
    }
    check_method(reader, value, schema.where);
    reader->scenario->verify =
        (struct verify_settings){.enabled = true, .question = asking.leader.question};
    reader->scenario->verify.question.at = value->at;
}
