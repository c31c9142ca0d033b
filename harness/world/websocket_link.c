#include "world/websocket_link.h"

#include "base/check.h"
#include "base/prng.h"
#include "base/text.h"
#include "core/stream/websocket.h"
#include "world/websocket_key.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_MAX = 4096,
    RECEIVE_BYTES = 4096,
};

#define PRNG_STREAM_LINKS UINT64_C(0x6c696e6b00000000)

enum stage {
    STAGE_CONNECTING,
    STAGE_ASKING, /* the request leaves, the answer comes */
    STAGE_OPEN,
    STAGE_OVER, /* the end is to be told */
    STAGE_TOLD,
};

struct websocket_link {
    struct loop_watch watch; /* first */
    struct websocket_link_settings settings;
    enum stage stage;
    char request[REQUEST_MAX];
    size_t request_length;
    size_t request_sent;
    struct websocket_answer answer;
    struct websocket_frames *frames; /* NULL before it is open */
    bool said_goodbye;               /* the node did */
    struct websocket_link_end end;
};

static void ready(struct loop_watch *watch, unsigned events);

/* ---- the end ---- */

static void close_socket(struct websocket_link *link)
{
    if (link->watch.fd < 0) {
        return;
    }
    if (link->watch.watched != 0) {
        loop_forget(link->settings.loop, &link->watch);
    }
    close(link->watch.fd);
    link->watch.fd = -1;
}

static void finish(struct websocket_link *link, enum outcome outcome, const char *why)
{
    if (link->stage >= STAGE_OVER) {
        return;
    }
    close_socket(link);
    link->stage = STAGE_OVER;
    link->end = (struct websocket_link_end){
        .at = loop_clock(),
        .why = why,
        .status = link->answer.status,
        .outcome = outcome,
    };
}

/* Gone without a goodbye. */
static void lose(struct websocket_link *link)
{
    if (link->said_goodbye) {
        finish(link, OUTCOME_ANSWER, "closed");
    } else {
        finish(link, link->frames != NULL ? OUTCOME_TRUNCATED : OUTCOME_RESET, NULL);
    }
}

/* ---- beginning ---- */

static void write_request(struct websocket_link *link, struct prng *prng)
{
    char key[WEBSOCKET_KEY_MAX];
    char accept[WEBSOCKET_ACCEPT_MAX];
    struct text text;

    websocket_key_draw(prng, key);
    websocket_key_accept(key, accept);
    websocket_answer_init(&link->answer, accept);
    text_init(&text, link->request, sizeof link->request);
    const struct websocket_request request = {
        .host = link->settings.host, .path = link->settings.path, .key = key};
    websocket_request_write(&text, &request);
    CHECK(!text.overflowed);
    link->request_length = text.length;
}

static void watch_for(struct websocket_link *link, unsigned interest)
{
    struct error error = {.text = ""};
    CHECK(loop_watch(link->settings.loop, &link->watch, interest, &error) == 0);
}

static void dial(struct websocket_link *link)
{
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(link->settings.port),
        .sin_addr = {.s_addr = htonl(link->settings.address)},
    };
    int on = 1;

    link->watch.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (link->watch.fd < 0) {
        finish(link, OUTCOME_REFUSED, "this machine has no descriptor left");
        return;
    }
    (void)setsockopt(link->watch.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(link->watch.fd, (const struct sockaddr *)&where, sizeof where) == 0 ||
        errno == EINPROGRESS) {
        watch_for(link, LOOP_WRITE);
    } else {
        finish(link, errno == ECONNRESET ? OUTCOME_RESET : OUTCOME_REFUSED, NULL);
    }
}

struct websocket_link *websocket_link_new(const struct websocket_link_settings *settings)
{
    struct websocket_link *link = calloc(1, sizeof *link);
    struct prng prng;

    CHECK_MEMORY(link != NULL);
    link->settings = *settings;
    link->watch = (struct loop_watch){.fd = -1, .ready = ready};
    prng_init(&prng, settings->seed, PRNG_STREAM_LINKS);
    write_request(link, &prng);
    dial(link);
    return link;
}

struct websocket_link *websocket_link_free(struct websocket_link *link)
{
    if (link != NULL) {
        close_socket(link);
        websocket_frames_free(link->frames);
        free(link);
    }
    return NULL;
}

/* ---- out ---- */

