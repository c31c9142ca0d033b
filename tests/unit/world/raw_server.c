#include "raw_server.h"

#include "unit/cmocka_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void watch(struct loop *loop, struct loop_watch *watch, unsigned interest)
{
    struct error error = {0};
    assert_int_equal(loop_watch(loop, watch, interest, &error), 0);
}

static void close_watch(struct loop *loop, struct loop_watch *closing)
{
    if (closing->fd < 0) {
        return;
    }
    watch(loop, closing, 0);
    close(closing->fd);
    closing->fd = -1;
}

void raw_close(struct raw_connection *connection)
{
    close_watch(connection->server->loop, &connection->watch);
}

void raw_reset(struct raw_connection *connection)
{
    const struct linger at_once = {.l_onoff = 1};
    if (connection->watch.fd >= 0) {
        assert_int_equal(
            setsockopt(connection->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    }
    raw_close(connection);
}

long raw_send_some(struct raw_connection *connection, const char *bytes, size_t length)
{
    ssize_t sent = send(connection->watch.fd, bytes, length, MSG_NOSIGNAL);
    if (sent >= 0) {
        return sent;
    }
    return errno == EAGAIN ? 0 : -1;
}

void raw_send(struct raw_connection *connection, const char *bytes)
{
    assert_int_equal(raw_send_some(connection, bytes, strlen(bytes)), strlen(bytes));
}

void raw_answer(struct raw_connection *connection)
{
    raw_send(connection, connection->server->answer);
}

void raw_answer_and_close(struct raw_connection *connection)
{
    raw_answer(connection);
    raw_close(connection);
}

void raw_answer_and_reset(struct raw_connection *connection)
{
    raw_answer(connection);
    raw_reset(connection);
}

/* Bytes of the first whole request in it, 0 if it is not whole yet. */
static size_t whole_request(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    size_t body = 0;
    const char *line = strcasestr(request, "\r\nContent-Length:");
    if (line != NULL && line < end) {
        body = strtoul(line + strlen("\r\nContent-Length:"), NULL, 10);
    }
    size_t whole = (size_t)(end - request) + strlen("\r\n\r\n") + body;
    return strlen(request) >= whole ? whole : 0;
}

static void connection_ready(struct loop_watch *ready, unsigned events)
{
    struct raw_connection *connection = (struct raw_connection *)ready;
    struct raw_server *server = connection->server;
    (void)events;

    ssize_t got = recv(ready->fd, connection->request + connection->length,
                       RAW_REQUEST_MAX - 1 - connection->length, 0);
    if (got < 0 && errno == EAGAIN) {
        return;
    }
    if (got <= 0) {
        connection->ended = true;
        server->ended++;
        raw_close(connection);
        return;
    }
    connection->length += (size_t)got;
    connection->request[connection->length] = '\0';
    size_t whole = whole_request(connection->request);
    if (whole == 0) {
        return;
    }
    assert_int_equal(whole, connection->length); /* nobody pipelines */
    connection->requests++;
    server->requests++;
    connection->length = 0;
    if (server->serve != NULL) {
        server->serve(connection);
    }
}

static void listener_ready(struct loop_watch *ready, unsigned events)
{
    struct raw_server *server = (void *)((char *)ready - offsetof(struct raw_server, listener));
    const int yes = 1;
    (void)events;

    int fd = accept4(ready->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), 0);
    struct raw_connection *connection = calloc(1, sizeof *connection);
    assert_non_null(connection);
    connection->watch = (struct loop_watch){.fd = fd, .ready = connection_ready};
    connection->server = server;
    connection->next = server->connections;
    server->connections = connection;
    server->accepted++;
    watch(server->loop, &connection->watch, LOOP_READ);
    if (server->greet != NULL) {
        server->greet(connection);
    }
}

void raw_server_init(struct raw_server *server, struct loop *loop, int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *server = (struct raw_server){
        .loop = loop,
        .listener = {.fd = fd, .ready = listener_ready},
        .port = ntohs(address.sin_port),
        .serve = raw_answer,
        .answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    };
    watch(loop, &server->listener, LOOP_READ);
}

void raw_server_close_listener(struct raw_server *server)
{
    close_watch(server->loop, &server->listener);
}

void raw_server_done(struct raw_server *server)
{
    raw_server_close_listener(server);
    while (server->connections != NULL) {
        struct raw_connection *connection = server->connections;
        server->connections = connection->next;
        raw_close(connection);
        free(connection);
    }
}
