#include "unit/client/script.h"

#include "base/text.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRANSCRIPT_MAX (64 * 1024)
#define SLOTS_MAX      512
#define ATTEMPTS_MAX   4096
#define DEADLINES_MAX  100000 /* in a row: more is a policy that spins */

struct script {
    struct policy *policy;
    nanos now;
    struct attempt_ref refs[ATTEMPTS_MAX]; /* by attempt id */
    bool open[ATTEMPTS_MAX];
    uint32_t begun; /* attempts so far */
    struct text transcript;
    char buffer[TRANSCRIPT_MAX];
};

struct client_settings script_settings(enum client_profile profile)
{
    struct client_settings settings = {
        .profile = profile,
        .request_deadline = 4500 * NANOS_PER_MS,
        .attempt_timeout = 1500 * NANOS_PER_MS,
        .connect_timeout = 500 * NANOS_PER_MS,
        .failback = FAILBACK_IMMEDIATE,
        .failover_on =
            FAILOVER_ON_CONNECT | FAILOVER_ON_RESET | FAILOVER_ON_TIMEOUT | FAILOVER_ON_5XX,
        .eject_after = 1,
        .eject_for = NANOS_PER_S,
        .eject_for_max = 30 * NANOS_PER_S,
        .health_check = {.path = "/api/health",
                         .interval = NANOS_PER_S,
                         .timeout = 500 * NANOS_PER_MS,
                         .fall = 2,
                         .rise = 2},
        .retry_attempts = 3,
        .retry_budget_ppm = BUDGET_NONE,
        .keepalive = true,
        .instances = 1,
    };

    if (profile == PROFILE_APISERVICE) {
        settings.retry_all_methods = true;
        settings.request_deadline = NANOS_NEVER;
        settings.attempt_timeout = 5 * NANOS_PER_S;
        settings.connect_timeout = NANOS_NEVER;
        settings.health_check.interval = 30 * NANOS_PER_S;
        settings.health_check.timeout = 3 * NANOS_PER_S;
    }
    return settings;
}

struct client_settings script_settings_probed(enum client_profile profile)
{
    struct client_settings settings = script_settings(profile);

    settings.health_check.enabled = true;
    return settings;
}

static const char *letter(uint16_t node)
{
    static const char *const letters[] = {"A", "B", "C", "D", "E", "F", "G", "H"};

    return node < sizeof(letters) / sizeof(letters[0]) ? letters[node] : "-";
}

static void print_attempt(struct script *script, const struct output *output)
{
    struct text *text = &script->transcript;
    uint32_t id = output->attempt.ref.id;

    assert_true(id < ATTEMPTS_MAX);
    script->refs[id] = output->attempt.ref;
    script->open[id] = true;
    script->begun++;
    text_printf(text, "  %s %u on %s", attempt_purpose_word(output->attempt.purpose), id,
                letter(output->node));
    if (output->attempt.request != REQUEST_NONE) {
        text_printf(text, " for %u", output->attempt.request);
    }
    text_add(text, "\n");
}

static void print_answer(struct script *script, const struct output *output)
{
    struct text *text = &script->transcript;

    text_printf(text, "  answer %u: ", output->answer.request);
    if (output->answer.outcome == OUTCOME_ANSWER) {
        text_printf(text, "%u from %s", output->answer.status, letter(output->node));
    } else {
        text_printf(text, "%s", outcome_word(output->answer.outcome));
        assert_int_equal(output->answer.status, 0);
        assert_int_equal(output->node, NODE_NONE);
    }
    if (output->answer.attempt == ATTEMPT_NONE) {
        text_add(text, ", never asked");
    } else {
        text_printf(text, ", attempt %u", output->answer.attempt);
    }
    text_printf(text, ", %u in all\n", output->answer.attempts);
}

