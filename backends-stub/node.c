#include "backends-stub/node.h"

#include "backends-stub/clock.h"
#include "backends-stub/digest.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Digits up to the stop character; gives what follows it, NULL if it is no such number. */
static const char *number_parse(const char *text, char stop, uint32_t *ret)
{
    uint64_t value = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
        if (value >= UINT32_MAX) {
            return NULL;
        }
    }
    if (at == text || *at != stop) {
        return NULL;
    }
    *ret = (uint32_t)value;
    return at + 1;
}

bool request_id_parse(const char *text, uint32_t *ret_run, uint32_t *ret_number)
{
    const char *number = text == NULL ? NULL : number_parse(text, '-', ret_run);

    return number != NULL && number_parse(number, '\0', ret_number) != NULL;
}

static enum http_method method_of(const char *word)
{
    for (enum http_method method = 0; method < HTTP_METHODS; method++) {
        if (text_equal(word, http_method_word(method))) {
            return method;
        }
    }
    return HTTP_METHODS;
}

static void refresh(struct node *node, nanos now)
{
    struct timespec wall;

    (void)clock_gettime(CLOCK_REALTIME, &wall);
    node->api.wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / NANOS_PER_MS;
    node->api.up = now - node->ready_at;
    node->api.wrong_role = behaviours_have(&node->behaviours, FAULT_WRONG_ROLE);
}

/* What came with this key before is answered as it was then; the decision tells that nothing is
   executed. */
static bool replay(const struct node *node,
                   struct node_request request,
                   struct decision *decision,
                   struct api_answer *ret)
{
    const struct replay *kept =
        request.key != NULL ? replays_find(&node->replays, request.key) : NULL;

    if (kept == NULL || !decision->execute) {
        return false;
    }
    decision->execute = false;
    *ret = (struct api_answer){.status = kept->status};
    ret->body = kept->body != NULL ? strdup(kept->body) : NULL;
    ret->body_length = ret->body != NULL ? kept->body_length : 0;
    return true;
}

static struct api_answer execute(struct node *node,
                                 struct node_request request,
                                 enum http_method method,
                                 struct decision *decision)
{
    struct api_answer answer = {0};

    if (!replay(node, request, decision, &answer) && decision->execute) {
        answer = api_execute(&node->api, (struct api_request){
                                             .method = method,
                                             .path = request.path,
                                             .body = request.body,
                                             .body_length = request.body_length,
                                             .body_too_large = request.body_too_large,
                                             .wish = request.wish,
                                         });
        if (request.key != NULL) {
            (void)replays_keep(&node->replays, request.key, answer.status, answer.body,
                               answer.body_length);
        }
    }
    if (decision->answer == DECISION_NORMAL) {
        return answer;
    }
    free(answer.body);
    if (!answer_has_body(METHOD_GET, decision->status)) {
        return (struct api_answer){.status = decision->status};
    }
    return decision->answer == DECISION_WRONG_ROLE ? api_not_leader(&node->api, decision->status)
                                                   : api_failure(decision->status);
}

/* Health probes, and requests that are not the harness's, are nobody's request. */
static void
log_exchange(struct node *node, struct node_request request, struct exchange *exchange, nanos start)
{
    const struct api_answer *answer = &exchange->answer;
    uint32_t run = 0;
    uint32_t number = 0;

    if (!request_id_parse(request.id, &run, &number) ||
        text_equal(request.path, BEHAVIOUR_HEALTH_PATH) || exchange->method == HTTP_METHODS) {
        return;
    }
    exchange->record = execution_log_begin(&node->log);
    if (exchange->record == NULL) {
        return;
    }
    exchange->record->run = run;
    exchange->record->request = number;
    exchange->record->status = (uint16_t)answer->status;
    exchange->record->method = (uint8_t)exchange->method;
    exchange->record->flags = (uint8_t)((exchange->decision.execute ? EXECUTION_EXECUTED : 0) |
                                        (exchange->decision.cut != CUT_NONE ? EXECUTION_CUT : 0));
    exchange->record->start = start;
    exchange->record->body_hash = digest_first8(request.body, request.body_length);
    exchange->record->answer_hash =
        digest_first8(answer->body, exchange->method == METHOD_HEAD ? 0 : answer->body_length);
    (void)snprintf(exchange->record->path, sizeof exchange->record->path, "%s", request.path);
    execution_record_commit(exchange->record);
}

/* Before any byte of the answer: whoever kills the node after it finds the hit counted. */
static void note_hits(struct node *node)
{
    for (size_t i = 0; i < node->behaviours.count; i++) {
        const struct behaviour *behaviour = &node->behaviours.items[i];
        execution_log_note_hits(&node->log, behaviour->order.behaviour, behaviour->hits);
    }
}

void node_execute(struct node *node, struct node_request request, struct exchange *ret)
{
    nanos start = clock_now();
    enum http_method method = method_of(request.method);

    *ret = (struct exchange){
        .method = method,
        .decision = behaviours_decide(
            &node->behaviours, (struct behaviour_request){.method = method, .path = request.path}),
    };
    note_hits(node);
    if (ret->decision.answer == DECISION_SILENCE) {
        return;
    }
    refresh(node, start);
    ret->answer = execute(node, request, method, &ret->decision);
    log_exchange(node, request, ret, start);
}

struct decision node_decide(struct node *node, const char *path)
{
    struct decision decision = behaviours_decide(
        &node->behaviours, (struct behaviour_request){.method = METHOD_GET, .path = path});

    note_hits(node);
    return decision;
}

void exchange_done(struct exchange *exchange)
{
    if (exchange->record != NULL) {
        atomic_store_explicit(&exchange->record->end, clock_now(), memory_order_release);
    }
    free(exchange->answer.body);
    *exchange = (struct exchange){0};
}
