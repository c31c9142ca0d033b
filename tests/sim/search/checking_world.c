#include "checking_world.h"

#include <signal.h>

struct checking_world {
    struct world world;
    struct world *inner;
    const struct journal *journal;
    struct invariants *invariants;
    size_t shown; /* events */
    bool interrupted;
};

static struct checking_world *of(struct world *world)
{
    return (struct checking_world *)(void *)world;
}

static void show(struct checking_world *checking)
{
    nanos now = checking->inner->ops->now(checking->inner);

    while (checking->shown < checking->journal->count) {
        invariants_event(checking->invariants, now, journal_at(checking->journal, checking->shown));
        checking->shown++;
    }
}

static bool prepare(struct world *world)
{
    return of(world)->inner->ops->prepare(of(world)->inner);
}

static void start_clock(struct world *world, nanos lead)
{
    of(world)->inner->ops->start_clock(of(world)->inner, lead);
}

static nanos now_of(struct world *world)
{
    return of(world)->inner->ops->now(of(world)->inner);
}

static void wait_until(struct world *world, nanos until)
{
    struct checking_world *checking = of(world);

    show(checking);
    invariants_turn_end(checking->invariants, now_of(world));
    checking->inner->ops->wait(checking->inner, until);
}

static bool next(struct world *world, struct occurrence *ret)
{
    struct checking_world *checking = of(world);

    show(checking);
    if (!checking->interrupted && invariants_violation(checking->invariants) != NULL) {
        checking->interrupted = true;
        *ret = (struct occurrence){
            .at = now_of(world),
            .kind = OCCURRENCE_INTERRUPT,
            .node = NODE_NONE,
            .signal = SIGINT,
        };
        return true;
    }
    if (!checking->inner->ops->next(checking->inner, ret)) {
        return false;
    }
    if (ret->kind == OCCURRENCE_ATTEMPT_ENDED && ret->attempt.begun) {
        invariants_begun(checking->invariants, ret->attempt.ref.id);
    }
    if (ret->kind == OCCURRENCE_ATTEMPT_ENDED && ret->attempt.retry_after > 0) {
        invariants_retry_after(checking->invariants, ret->attempt.ref.id, ret->attempt.retry_after);
    }
    if (ret->kind == OCCURRENCE_STREAM_ALIVE) {
        invariants_stream_alive(checking->invariants, now_of(world), ret->stream.ref.stream);
    }
    return true;
}

static nanos start_attempt(struct world *world, const struct world_attempt *attempt)
{
    struct checking_world *checking = of(world);

    show(checking);
    invariants_connect_limit(checking->invariants, now_of(world), attempt->client, attempt->node,
                             attempt->connect_limit);
    return checking->inner->ops->start_attempt(checking->inner, attempt);
}

static bool cancel_attempt(struct world *world, uint16_t client, struct attempt_ref ref)
{
    return of(world)->inner->ops->cancel_attempt(of(world)->inner, client, ref);
}

static nanos start_stream(struct world *world, const struct world_stream *stream)
{
    struct checking_world *checking = of(world);

    show(checking);
    invariants_connect_limit(checking->invariants, now_of(world), stream->client, stream->node,
                             stream->connect_limit);
    return checking->inner->ops->start_stream(checking->inner, stream);
}

static void close_stream(struct world *world, struct stream_ref ref)
{
    of(world)->inner->ops->close_stream(of(world)->inner, ref);
}

static void drop_connections(struct world *world, uint16_t client, uint16_t node)
{
    struct checking_world *checking = of(world);

    show(checking);
    invariants_dropped(checking->invariants, client, node);
    checking->inner->ops->drop_connections(checking->inner, client, node);
}

static void apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    of(world)->inner->ops->apply_fault(of(world)->inner, fault, node);
}

static void clear_fault(struct world *world, uint32_t fault, uint16_t node)
{
    of(world)->inner->ops->clear_fault(of(world)->inner, fault, node);
}

/* Time goes on in there. */
static void finish(struct world *world, struct journal *journal)
{
    show(of(world));
    of(world)->inner->ops->finish(of(world)->inner, journal);
}

static void close_world(struct world *world)
{
    of(world)->inner->ops->close(of(world)->inner);
}

static const struct world_ops ops = {
    .prepare = prepare,
    .start_clock = start_clock,
    .now = now_of,
    .wait = wait_until,
    .next = next,
    .start_attempt = start_attempt,
    .cancel_attempt = cancel_attempt,
    .start_stream = start_stream,
    .close_stream = close_stream,
    .drop_connections = drop_connections,
    .apply_fault = apply_fault,
    .clear_fault = clear_fault,
    .finish = finish,
    .close = close_world,
};

struct world *checking_world_new(struct arena *arena,
                                 struct world *inner,
                                 const struct journal *journal,
                                 struct invariants *invariants)
{
    struct checking_world *checking = ARENA_NEW(arena, struct checking_world);

    *checking = (struct checking_world){
        .world = {.ops = &ops},
        .inner = inner,
        .journal = journal,
        .invariants = invariants,
    };
    return &checking->world;
}

void checking_world_finish(struct world *world)
{
    struct checking_world *checking = of(world);

    show(checking);
    invariants_finish(checking->invariants);
}