/* Of some bytes how many left; -1: the connection is gone. */
static ssize_t send_some(struct websocket_link *link, const char *bytes, size_t length)
{
    ssize_t sent = send(link->watch.fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    return sent;
}

static void send_request(struct websocket_link *link)
{
    ssize_t sent = send_some(link, link->request + link->request_sent,
                             link->request_length - link->request_sent);
    if (sent < 0) {
        lose(link);
        return;
    }
    link->request_sent += (size_t)sent;
    watch_for(link, link->request_sent < link->request_length ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

/* What the frames want to say, and then what is waited for. */
static void send_frames(struct websocket_link *link)
{
    const char *bytes = NULL;
    size_t length = websocket_frames_output(link->frames, &bytes);

    while (length > 0) {
        ssize_t sent = send_some(link, bytes, length);
        if (sent < 0) {
            lose(link);
            return;
        }
        if (sent == 0) {
            watch_for(link, LOOP_READ | LOOP_WRITE);
            return;
        }
        websocket_frames_sent(link->frames, (size_t)sent);
        length = websocket_frames_output(link->frames, &bytes);
    }
    if (websocket_frames_is_over(link->frames)) {
        lose(link);
    } else {
        watch_for(link, LOOP_READ);
    }
}

/* ---- in ---- */

static void on_message(void *context, const struct websocket_message *message)
{
    struct websocket_link *link = context;
    link->said_goodbye = link->said_goodbye || message->kind == WEBSOCKET_CLOSE;
    link->settings.message(link->settings.context, message);
}

static void take_frames(struct websocket_link *link, const char *bytes, size_t length)
{
    struct error error = {.text = ""};
    bool broke = websocket_frames_feed(link->frames, bytes, length, &error) < 0;

    send_frames(link);
    if (broke) {
        finish(link, OUTCOME_TRUNCATED, "it broke the rules of WebSocket");
    }
}

static void begin_frames(struct websocket_link *link)
{
    const struct websocket_frames_settings frames = {
        .role = WEBSOCKET_CLIENT,
        .seed = link->settings.seed,
        .buffer = link->settings.buffer,
        .capacity = link->settings.capacity,
        .arg = link,
        .message = on_message,
    };

    link->frames = websocket_frames_new(&frames);
    link->stage = STAGE_OPEN;
    link->settings.opened(link->settings.context, link->answer.status);
    if (link->settings.greeting != NULL) {
        CHECK(websocket_frames_text(link->frames, link->settings.greeting,
                                    strlen(link->settings.greeting)) == 0);
    }
}

static void take_answer(struct websocket_link *link, const char *bytes, size_t length)
{
    const char *end = bytes + length;

    switch (websocket_answer_step(&link->answer, &bytes, end)) {
    case WEBSOCKET_MORE:
        return;
    case WEBSOCKET_REFUSED:
        finish(link, OUTCOME_ANSWER, NULL);
        return;
    case WEBSOCKET_BROKEN:
        finish(link, OUTCOME_TRUNCATED, link->answer.why);
        return;
    case WEBSOCKET_OPEN:
        begin_frames(link);
        take_frames(link, bytes, (size_t)(end - bytes));
        return;
    }
}

static void receive(struct websocket_link *link)
{
    char bytes[RECEIVE_BYTES];
    ssize_t length = recv(link->watch.fd, bytes, sizeof bytes, 0);

    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (length <= 0) {
        lose(link);
    } else if (link->stage == STAGE_OPEN) {
        take_frames(link, bytes, (size_t)length);
    } else {
        take_answer(link, bytes, (size_t)length);
    }
}

static void connected(struct websocket_link *link)
{
    int failure = 0;
    socklen_t length = sizeof failure;

    CHECK(getsockopt(link->watch.fd, SOL_SOCKET, SO_ERROR, &failure, &length) == 0);
    if (failure != 0) {
        finish(link, failure == ECONNRESET ? OUTCOME_RESET : OUTCOME_REFUSED, NULL);
        return;
    }
    link->stage = STAGE_ASKING;
    send_request(link);
}

static void ready(struct loop_watch *watch, unsigned events)
{
    struct websocket_link *link = (struct websocket_link *)watch;

    if (link->stage == STAGE_CONNECTING) {
        connected(link);
        return;
    }
    if (events & LOOP_READ) {
        receive(link);
    }
    if ((events & LOOP_WRITE) && link->stage == STAGE_ASKING) {
        send_request(link);
    } else if ((events & LOOP_WRITE) && link->stage == STAGE_OPEN) {
        send_frames(link);
    }
}

/* ---- time ---- */

nanos websocket_link_deadline(const struct websocket_link *link)
{
    if (link->stage == STAGE_OVER) {
        return 0;
    }
    return link->stage == STAGE_CONNECTING ? link->settings.connect_limit : NANOS_NEVER;
}

void websocket_link_poll(struct websocket_link *link, nanos now)
{
    if (link->stage == STAGE_CONNECTING && link->settings.connect_limit <= now) {
        finish(link, OUTCOME_CONNECT_TIMEOUT, NULL);
    }
    if (link->stage == STAGE_OVER) {
        link->stage = STAGE_TOLD;
        link->settings.ended(link->settings.context, &link->end);
    }
}