static void print_output(struct script *script, const struct output *output)
{
    struct text *text = &script->transcript;
    const char *node = letter(output->node);

    switch (output->kind) {
    case OUTPUT_ATTEMPT:
        print_attempt(script, output);
        break;
    case OUTPUT_CANCEL:
        script->open[output->cancel.ref.id] = false;
        text_printf(text, "  cancel %u on %s: %s\n", output->cancel.ref.id, node,
                    outcome_word(output->cancel.outcome));
        break;
    case OUTPUT_ANSWER:
        print_answer(script, output);
        break;
    case OUTPUT_BELIEF:
        text_printf(text, "  %s %s: %s\n", node, belief_word(output->belief.belief),
                    output->belief.why);
        break;
    case OUTPUT_ACTIVE:
        text_printf(text, "  active %s\n", node);
        break;
    case OUTPUT_DROP:
        text_printf(text, "  drop %s\n", node);
        break;
    case OUTPUT_PANIC:
        text_printf(text, "  panic %s\n", output->panic.on ? "on" : "off");
        break;
    case OUTPUT_DONE:
        text_printf(text, "  done %u\n", output->command.fault);
        break;
    case OUTPUT_REFUSED:
        text_printf(text, "  refused %u: %s\n", output->command.fault, output->command.why);
        break;
    }
}

static void step(struct script *script, const struct input *input)
{
    struct outputs outputs;

    policy_step(script->policy, script->now, input, &outputs);
    for (uint32_t i = 0; i < outputs.count; i++) {
        print_output(script, &outputs.item[i]);
    }
}

static void print_time(struct script *script, nanos at)
{
    text_printf(&script->transcript, "@%lld", (long long)(at / NANOS_PER_MS));
    if (at % NANOS_PER_MS != 0) {
        text_printf(&script->transcript, ".%06lld", (long long)(at % NANOS_PER_MS));
    }
    text_add(&script->transcript, " time\n");
}

/* All deadlines up to that time, each moment under one heading. */
static void pass_deadlines(struct script *script, nanos until)
{
    nanos printed = script->now;
    int count = 0;

    for (nanos at = policy_deadline(script->policy); at <= until;
         at = policy_deadline(script->policy)) {
        size_t length = script->transcript.length;
        script->now = at > script->now ? at : script->now;
        if (script->now != printed) {
            print_time(script, script->now);
        }
        size_t heading = script->transcript.length;
        step(script, &(struct input){.kind = INPUT_DEADLINE});
        if (script->transcript.length == heading) {
            script->transcript.length = length; /* nothing came of it */
            script->buffer[length] = '\0';
        } else {
            printed = script->now;
        }
        assert_true(++count < DEADLINES_MAX);
    }
    script->now = until > script->now ? until : script->now;
}

static uint32_t number(char **words)
{
    char *word = strtok_r(NULL, " ", words);

    assert_non_null(word);
    return (uint32_t)strtoul(word, NULL, 10);
}

static struct input request_input(struct script *script, char **words)
{
    struct input input = {
        .kind = INPUT_REQUEST,
        .request = {.due = script->now, .request = number(words), .idempotent = true, .safe = true},
    };

    for (char *word = strtok_r(NULL, " ", words); word != NULL; word = strtok_r(NULL, " ", words)) {
        if (text_equal(word, "post")) {
            input.request.idempotent = false;
            input.request.safe = false;
        } else if (text_equal(word, "due")) {
            input.request.due = number(words) * NANOS_PER_MS;
        } else {
            fail_msg("unknown word '%s'", word);
        }
    }
    return input;
}

static enum outcome outcome_of(const char *word)
{
    for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++) {
        if (text_equal(outcome_word(outcome), word)) {
            return outcome;
        }
    }
    fail_msg("unknown outcome '%s'", word);
    return OUTCOMES;
}

static struct input ending(struct script *script, uint32_t id, const char *word)
{
    struct input input = {
        .kind = INPUT_ATTEMPT_ENDED,
        .ended = {.ref = script->refs[id], .sent = true},
    };

    assert_non_null(word);
    if (!script->open[id]) {
        fail_msg("attempt %u is not under way after\n%s", id, script->buffer);
    }
    script->open[id] = false;
    if (word[0] >= '1' && word[0] <= '9') {
        input.ended.outcome = OUTCOME_ANSWER;
        input.ended.status = (uint16_t)strtoul(word, NULL, 10);
    } else {
        input.ended.outcome = outcome_of(word);
    }
    return input;
}

static struct input ended_input(struct script *script, char **words)
{
    uint32_t id = number(words);
    struct input input = ending(script, id, strtok_r(NULL, " ", words));

