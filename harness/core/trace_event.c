#include "base/check.h"
#include "core/trace_parts.h"

#include <inttypes.h>

static void add_client(struct story *story, uint16_t client)
{
    if (story->scenario->client.instances > 1) {
        text_printf(&story->text, "client %u: ", client);
    }
}

static bool counts_hits(const struct story *story, uint32_t fault)
{
    return fault < story->scenario->fault_count &&
           fault_kind_counts_hits(story->scenario->faults[fault].kind);
}

static void tell_fault(struct story *story, const struct event *event)
{
    const char *node = trace_node(story, event->node);
    struct text *text = &story->text;

    text_printf(text, "fault %s ", trace_fault(story, event->fault.fault));
    if (event->kind == EVENT_FAULT_PLANNED) {
        text_printf(text, "planned on %s: ", node);
        if (event->fault.fault < story->scenario->fault_count) {
            trace_add_fault(story, &story->scenario->faults[event->fault.fault]);
        }
    } else if (event->kind == EVENT_FAULT_APPLIED) {
        text_printf(text, "applied to %s, which was %s", node,
                    event->fault.was_up ? "up" : "not up");
    } else if (event->kind == EVENT_FAULT_FAILED) {
        text_printf(text, "failed on %s: %s", node, event->fault.text);
    } else {
        text_printf(text, "%s on %s, confirmed by %s",
                    event->kind == EVENT_FAULT_EFFECTIVE ? "effective" : "cleared", node,
                    confirmed_by_word((enum confirmed_by)event->fault.confirmed_by));
        if (event->kind == EVENT_FAULT_CLEARED && counts_hits(story, event->fault.fault)) {
            text_printf(text, ", %" PRIu64 " hits", event->fault.hits);
        }
    }
}

static void tell_node(struct story *story, const struct event *event)
{
    const char *why = event->node_change.why;

    text_printf(&story->text, "node %s is %s%s%s%s", trace_node(story, event->node),
                node_state_word((enum node_state)event->node_change.state),
                event->node_change.planned ? "" : ", unplanned", why[0] != '\0' ? ": " : "", why);
}

static void tell_command(struct story *story, const struct event *event)
{
    add_client(story, event->command.client);
    text_printf(&story->text, "command %s: %s%s%s", trace_fault(story, event->command.fault),
                event->command.done ? "done" : "refused", event->command.why[0] != '\0' ? ", " : "",
                event->command.why);
}

static void tell_alert(struct story *story, const struct event *event)
{
    text_printf(&story->text, "alert %" PRIu32 ": %s %s: %s", event->alert.alert,
                trace_node(story, event->node), event->alert.raised ? "failed" : "is healthy again",
                event->alert.why);
}

static void tell_hook(struct story *story, const struct event *event)
{
    text_printf(&story->text, "hook of alert %" PRIu32 ": %s", event->hook.alert,
                hook_end_word((enum hook_end)event->hook.end));
    if (event->hook.end == HOOK_EXITED) {
        text_printf(&story->text, ", status %u", event->hook.exit_status);
    }
}

static void tell_problem(struct story *story, const struct event *event)
{
    text_printf(&story->text, "problem %s", reason_code((enum reason)event->problem.reason));
    if (event->node != NODE_NONE) {
        text_printf(&story->text, " of %s", trace_node(story, event->node));
    }
    text_printf(&story->text, ": %s", event->problem.text);
}

void trace_add_event(struct story *story, const struct event *event)
{
    struct text *text = &story->text;

    switch ((enum event_kind)event->kind) {
    case EVENT_NODE:
        tell_node(story, event);
        return;
    case EVENT_BELIEF:
        add_client(story, event->belief.client);
        text_printf(text, "client believes %s %s: %s", trace_node(story, event->node),
                    belief_word((enum belief)event->belief.belief), event->belief.why);
        return;
    case EVENT_ACTIVE:
        add_client(story, event->client.client);
        text_printf(text, "client prefers %s", trace_node(story, event->node));
        return;
    case EVENT_PANIC:
        add_client(story, event->client.client);
        text_add(text, event->client.on ? "client panics: every node is ejected"
                                        : "client panics no longer");
        return;
    case EVENT_ALERT:
        tell_alert(story, event);
        return;
    case EVENT_ALERT_HOOK:
        tell_hook(story, event);
        return;
    case EVENT_STALL:
        text_add(text, "the harness stood still for ");
        trace_add_length(story, event->turn.lateness);
        return;
    case EVENT_PHASE:
        text_printf(text, "phase %s", phase_word((enum phase)event->phase.phase));
        return;
    case EVENT_COMMAND:
        tell_command(story, event);
        return;
    case EVENT_PROBLEM:
        tell_problem(story, event);
        return;
    case EVENT_LEADER:
        text_printf(text, "%s says that it leads: %s", trace_node(story, event->node),
                    event->leader.text);
        return;
    case EVENT_FAULT_PLANNED:
    case EVENT_FAULT_APPLIED:
    case EVENT_FAULT_EFFECTIVE:
    case EVENT_FAULT_CLEARED:
    case EVENT_FAULT_FAILED:
        tell_fault(story, event);
        return;
    case EVENT_REQUEST:
    case EVENT_ATTEMPT:
    case EVENT_ATTEMPT_END:
    case EVENT_REQUEST_END:
    case EVENT_EXECUTED:
    case EVENT_TURN:
    case EVENT_STATUS:
    case EVENT_STREAM_OPEN:
    case EVENT_STREAM_OPENED:
    case EVENT_STREAM_EVENT:
    case EVENT_STREAM_END:
    case EVENT_CLIENT:
    case EVENT_VERIFIED:
    case EVENT_KINDS:
        break;
    }
    CHECK(false);
}
