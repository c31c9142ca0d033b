#include "unit/search/journal_player.h"

#include "base/text.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>

#define MS NANOS_PER_MS

static const char *const fault_words[PLAYER_FAULTS] = {"kill", "isolate", "switch", "reset"};
const enum fault_kind player_faults[PLAYER_FAULTS] = {FAULT_KILL, FAULT_ISOLATE, FAULT_SWITCH_TO,
                                                      FAULT_RESET_FAILED};

/* ---- words ---- */

static uint32_t number(const struct player *player, size_t word)
{
    return (uint32_t)strtoul(player->words[word], NULL, 10);
}

static uint16_t node(const struct player *player, size_t word)
{
    return player->words[word][0] == '-' ? NODE_NONE : (uint16_t)(player->words[word][0] - 'a');
}

static bool is(const struct player *player, size_t word, const char *text)
{
    return text_equal(player->words[word], text);
}

static enum outcome outcome(const struct player *player, size_t word)
{
    for (unsigned i = 0; i < OUTCOMES; i++) {
        if (is(player, word, outcome_word((enum outcome)i))) {
            return (enum outcome)i;
        }
    }
    fail_msg("'%s' is no outcome", player->words[word]);
    return OUTCOMES;
}

static uint32_t fault(const struct player *player, size_t word)
{
    for (uint32_t i = 0; i < PLAYER_FAULTS; i++) {
        if (is(player, word, fault_words[i])) {
            return i;
        }
    }
    fail_msg("'%s' is no fault", player->words[word]);
    return 0;
}

void player_tell(struct player *player, struct event event)
{
    event.at = player->at_other ? player->at : player->now;
    player->at_other = false;
    invariants_event(player->invariants, player->now, &event);
}

/* ---- commands: their words are given before each ---- */

/* at MS: the next event carries that time */
static void play_at(struct player *player)
{
    player->at = (nanos)number(player, 1) * MS;
    player->at_other = true;
}

/* turns COUNT: of the engine, without anything to do */
static void play_turns(struct player *player)
{
    for (uint32_t i = 0; i < number(player, 1); i++) {
        invariants_turn_end(player->invariants, player->now);
    }
}

/* request NUMBER [post] [late] */
static void play_request(struct player *player)
{
    player->requests[number(player, 1)] =
        (struct played_request){.attempt = ATTEMPT_NONE, .node = NODE_NONE};
    player_tell(player, (struct event){.kind = EVENT_REQUEST,
                                       .node = NODE_NONE,
                                       .request = {.request = number(player, 1),
                                                   .started = player->now + is(player, 2, "late"),
                                                   .mix = is(player, 2, "post")}});
}

static void begin_attempt(struct player *player, uint32_t request, enum attempt_purpose purpose)
{
    uint32_t id = number(player, 1);
    uint16_t where = node(player, purpose == PURPOSE_PROBE ? 2 : 3);

    player->attempts[id] = (struct played_attempt){.request = request, .node = where};
    player_tell(player,
                (struct event){
                    .kind = EVENT_ATTEMPT,
                    .node = where,
                    .attempt = {.attempt = id, .request = request, .purpose = (uint8_t)purpose}});
}

/* attempt ID REQUEST NODE [trial|hedge|last] */
static void play_attempt(struct player *player)
{
    player->requests[number(player, 2)].attempts++;
    begin_attempt(player, number(player, 2),
                  is(player, 4, "trial")   ? PURPOSE_TRIAL
                  : is(player, 4, "hedge") ? PURPOSE_HEDGE
                  : is(player, 4, "last")  ? PURPOSE_LAST_RESORT
                                           : PURPOSE_REQUEST);
}

/* probe ID NODE */
static void play_probe(struct player *player)
{
    begin_attempt(player, REQUEST_NONE, PURPOSE_PROBE);
}

/* end ID OUTCOME [STATUS] */
static void play_end(struct player *player)
{
    const struct played_attempt *attempt = &player->attempts[number(player, 1)];
    struct event event = {.kind = EVENT_ATTEMPT_END,
                          .node = attempt->node,
                          .attempt_end = {.attempt = number(player, 1),
                                          .request = attempt->request,
                                          .status = (uint16_t)number(player, 3),
                                          .outcome = (uint8_t)outcome(player, 2),
                                          .sent = true}};
    bool counts = !is(player, 2, "moved") && !is(player, 2, "beaten");

    if (attempt->request != REQUEST_NONE && counts) {
        struct played_request *request = &player->requests[attempt->request];
        request->attempt = event.attempt_end.attempt;
        request->status = event.attempt_end.status;
        request->outcome = outcome(player, 2);
        request->node = is(player, 2, "answer") ? attempt->node : NODE_NONE;
    }
    player_tell(player, event);
}

/* done REQUEST [STATUS]: with what its last attempt got, or that status */
static void play_done(struct player *player)
{
    struct played_request *request = &player->requests[number(player, 1)];
    uint16_t status = is(player, 2, "") ? request->status : (uint16_t)number(player, 2);

    request->answered = request->node != NODE_NONE && status < 300;
    player_tell(player, (struct event){.kind = EVENT_REQUEST_END,
                                       .node = request->node,
                                       .request_end = {.request = number(player, 1),
                                                       .attempt = request->attempt,
                                                       .status = status,
                                                       .attempts = request->attempts,
                                                       .outcome = (uint8_t)request->outcome}});
}

