/* The nodes and the services: what is not as a node of its kind has it. */
#include "base/text.h"
#include "scenario/defaults.h"
#include "scenario/write_sections.h"

static void write_stub(struct writing *writing, const struct stub_settings *stub)
{
    static const struct written_field fields[] = {
        {WRITTEN_FIELD(struct stub_settings, latency, "latency", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, start_delay, "start_delay", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, idle_close, "idle_close", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, exit_after, "exit_after", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, backlog, "backlog", WRITTEN_COUNT)},
    };
    writing_map(writing, "stub", fields, sizeof(fields) / sizeof(fields[0]), stub, &defaults_stub);
}

static void write_env(struct writing *writing, const struct scenario_node *node)
{
    if (node->env_count == 0) {
        return;
    }
    writing_key(writing, "env");
    writing_open(writing, "{");
    for (size_t i = 0; i < node->env_count; i++) {
        writing_key(writing, node->env[i].name);
        writing_text(writing, node->env[i].value != NULL ? node->env[i].value : DEFAULTS_PASSED_ON);
    }
    writing_close(writing, "}");
}

static void write_ready(struct writing *writing, const struct ready_settings *ready)
{
    static const struct written_field fields[] = {
        {WRITTEN_FIELD(struct ready_settings, http, "http", WRITTEN_TEXT)},
        {WRITTEN_FIELD(struct ready_settings, within, "within", WRITTEN_DURATION)},
    };
    writing_map(writing, "ready", fields, sizeof(fields) / sizeof(fields[0]), ready,
                &defaults_node.ready);
}

static const char *signal_word(int signal)
{
    size_t i = 0;
    while (i + 1 < STOP_SIGNALS && stop_signals[i] != signal) {
        i++;
    }
    return stop_signal_words[i];
}

static void write_stop(struct writing *writing, const struct stop_settings *stop)
{
    if (stop->signal == defaults_node.stop.signal && stop->within == defaults_node.stop.within) {
        return;
    }
    writing_key(writing, "stop");
    writing_open(writing, "{");
    writing_key(writing, "signal");
    writing_add(writing, signal_word(stop->signal));
    writing_key(writing, "within");
    writing_duration(writing, stop->within);
    writing_close(writing, "}");
}

/* The port alone, where it says all. */
static void
write_place(struct writing *writing, const struct scenario_node *node, uint16_t usual_port)
{
    const char *plain = arena_printf(writing->arena, "http://127.0.0.1:%u", node->port);
    if (node->port != 0 && !text_equal(node->url.text, plain)) {
        writing_key(writing, "url");
        writing_text(writing, node->url.text);
    } else if (node->port != usual_port || node->kind == NODE_EXTERNAL) {
        writing_key(writing, "port");
        writing_printf(writing, "%u", node->port);
    }
}

static void
write_process(struct writing *writing, const struct scenario_node *node, uint16_t usual_port)
{
    writing_add(writing, "\n  - ");
    writing_open(writing, "{");
    writing_key(writing, "name");
    writing_text(writing, node->name);
    write_place(writing, node, usual_port);
    if (node->kind == NODE_EXTERNAL) {
        writing_key(writing, "external");
        writing_add(writing, "true");
    }
    if (node->command.count > 0) {
        writing_key(writing, "command");
        writing_texts(writing, node->command.words, node->command.count);
    }
    write_env(writing, node);
    if (node->cwd != NULL) {
        writing_key(writing, "cwd");
        writing_text(writing, node->cwd);
    }
    write_ready(writing, &node->ready);
    write_stop(writing, &node->stop);
    write_stub(writing, &node->stub);
    writing_close(writing, "}");
}

static bool is_default_node(struct arena *arena, const struct scenario_node *node, size_t index)
{
    const struct stub_settings *stub = &node->stub;
    return node->kind == NODE_STUB && node->port == DEFAULTS_FIRST_PORT + index &&
           text_equal(node->name, defaults_node_name(arena, index)) &&
           stub->latency == defaults_stub.latency &&
           stub->start_delay == defaults_stub.start_delay &&
           stub->idle_close == defaults_stub.idle_close &&
           stub->exit_after == defaults_stub.exit_after && stub->backlog == defaults_stub.backlog;
}

void write_nodes(struct writing *writing, const struct scenario *scenario)
{
    size_t usual = 0;
    while (usual < scenario->node_count &&
           is_default_node(writing->arena, &scenario->nodes[usual], usual)) {
        usual++;
    }
    if (usual == scenario->node_count) {
        writing_key(writing, "nodes");
        writing_printf(writing, "%zu", usual);
        return;
    }
    writing_begin(writing, "nodes");
    for (size_t i = 0; i < scenario->node_count; i++) {
        write_process(writing, &scenario->nodes[i], (uint16_t)(DEFAULTS_FIRST_PORT + i));
    }
    writing_end(writing);
}

void write_services(struct writing *writing, const struct scenario *scenario)
{
    if (scenario->process_count == scenario->node_count) {
        return;
    }
    writing_begin(writing, "services");
    for (size_t i = scenario->node_count; i < scenario->process_count; i++) {
        write_process(writing, &scenario->nodes[i], 0);
    }
    writing_end(writing);
}
