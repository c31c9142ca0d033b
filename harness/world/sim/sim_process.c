#include "world/sim/sim_parts.h"

#include <signal.h>

static void start_rings(struct sim *sim, struct sim_alarm *alarm);
static void end_rings(struct sim *sim, struct sim_alarm *alarm);
static void look_rings(struct sim *sim, struct sim_alarm *alarm);
static void exit_after_rings(struct sim *sim, struct sim_alarm *alarm);
static void mail_rings(struct sim *sim, struct sim_alarm *alarm);

void sim_process_init(struct sim_node *node)
{
    node->start.ring = start_rings;
    node->end.ring = end_rings;
    node->look.ring = look_rings;
    node->exit_after.ring = exit_after_rings;
    node->mail.ring = mail_rings;
}

/* ---- beginning ---- */

void sim_process_start(struct sim *sim, struct sim_node *node)
{
    CHECK(node->state == PROCESS_DOWN);
    node->incarnation = (uint16_t)(node->started_before ? node->incarnation + 1 : 0);
    node->started_before = true;
    node->state = PROCESS_STARTING;
    node->lives = true;
    node->stopped = false;
    node->ending = false;
    node->closed = false;
    node->to_end = false;
    node->started_at = nanos_max(sim->clock, sim->spawned_at);
    sim->spawned_at = node->started_at + SIM_SPAWN;
    nanos start = SIM_START + sim_hop(node) - SIM_HOP;
    sim_alarm_set(sim, &node->start,
                  nanos_add(node->started_at + start, node->settings->stub.start_delay));
}

static void start_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_node *node = SIM_OF(struct sim_node, start, alarm);
    if (!sim_node_runs(node)) {
        return;
    }
    node->state = PROCESS_READY;
    sim_stub_begin(sim, node);
    nanos end = nanos_add(sim->clock, node->settings->stub.exit_after);
    if (end != NANOS_NEVER) {
        sim_alarm_set(sim, &node->exit_after, end);
    }
    sim_see(sim, node, (struct process_event){.kind = PROCESS_EVENT_READY});
}

/* ---- end ---- */

static void drop_orders(struct sim *sim, struct sim_node *node)
{
    while (node->orders != NULL) {
        struct sim_order *order = node->orders;
        node->orders = order->next;
        order->next = sim->free_orders;
        sim->free_orders = order;
    }
    sim_alarm_off(&node->mail);
}

static void end_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_node *node = SIM_OF(struct sim_node, end, alarm);
    bool was_ready = node->state != PROCESS_STARTING;
    if (!node->closed) {
        node->closed = true;
        sim_stub_end(sim, node);
        sim_alarm_set(sim, alarm,
                      sim->clock + (node->ends_well ? SIM_TERMINATE_SEEN - SIM_TERMINATE_CLOSES
                                                    : SIM_KILL_SEEN - SIM_KILL_CLOSES));
        return;
    }
    drop_orders(sim, node);
    sim_alarm_off(&node->start);
    sim_alarm_off(&node->look);
    sim_alarm_off(&node->exit_after);
    node->lives = false;
    node->stop_asked = false;
    node->continue_asked = false;
    node->state = PROCESS_DOWN;
    if (!was_ready) {
        sim_see(sim, node,
                (struct process_event){
                    .kind = PROCESS_EVENT_NOT_READY,
                    .text = arena_printf(sim->arena, "node '%s' %s before it was ready",
                                         node->settings->name, node->exit_text)});
    }
    sim_see(sim, node,
            (struct process_event){
                .kind = PROCESS_EVENT_EXITED, .was_ready = was_ready, .text = node->exit_text});
}

static void kill_now(struct sim *sim, struct sim_node *node)
{
    if (node->closed) {
        return;
    }
    node->ending = true;
    node->ends_well = false;
    node->exit_text = "ended by signal 9 (Killed)";
    sim_alarm_set(sim, &node->end, sim->clock + SIM_KILL_CLOSES);
}

/* By itself or by SIGTERM, which a process that stands still obeys later. */
static void finish(struct sim *sim, struct sim_node *node)
{
    if (node->ending) {
        return;
    }
    if (node->stopped) {
        node->to_end = true;
        return;
    }
    bool knows_signal =
        node->state != PROCESS_STARTING || sim->clock >= node->started_at + SIM_START;
    node->ending = true;
    node->ends_well = true;
    node->exit_text = knows_signal ? "exited with status 0" : "ended by signal 15 (Terminated)";
    sim_alarm_set(sim, &node->end, sim->clock + SIM_TERMINATE_CLOSES);
}

