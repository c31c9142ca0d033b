#include "world/http_client_sockets.h"

#include "base/check.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SOCKETS_PER_CHUNK = 256,
    CHUNKS_MAX = 4096, /* a million descriptors, the kernel's usual hard limit */
};

void http_client_sockets_init(struct http_client_sockets *sockets,
                              struct arena *arena,
                              struct loop *loop,
                              void (*ready)(struct loop_watch *watch, unsigned events))
{
    *sockets = (struct http_client_sockets){
        .arena = arena,
        .loop = loop,
        .ready = ready,
        .chunks = ARENA_ARRAY(arena, struct http_client_socket *, CHUNKS_MAX),
    };
}

int http_client_sockets_open(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
}

static struct http_client_socket *socket_at(struct http_client_sockets *sockets, int fd)
{
    CHECK(fd >= 0 && fd < SOCKETS_PER_CHUNK * CHUNKS_MAX);
    struct http_client_socket **chunk = &sockets->chunks[fd / SOCKETS_PER_CHUNK];
    if (*chunk == NULL) {
        *chunk = ARENA_ARRAY(sockets->arena, struct http_client_socket, SOCKETS_PER_CHUNK);
    }
    return &(*chunk)[fd % SOCKETS_PER_CHUNK];
}

void http_client_sockets_watch(struct http_client_sockets *sockets,
                               int fd,
                               unsigned interest,
                               void *owner)
{
    struct http_client_socket *socket = socket_at(sockets, fd);
    struct error error = {0};

    if (socket->watch.watched == 0) {
        socket->watch.fd = fd;
        socket->watch.ready = sockets->ready;
    }
    socket->owner = owner;
    CHECK(loop_watch(sockets->loop, &socket->watch, interest, &error) == 0);
}

static void unchain(struct http_client_socket *socket)
{
    if (socket->link == NULL) {
        return;
    }
    *socket->link = socket->next;
    if (socket->next != NULL) {
        socket->next->link = socket->link;
    }
    socket->link = NULL;
}

void http_client_sockets_connected(struct http_client_sockets *sockets,
                                   int fd,
                                   struct http_client_socket **chain)
{
    struct http_client_socket *socket = socket_at(sockets, fd);

    unchain(socket);
    socket->watch.fd = fd;
    socket->next = *chain;
    socket->link = chain;
    if (socket->next != NULL) {
        socket->next->link = &socket->next;
    }
    *chain = socket;
}

void http_client_sockets_end_idle(const struct http_client_socket *chain)
{
    for (const struct http_client_socket *socket = chain; socket != NULL; socket = socket->next) {
        if (socket->watch.watched == 0) {
            /* One that the node has ended already cannot be shut down, and need not be. */
            (void)shutdown(socket->watch.fd, SHUT_RDWR);
        }
    }
}

void http_client_sockets_close(struct http_client_sockets *sockets, int fd)
{
    struct http_client_socket *socket = socket_at(sockets, fd);

    unchain(socket);
    http_client_sockets_watch(sockets, fd, 0, NULL);
    close(fd);
}
