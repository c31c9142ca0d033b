#include "backends-stub/http_parts.h"

#include "base/check.h"

#include <sys/epoll.h>

static void suspend(struct request *request, enum wait wait)
{
    struct http *http = request->http;

    CHECK(request->wait == WAIT_NOT);
    request->wait = wait;
    request->previous = NULL;
    request->next = http->suspended;
    if (request->next != NULL) {
        request->next->previous = request;
    }
    http->suspended = request;
    MHD_suspend_connection(request->connection);
}

static void peer_left(struct http_watch *watch, uint32_t events)
{
    struct request *request =
        (struct request *)(void *)((char *)watch - offsetof(struct request, watch));

    (void)events;
    request->given_up = true;
    request_go_on(request);
}

static void watch_peer(struct request *request, uint32_t events)
{
    struct http *http = request->http;

    request->watch.fd = request->socket->fd;
    request->watch.ready = peer_left;
    http->watcher.watch(http->watcher.arg, &request->watch, events);
}

void request_go_on(struct request *request)
{
    struct http *http = request->http;

    CHECK(request->wait != WAIT_NOT);
    if (request->wait != WAIT_TIMER) {
        watch_peer(request, 0);
    }
    request->wait = WAIT_NOT;
    if (request->previous == NULL) {
        http->suspended = request->next;
    } else {
        request->previous->next = request->next;
    }
    if (request->next != NULL) {
        request->next->previous = request->previous;
    }
    MHD_resume_connection(request->connection);
}

void request_wait_until(struct request *request, nanos at)
{
    suspend(request, WAIT_TIMER);
    heap_push(&request->http->timers, at, (uint64_t)(uintptr_t)request);
}

void request_park(struct request *request)
{
    suspend(request, WAIT_PEER);
    watch_peer(request, EPOLLRDHUP);
}

void request_wait_event(struct request *request)
{
    suspend(request, WAIT_EVENT);
    watch_peer(request, EPOLLRDHUP);
}