static void exit_after_rings(struct sim *sim, struct sim_alarm *alarm)
{
    finish(sim, SIM_OF(struct sim_node, exit_after, alarm));
}

/* ---- signals ---- */

static void look_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_node *node = SIM_OF(struct sim_node, look, alarm);
    if (node->stop_asked) {
        node->stop_asked = false;
        node->state = PROCESS_STOPPED;
        sim_see(sim, node, (struct process_event){.kind = PROCESS_EVENT_STOPPED});
    }
    if (node->continue_asked && !node->stopped) {
        node->continue_asked = false;
        node->state = PROCESS_READY;
        sim_see(sim, node, (struct process_event){.kind = PROCESS_EVENT_CONTINUED});
    }
}

static void obey_all(struct sim *sim, struct sim_node *node);

static void go_on(struct sim *sim, struct sim_node *node)
{
    node->continue_asked = node->stop_asked || node->state == PROCESS_STOPPED;
    if (!node->stopped) {
        return;
    }
    node->stopped = false;
    sim_alarm_set(sim, &node->look, sim->clock + SIM_CONTINUE_SEEN);
    if (node->to_end) {
        finish(sim, node);
    } else if (!node->ending) {
        obey_all(sim, node);
        sim_stub_resume(sim, node);
    }
}

bool sim_process_signal(struct sim *sim, struct sim_node *node, int signal)
{
    if (node->state == PROCESS_DOWN) {
        return false;
    }
    if (signal == SIGKILL) {
        kill_now(sim, node);
    } else if (signal == SIGTERM) {
        finish(sim, node);
    } else if (signal == SIGCONT) {
        go_on(sim, node);
    } else if (signal == SIGSTOP) {
        node->stop_asked = true;
        if (!node->ending) { /* else it ends before anybody looks */
            node->stopped = true;
            sim_alarm_set(sim, &node->look, sim->clock + SIM_STOP_SEEN);
        }
    }
    return true;
}

/* ---- orders ---- */

static void obey_all(struct sim *sim, struct sim_node *node)
{
    sim_alarm_off(&node->mail);
    while (node->orders != NULL) {
        struct sim_order *order = node->orders;
        node->orders = order->next;
        uint64_t hits = sim_stub_obey(sim, node, &order->order);
        sim_see(sim, node,
                (struct process_event){
                    .kind = PROCESS_EVENT_ACK, .sequence = order->order.sequence, .hits = hits});
        order->next = sim->free_orders;
        sim->free_orders = order;
    }
}

static void mail_rings(struct sim *sim, struct sim_alarm *alarm)
{
    struct sim_node *node = SIM_OF(struct sim_node, mail, alarm);
    if (sim_node_runs(node)) {
        obey_all(sim, node);
    }
}

uint64_t sim_process_order(struct sim *sim, struct sim_node *node, struct control_order *order)
{
    if (node->state != PROCESS_READY && node->state != PROCESS_STOPPED) {
        return 0;
    }
    struct sim_order *sent = sim->free_orders;
    if (sent == NULL) {
        sent = ARENA_NEW(sim->arena, struct sim_order);
    } else {
        sim->free_orders = sent->next;
    }
    order->sequence = ++node->sequence;
    *sent = (struct sim_order){.order = *order};
    if (node->orders == NULL) {
        node->orders_last = &node->orders;
    }
    *node->orders_last = sent;
    node->orders_last = &sent->next;
    if (node->mail.item == 0) {
        sim_alarm_set(sim, &node->mail, sim->clock + SIM_ORDER);
    }
    return order->sequence;
}

uint64_t sim_process_hits(const struct sim_node *node, uint32_t fault)
{
    uint64_t hits = node->hits != NULL ? node->hits[fault] : 0;
    for (size_t i = 0; node->behaviours != NULL && i < node->behaviours->count; i++) {
        const struct behaviour *behaviour = &node->behaviours->items[i];
        hits += behaviour->order.behaviour == fault ? behaviour->hits : 0;
    }
    return hits;
}