/* over REQUEST OUTCOME: without an answer of its own */
static void play_over(struct player *player)
{
    player_tell(player, (struct event){.kind = EVENT_REQUEST_END,
                                       .node = NODE_NONE,
                                       .request_end = {.request = number(player, 1),
                                                       .attempt = ATTEMPT_NONE,
                                                       .outcome = (uint8_t)outcome(player, 2)}});
}

/* executed REQUEST: besides what every answer needs; forget REQUEST: not even that */
static void play_executed(struct player *player)
{
    player_tell(player,
                (struct event){.kind = EVENT_EXECUTED,
                               .executed = {.request = number(player, 1), .executed = true}});
}

static void play_forget(struct player *player)
{
    player->requests[number(player, 1)].answered = false;
}

/* belief NODE healthy|failed|probing WHY */
static void play_belief(struct player *player)
{
    enum belief belief = is(player, 2, "healthy")  ? BELIEF_HEALTHY
                         : is(player, 2, "failed") ? BELIEF_FAILED
                                                   : BELIEF_PROBING;
    player_tell(player,
                (struct event){.kind = EVENT_BELIEF,
                               .node = node(player, 1),
                               .belief = {.why = player->words[3], .belief = (uint8_t)belief}});
}

/* drop NODE */
static void play_drop(struct player *player)
{
    invariants_dropped(player->invariants, 0, node(player, 1));
}

/* active NODE */
static void play_active(struct player *player)
{
    player_tell(player, (struct event){.kind = EVENT_ACTIVE, .node = node(player, 1)});
}

/* panic on|off */
static void play_panic(struct player *player)
{
    player_tell(player, (struct event){.kind = EVENT_PANIC,
                                       .node = NODE_NONE,
                                       .client = {.on = is(player, 1, "on")}});
}

/* alert NODE raised|cleared */
static void play_alert(struct player *player)
{
    player_tell(player, (struct event){.kind = EVENT_ALERT,
                                       .node = node(player, 1),
                                       .alert = {.why = "", .raised = is(player, 2, "raised")}});
}

/* fault KIND applied|cleared NODE */
static void play_fault(struct player *player)
{
    player_tell(player, (struct event){.kind = is(player, 2, "applied") ? EVENT_FAULT_APPLIED
                                                                        : EVENT_FAULT_CLEARED,
                                       .node = node(player, 3),
                                       .fault = {.fault = fault(player, 1)}});
}

/* command KIND done|refused NODE */
static void play_command(struct player *player)
{
    player_tell(player, (struct event){.kind = EVENT_COMMAND,
                                       .node = node(player, 3),
                                       .command = {.why = "",
                                                   .fault = fault(player, 1),
                                                   .done = is(player, 2, "done")}});
}

/* pushback ID MS: the answer of that attempt will ask for so long */
static void play_pushback(struct player *player)
{
    invariants_retry_after(player->invariants, number(player, 1), (nanos)number(player, 2) * MS);
}

/* limit NODE MS: of connecting */
static void play_limit(struct player *player)
{
    invariants_connect_limit(player->invariants, player->now, 0, node(player, 1),
                             (nanos)number(player, 2) * MS);
}

/* phase end: of traffic */
static void play_phase(struct player *player)
{
    player_tell(player, (struct event){.kind = EVENT_PHASE,
                                       .node = NODE_NONE,
                                       .phase = {.phase = PHASE_TRAFFIC_END}});
}

/* open OPENING NODE LAST-EVENT; opened, event ... NUMBER, closed ... OUTCOME STATUS likewise; all
   of stream 0 */
static void play_stream(struct player *player)
{
    struct event event = {.node = node(player, 2),
                          .stream = {.why = "", .opening = number(player, 1)}};

    if (is(player, 0, "closed")) {
        event.kind = EVENT_STREAM_END;
        event.stream.outcome = (uint8_t)outcome(player, 3);
        event.stream.status = (uint16_t)number(player, 4);
    } else if (is(player, 0, "opened")) {
        event.kind = EVENT_STREAM_OPENED;
    } else {
        event.kind = is(player, 0, "open") ? EVENT_STREAM_OPEN : EVENT_STREAM_EVENT;
        event.stream.number = number(player, 3);
        event.stream.dropped = is(player, 4, "dropped");
    }
    player_tell(player, event);
}

/* alive: the stream shows a sign of life */
static void play_alive(struct player *player)
{
    invariants_stream_alive(player->invariants, player->now, 0);
}

static const struct {
    const char *word;
    void (*play)(struct player *player);
} commands[] = {
    {"at", play_at},           {"turns", play_turns},     {"request", play_request},
    {"attempt", play_attempt}, {"probe", play_probe},     {"end", play_end},
    {"done", play_done},       {"over", play_over},       {"executed", play_executed},
    {"forget", play_forget},   {"belief", play_belief},   {"drop", play_drop},
    {"active", play_active},   {"panic", play_panic},     {"alert", play_alert},
    {"fault", play_fault},     {"command", play_command}, {"pushback", play_pushback},
    {"limit", play_limit},     {"phase", play_phase},     {"open", play_stream},
    {"opened", play_stream},   {"event", play_stream},    {"closed", play_stream},
    {"alive", play_alive},
};

void player_do(struct player *player)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (is(player, 0, commands[i].word)) {
            commands[i].play(player);
            return;
        }
    }
    fail_msg("'%s' is no command", player->words[0]);
}
