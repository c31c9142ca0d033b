#include "scenario/scenario_read.h"

#include "scenario/client_override.h"
#include "scenario/input_file.h"
#include "scenario/override.h"
#include "scenario/reader.h"
#include "scenario/yaml_tree.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PORT_MAX 65535

static void gather_expectations(struct reader *reader)
{
    struct scenario *scenario = reader->scenario;
    scenario->expectations =
        ARENA_ARRAY(reader->arena, struct expectation, scenario->expectation_count);
    size_t i = 0;
    for (const struct expectation_link *link = reader->expectations; link != NULL;
         link = link->next) {
        scenario->expectations[i++] = link->item;
    }
}

static bool has_complaint_at(const struct diagnostics *diagnostics, struct source_at at)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct source_at *other = &diagnostics->items[i].at;
        if (other->line == at.line && other->column == at.column && other->file == at.file) {
            return true;
        }
    }
    return false;
}

/* Comparisons have complained about theirs, with better advice. */
static void complain_about_tags(struct diagnostics *diagnostics, const struct yaml_value *tagged)
{
    for (; tagged != NULL; tagged = tagged->next_tagged) {
        if (!has_complaint_at(diagnostics, tagged->at)) {
            diagnostics_add(diagnostics, tagged->at,
                            "explicit tags ('%s') are not read: remove it, or quote the text",
                            tagged->tag);
        }
    }
}

static const struct yaml_value *apply_overrides(struct arena *arena,
                                                const struct yaml_value *root,
                                                const struct scenario_overrides *overrides,
                                                struct diagnostics *diagnostics)
{
    for (size_t i = 0; overrides != NULL && i < overrides->setting_count; i++) {
        const struct yaml_value *edited =
            override_apply(arena, root, overrides->settings[i], diagnostics);
        root = edited != NULL ? edited : root;
    }
    return root;
}

static void apply_port_base(struct reader *reader, const struct scenario_overrides *overrides)
{
    struct scenario *scenario = reader->scenario;
    if (overrides == NULL || overrides->port_base == 0) {
        return;
    }
    size_t last = overrides->port_base + scenario->node_count - 1;
    if (last > PORT_MAX) {
        struct source_at at = {
            .file = arena_printf(reader->arena, "--port-base %u", overrides->port_base),
        };
        schema_complain_at(reader, at, "%zu nodes do not fit below port %d", scenario->node_count,
                           PORT_MAX + 1);
        return;
    }
    for (size_t i = 0; i < scenario->node_count; i++) {
        if (scenario->nodes[i].kind != NODE_EXTERNAL) {
            node_move(reader->arena, &scenario->nodes[i], (uint16_t)(overrides->port_base + i));
        }
    }
    if (!(reader->broken & SECTION_NODES)) {
        check_ports(reader);
    }
}

static void read_judged(struct reader *reader,
                        unsigned section,
                        const struct yaml_value *value,
                        void (*read)(struct reader *reader, const struct yaml_value *value))
{
    size_t before = reader->mistakes;
    read(reader, value);
    if (reader->mistakes != before) {
        reader->broken |= section;
    }
}

/* Nodes come first, since others name them; the scenario's expectations come before those of its
   faults. */
static void read_sections(struct reader *reader, const struct scenario_overrides *overrides)
{
    const struct yaml_value *root = reader->root;
    if (!read_run(reader)) {
        return;
    }
    read_nodes(reader, yaml_value_get(root, "nodes"));
    apply_port_base(reader, overrides);
    read_client(reader, yaml_value_get(root, "client"));
    if (overrides != NULL && overrides->client != NULL && !(reader->broken & SECTION_CLIENT)) {
        client_override_apply(reader, overrides->client);
    }
    read_traffic(reader, yaml_value_get(root, "traffic"));
    read_judged(reader, SECTION_EXPECT, yaml_value_get(root, "expect"), read_expect);
    read_judged(reader, SECTION_FAULTS, yaml_value_get(root, "faults"), read_faults);
    read_judged(reader, SECTION_CHAOS, yaml_value_get(root, "chaos"), read_chaos);
    read_alerts(reader, yaml_value_get(root, "alerts"));
    read_judged(reader, SECTION_LEADER, yaml_value_get(root, "leader"), read_leader);
    read_judged(reader, SECTION_VERIFY, yaml_value_get(root, "verify"), read_verify);
    check_run(reader);
    check_faults(reader);
    check_chaos(reader);
    check_kinds(reader);
    check_expectations(reader);
}

static int read_tree(struct reader *reader,
                     const struct scenario_source *source,
                     const struct scenario_overrides *overrides)
{
    struct yaml_tree tree = {.root = NULL};
    if (source->length > SCENARIO_FILE_BYTES_MAX) {
        struct source_at whole = {.file = source->file};
        diagnostics_add(reader->diagnostics, whole, "the file is larger than 1 MiB");
        return -1;
    }
    if (yaml_tree_read(reader->arena, source->file, source->bytes, source->length,
                       reader->diagnostics, &tree) < 0) {
        return -1;
    }
    reader->root = apply_overrides(reader->arena, tree.root, overrides, reader->diagnostics);
    read_sections(reader, overrides);
    gather_expectations(reader);
    complain_about_tags(reader->diagnostics, tree.tagged);
    return 0;
}

int scenario_read(struct arena *arena,
                  const struct scenario_source *source,
                  const struct scenario_overrides *overrides,
                  struct diagnostics *diagnostics,
                  struct scenario *ret)
{
    struct scenario scenario = {.file = source->file};
    struct reader reader = {
        .arena = arena,
        .diagnostics = diagnostics,
        .scenario = &scenario,
        .process = NODE_NONE,
    };
    size_t before = diagnostics->count + diagnostics->dropped;
    bool read = read_tree(&reader, source, overrides) == 0;
    if (!read || reader.mistakes > 0 || diagnostics->count + diagnostics->dropped != before) {
        diagnostics_sort(diagnostics);
        return -1;
    }
    scenario.text = arena_copy(arena, source->bytes, source->length);
    scenario.text_length = source->length;
    *ret = scenario;
    return 0;
}

/* Reads one byte more than is allowed, to tell a full file from one that is too large. Returns the
 * length or -1. */
static ssize_t read_bytes(int fd, char *buffer, size_t capacity)
{
    size_t length = 0;
    while (length < capacity) {
        ssize_t count = read(fd, buffer + length, capacity - length);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        length += (size_t)count;
    }
    return (ssize_t)length;
}

int scenario_load(struct arena *arena,
                  const char *file,
                  const struct scenario_overrides *overrides,
                  struct diagnostics *diagnostics,
                  struct scenario *ret)
{
    struct source_at whole = {.file = file};
    int fd = input_file_open(file);
    if (fd < 0) {
        diagnostics_add(diagnostics, whole, "it cannot be opened: %s", strerrordesc_np(errno));
        return -1;
    }
    size_t capacity = (size_t)SCENARIO_FILE_BYTES_MAX + 1;
    char *bytes = arena_alloc(arena, capacity);
    ssize_t length = read_bytes(fd, bytes, capacity);
    int failure = errno;
    close(fd);
    if (length < 0) {
        diagnostics_add(diagnostics, whole, "it cannot be read: %s", strerrordesc_np(failure));
        return -1;
    }
    struct scenario_source source = {.file = file, .bytes = bytes, .length = (size_t)length};
    return scenario_read(arena, &source, overrides, diagnostics, ret);
}