    for (char *word = strtok_r(NULL, " ", words); word != NULL; word = strtok_r(NULL, " ", words)) {
        if (text_equal(word, "unsent")) {
            input.ended.sent = false;
        } else if (text_equal(word, "reused")) {
            input.ended.reused = true;
        } else if (text_equal(word, "begun")) {
            input.ended.begun = true;
        } else if (text_equal(word, "retry")) {
            input.ended.retry_after = number(words) * NANOS_PER_S;
        } else {
            fail_msg("unknown word '%s'", word);
        }
    }
    return input;
}

/* A request whose attempts end at once: the first as told, all others well. */
static void call(struct script *script, char **words)
{
    struct input input = {
        .kind = INPUT_REQUEST,
        .request = {.due = script->now, .request = number(words), .idempotent = true, .safe = true},
    };
    const char *word = strtok_r(NULL, " ", words);
    uint32_t begun = script->begun;

    step(script, &input);
    while (script->begun > begun) {
        begun = script->begun;
        input = ending(script, begun - 1, word == NULL ? "200" : word);
        step(script, &input);
        word = NULL;
    }
}

static void feed(struct script *script, char *verb, char **words)
{
    struct input input = {.kind = INPUT_RESET, .command = {.node = NODE_NONE, .fault = 7}};

    if (text_equal(verb, "request")) {
        input = request_input(script, words);
    } else if (text_equal(verb, "ended")) {
        input = ended_input(script, words);
    } else if (text_equal(verb, "cancel")) {
        input.kind = INPUT_CANCEL;
        input.cancel.request = number(words);
    } else if (text_equal(verb, "headers")) {
        input.kind = INPUT_HEADERS;
        input.headers.ref = script->refs[number(words)];
        input.headers.status = (uint16_t)number(words);
    } else if (text_equal(verb, "switch")) {
        input.kind = INPUT_SWITCH;
        input.command.node = (uint16_t)(strtok_r(NULL, " ", words)[0] - 'A');
    } else if (text_equal(verb, "isolate") || text_equal(verb, "release")) {
        input.kind = text_equal(verb, "isolate") ? INPUT_ISOLATE : INPUT_RELEASE;
        input.command.node = (uint16_t)(strtok_r(NULL, " ", words)[0] - 'A');
    } else if (!text_equal(verb, "reset")) {
        fail_msg("unknown verb '%s'", verb);
    }
    step(script, &input);
    pass_deadlines(script, script->now);
}

static void feed_line(struct script *script, const char *line, size_t length)
{
    char copy[200];
    char *words = NULL;

    assert_true(length < sizeof(copy));
    memcpy(copy, line, length);
    copy[length] = '\0';
    char *time = strtok_r(copy + 1, " ", &words);
    char *verb = strtok_r(NULL, " ", &words);
    bool next = text_equal(time, "next");
    nanos at = next ? policy_deadline(script->policy)
                    : (nanos)(strtod(time + (time[0] == '+'), NULL) * (double)NANOS_PER_MS);

    assert_true(at != NANOS_NEVER);
    at += time[0] == '+' ? script->now : 0;
    if (!next && text_equal(verb, "time")) {
        pass_deadlines(script, at); /* which prints this line, if something happens then */
        return;
    }
    if (next) {
        text_printf(&script->transcript, "%.*s\n", (int)length, line);
        script->now = at;
        pass_deadlines(script, at);
        return;
    }
    pass_deadlines(script, at);
    text_printf(&script->transcript, "%.*s\n", (int)length, line);
    if (text_equal(verb, "call")) {
        call(script, &words);
        pass_deadlines(script, script->now);
    } else if (!text_equal(verb, "wait")) {
        feed(script, verb, &words);
    }
}

void script_run(const struct client_settings *settings, uint16_t node_count, const char *script)
{
    static struct script run;
    struct arena arena;

    arena_init(&arena, 0);
    run = (struct script){
        .policy = policy_new(&arena, settings, node_count, 0, SLOTS_MAX, 1),
    };
    text_init(&run.transcript, run.buffer, sizeof(run.buffer));
    step(&run, &(struct input){.kind = INPUT_DEADLINE}); /* time begins */
    for (const char *line = script; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (line[0] == '@') {
            feed_line(&run, line, length);
        }
        line += length + (line[length] == '\n');
    }
    assert_false(run.transcript.overflowed);
    if (strcmp(run.buffer, script) != 0) {
        (void)fprintf(stderr, "expected:\n%s\nwas:\n%s", script, run.buffer);
        fail_msg("the transcripts differ");
    }
    arena_done(&arena);
}
