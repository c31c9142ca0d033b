#include "scenario/substitutions.h"

#include "base/text.h"

#include <string.h>

#define SHOWN_MAX 64

static const struct {
    const char *word;
    unsigned allowed;
} own_words[] = {
    {"$(port)", SUBSTITUTE_PROCESS},
    {"$(name)", SUBSTITUTE_PROCESS},
    {"$(dir)", SUBSTITUTE_PROCESS | SUBSTITUTE_DIR},
    {"$(address)", SUBSTITUTE_PROCESS},
    {"$(request)", SUBSTITUTE_REQUEST},
};

#define OWN_WORDS (sizeof(own_words) / sizeof(own_words[0]))

static const char port_of[] = "$(port.";
static const char address_of[] = "$(address.";

/* One "$(...)" while it is judged. */
struct found {
    struct reader *reader;
    const struct yaml_value *value;
    const char *key;
    const char *word; /* a copy of it, clipped */
    unsigned allowed;
};

static const char *list_of_words(struct arena *arena, unsigned allowed)
{
    const char *list = "";
    for (size_t i = 0; i < OWN_WORDS; i++) {
        if (own_words[i].allowed & allowed) {
            list =
                arena_printf(arena, "%s%s%s", list, list[0] != '\0' ? ", " : "", own_words[i].word);
        }
    }
    if (allowed & SUBSTITUTE_PROCESS) {
        list = arena_printf(arena, "%s, $(port.NODE), $(address.NODE)", list);
    }
    return list;
}

static const char *advise(const struct found *found)
{
    const char *words[OWN_WORDS];
    size_t count = 0;
    for (size_t i = 0; i < OWN_WORDS; i++) {
        if (own_words[i].allowed & found->allowed) {
            words[count++] = own_words[i].word;
        }
    }
    if (count == 0) {
        return "";
    }
    const char *meant = schema_suggest(found->reader, found->word, words, count);
    return meant[0] != '\0' ? meant
                            : arena_printf(found->reader->arena, " (there is %s)",
                                           list_of_words(found->reader->arena, found->allowed));
}

static bool is_portless(const struct reader *reader, uint16_t process)
{
    return !(reader->broken & SECTION_NODES) && process != NODE_NONE &&
           reader->scenario->nodes[process].port == 0;
}

static bool complain_about_port(const struct found *found, uint16_t process)
{
    schema_complain(found->reader, found->value,
                    "%s in '%s': service '%s' has no 'port' of its own",
                    yaml_text_quote(found->reader->arena, found->word), found->key,
                    found->reader->scenario->nodes[process].name);
    return false;
}

static bool check_node(const struct found *found, const char *prefix)
{
    struct reader *reader = found->reader;
    const char *rest = found->word + strlen(prefix);
    const char *name = arena_copy(reader->arena, rest, strcspn(rest, ")"));
    if (reader->broken & SECTION_NODES) {
        return true;
    }
    uint16_t node = scenario_node_index(reader->scenario, name);
    if (node == NODE_NONE) {
        schema_complain(reader, found->value, "there is no node %s, as in %s%s",
                        yaml_text_quote(reader->arena, name),
                        yaml_text_quote(reader->arena, found->word),
                        target_suggest(reader, name, reader->scenario->process_count));
        return false;
    }
    return prefix != port_of || !is_portless(reader, node) || complain_about_port(found, node);
}

static bool check_word(const struct found *found)
{
    for (size_t i = 0; i < OWN_WORDS; i++) {
        if ((own_words[i].allowed & found->allowed) && text_equal(found->word, own_words[i].word)) {
            bool wants_port = i == 0;
            uint16_t process = found->reader->process;
            return !wants_port || !is_portless(found->reader, process) ||
                   complain_about_port(found, process);
        }
    }
    if (found->allowed & SUBSTITUTE_PROCESS) {
        if (text_has_prefix(found->word, port_of)) {
            return check_node(found, port_of);
        }
        if (text_has_prefix(found->word, address_of)) {
            return check_node(found, address_of);
        }
    }
    schema_complain(found->reader, found->value, "unknown substitution %s in '%s'%s",
                    yaml_text_quote(found->reader->arena, found->word), found->key, advise(found));
    return false;
}

bool substitutions_check(struct reader *reader,
                         const struct yaml_value *value,
                         const char *key,
                         unsigned allowed)
{
    struct found found = {.reader = reader, .value = value, .key = key, .allowed = allowed};
    for (const char *at = strstr(value->text, "$("); at != NULL; at = strstr(at + 2, "$(")) {
        const char *end = strchr(at, ')');
        size_t length = end != NULL ? (size_t)(end - at) + 1 : strlen(at);
        found.word = arena_copy(reader->arena, at, length < SHOWN_MAX ? length : SHOWN_MAX);
        if (!check_word(&found)) {
            return false;
        }
    }
    return true;
}
