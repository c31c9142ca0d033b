#include "base/check.h"
#include "engine_parts.h"

/* Connections of a node that all come at the same time: a short queue of its listener holds them.
 */
#define LOOKUPS_AT_ONCE 8
#define LOOKUP_LIMIT    (2 * NANOS_PER_S)
/* However many writes there are: nodes that are all gone answer to none. */
#define VERIFY_LIMIT    (60 * NANOS_PER_S)

static bool is_acknowledged_write(const struct engine *engine, uint32_t request)
{
    const struct request_slot *slot = &engine->requests[request];

    return slot->acknowledged &&
           scenario_request_is_numbered_write(&engine->scenario->traffic.requests[slot->mix]);
}

/* Each write begins with another node, and with none that kept the last question waiting in vain.
 */
static uint16_t first_node(const struct engine *engine, uint32_t request)
{
    size_t nodes = engine->scenario->node_count;
    size_t node = request % nodes;

    for (size_t i = 0; i < nodes && engine->deaf[node]; i++) {
        node = (node + 1) % nodes;
    }
    return (uint16_t)node;
}

/* One node after the other. */
static void ask(struct engine *engine, uint32_t place)
{
    struct verification *verification = &engine->verifications[place];
    size_t nodes = engine->scenario->node_count;
    const struct world_lookup lookup = {
        .question = &engine->scenario->verify.question,
        .limit = engine->ops->now(engine->world) + LOOKUP_LIMIT,
        .lookup = place,
        .request = verification->request,
        .node = (uint16_t)((verification->first + verification->asked) % nodes),
    };

    verification->asked++;
    engine->ops->look_up(engine->world, &lookup);
}

static bool is_answer(const struct occurrence *seen)
{
    return seen->looked_up.status >= 200 && seen->looked_up.status < 300;
}

static void record(struct engine *engine, uint32_t request, const struct occurrence *seen)
{
    bool answered = is_answer(seen);

    engine_record(engine, (struct event){.at = seen->at,
                                         .node = answered ? seen->node : NODE_NONE,
                                         .kind = EVENT_VERIFIED,
                                         .verified = {
                                             .request = request,
                                             .status = answered ? seen->looked_up.status : 0,
                                             .found = answered && seen->looked_up.holds,
                                         }});
}

static void conclude(struct engine *engine, uint32_t place, const struct occurrence *seen)
{
    record(engine, engine->verifications[place].request, seen);
    engine->verifications[place].request = REQUEST_NONE;
    engine->verifying--;
}

/* Once more all around if one of them gave no answer at all: its queue may have been full. */
static bool has_more_to_ask(const struct engine *engine, const struct verification *verification)
{
    size_t nodes = engine->scenario->node_count;

    return verification->asked < (verification->unheard ? 2 * nodes : nodes);
}

void engine_verify_hear(struct engine *engine, const struct occurrence *seen)
{
    uint32_t place = seen->looked_up.lookup;

    CHECK(place < LOOKUPS_AT_ONCE);
    if (engine->verifications[place].request == REQUEST_NONE) {
        return; /* it was given up */
    }
    engine->deaf[seen->node] = seen->looked_up.status == 0;
    engine->verifications[place].unheard |= seen->looked_up.status == 0;
    if (!is_answer(seen) && has_more_to_ask(engine, &engine->verifications[place])) {
        ask(engine, place);
        return;
    }
    conclude(engine, place, seen);
}

static void begin(struct engine *engine, uint32_t request)
{
    for (uint32_t place = 0; place < LOOKUPS_AT_ONCE; place++) {
        if (engine->verifications[place].request == REQUEST_NONE) {
            engine->verifications[place] = (struct verification){
                .request = request,
                .first = first_node(engine, request),
            };
            engine->verifying++;
            ask(engine, place);
            return;
        }
    }
    CHECK(false && "a free place");
}

/* Waits until fewer than that many are out. False: the user wants to stop, or it takes too long. */
static bool wait_for(struct engine *engine, uint32_t fewer_than, nanos limit)
{
    while (engine->verifying >= fewer_than) {
        engine->ops->wait(engine->world, limit);
        engine->now = engine->ops->now(engine->world);
        engine_do_occurrences(engine);
        if (engine->signal != 0 || engine->now >= limit) {
            return false;
        }
    }
    return true;
}

static struct occurrence nobody_answered(const struct engine *engine)
{
    return (struct occurrence){.at = engine->ops->now(engine->world), .node = NODE_NONE};
}

static void give_up(struct engine *engine)
{
    const struct occurrence nobody = nobody_answered(engine);

    for (uint32_t place = 0; place < LOOKUPS_AT_ONCE; place++) {
        if (engine->verifications[place].request != REQUEST_NONE) {
            conclude(engine, place, &nobody);
        }
    }
}

void engine_verify(struct engine *engine)
{
    uint64_t count = scenario_request_count(engine->scenario);

    if (!engine->scenario->verify.enabled || engine->ops->look_up == NULL || engine->signal != 0) {
        return;
    }
    if (engine->ops->release != NULL) {
        engine->ops->release(engine->world);
    }
    nanos limit = engine->ops->now(engine->world) + VERIFY_LIMIT;
    engine->verifications = ARENA_ARRAY(engine->arena, struct verification, LOOKUPS_AT_ONCE);
    engine->deaf = ARENA_ARRAY(engine->arena, bool, engine->scenario->node_count);
    for (uint32_t place = 0; place < LOOKUPS_AT_ONCE; place++) {
        engine->verifications[place].request = REQUEST_NONE;
    }
    for (uint64_t request = 0; request < count; request++) {
        if (!is_acknowledged_write(engine, (uint32_t)request)) {
            continue;
        }
        if (!wait_for(engine, LOOKUPS_AT_ONCE, limit)) {
            /* One that is not known makes all of them unknown. */
            const struct occurrence nobody = nobody_answered(engine);
            record(engine, (uint32_t)request, &nobody);
            break;
        }
        begin(engine, (uint32_t)request);
    }
    if (!wait_for(engine, 1, limit)) {
        give_up(engine);
    }
}
