#include "world/readiness.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- one try ---- */

static void note(struct readiness *readiness, uint16_t status, int os_errno, bool late)
{
    readiness->status = status;
    readiness->os_errno = os_errno;
    readiness->late = late;
}

static void try_again(struct readiness *readiness, nanos now)
{
    readiness->next = now + READINESS_INTERVAL;
    readiness->connect_at = NANOS_NEVER;
}

static void close_connection(struct readiness *readiness)
{
    if (readiness->connection.fd < 0) {
        return;
    }
    (void)loop_watch(readiness->settings.loop, &readiness->connection, 0, NULL);
    close(readiness->connection.fd);
    readiness->connection.fd = -1;
}

static void end_connection(struct readiness *readiness, int os_errno)
{
    close_connection(readiness);
    note(readiness, 0, os_errno, false);
    readiness->is_ready = os_errno == 0;
    try_again(readiness, loop_clock());
}

static void connection_ready(struct loop_watch *watch, unsigned events)
{
    struct readiness *readiness = (struct readiness *)(void *)watch;
    int failure = 0;
    socklen_t length = sizeof failure;
    (void)events;
    if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &failure, &length) < 0) {
        failure = errno;
    }
    end_connection(readiness, failure);
}

static void connect_there(struct readiness *readiness, nanos now)
{
    struct error error = {.text = ""};
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(readiness->settings.place->port),
        .sin_addr.s_addr = htonl(readiness->settings.place->address),
    };
    readiness->connection =
        (struct loop_watch){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                            .ready = connection_ready};
    if (readiness->connection.fd < 0 ||
        (connect(readiness->connection.fd, (const struct sockaddr *)&where, sizeof where) < 0 &&
         errno != EINPROGRESS)) {
        end_connection(readiness, errno);
        return;
    }
    if (loop_watch(readiness->settings.loop, &readiness->connection, LOOP_WRITE, &error) < 0) {
        end_connection(readiness, error.os_errno != 0 ? error.os_errno : ENOMEM);
        return;
    }
    readiness->next = NANOS_NEVER;
    readiness->connect_at = now + READINESS_TRY;
}

static void ask(struct readiness *readiness, nanos now)
{
    const struct http_question_what what = {
        .path = readiness->settings.path,
        .limit = now + READINESS_TRY,
        .node = readiness->settings.node,
        .fresh = true,
        .status_only = true,
    };
    readiness->next = NANOS_NEVER;
    http_question_ask(&readiness->question, readiness->settings.http, &what);
}

static void take_answer(struct readiness *readiness, nanos now)
{
    const struct http_question *question = &readiness->question;
    bool refused = question->outcome == OUTCOME_REFUSED;
    note(readiness, question->status, refused ? ECONNREFUSED : ECONNRESET,
         question->outcome == OUTCOME_TIMEOUT);
    readiness->is_ready = question->status >= 200 && question->status < 300;
    readiness->question.over = false;
    try_again(readiness, now);
}

/* ---- all of them ---- */

void readiness_begin(struct readiness *readiness,
                     const struct readiness_settings *settings,
                     nanos now)
{
    *readiness = (struct readiness){
        .connection = {.fd = -1, .ready = connection_ready},
        .settings = *settings,
        .next = now,
        .connect_at = NANOS_NEVER,
        .is_on = true,
    };
}

bool readiness_poll(struct readiness *readiness, nanos now)
{
    if (!readiness->is_on) {
        return false;
    }
    if (readiness->settings.place->port == 0) {
        readiness->is_ready = true;
    } else if (readiness->connect_at <= now) {
        close_connection(readiness);
        note(readiness, 0, 0, true);
        try_again(readiness, now);
    } else if (http_question_poll(&readiness->question, now)) {
        take_answer(readiness, now);
    }
    if (!readiness->is_ready && readiness->next <= now) {
        if (readiness->settings.path != NULL) {
            ask(readiness, now);
        } else {
            connect_there(readiness, now);
        }
    }
    if (!readiness->is_ready) {
        return false;
    }
    readiness_stop(readiness);
    return true;
}

nanos readiness_deadline(const struct readiness *readiness)
{
    if (!readiness->is_on) {
        return NANOS_NEVER;
    }
    nanos deadline = nanos_min(readiness->next, readiness->connect_at);
    return nanos_min(deadline,
                     readiness->is_ready ? 0 : http_question_deadline(&readiness->question));
}

void readiness_stop(struct readiness *readiness)
{
    if (!readiness->is_on) {
        return;
    }
    close_connection(readiness);
    http_question_done(&readiness->question);
    readiness->is_on = false;
}

void readiness_why(const struct readiness *readiness, struct text *ret)
{
    const struct node_place *place = readiness->settings.place;
    if (readiness->settings.path != NULL) {
        text_printf(ret, "GET %s at %s ", readiness->settings.path, place->authority);
    } else {
        text_printf(ret, "port %u ", (unsigned)place->port);
    }
    if (readiness->status != 0) {
        text_printf(ret, "answered %u", (unsigned)readiness->status);
    } else if (readiness->late) {
        text_add(ret, "did not answer");
    } else if (readiness->os_errno == ECONNREFUSED) {
        text_add(ret, "is refused");
    } else {
        text_printf(ret, "fails: %s", strerror(readiness->os_errno));
    }
}
