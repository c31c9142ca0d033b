#include "world/http_client_sockets.h"

#include "base/check.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SOCKETS_PER_CHUNK = 256,
    CHUNKS_MAX = 4096, /* a million descriptors, the kernel's usual hard limit */
    DRAIN_READS_MAX = 16,
};

void http_client_sockets_init(struct http_client_sockets *sockets,
                              struct arena *arena,
                              struct loop *loop,
                              void (*ready)(void *owner, int fd, unsigned events))
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

static void watch(struct http_client_socket *socket, unsigned interest)
{
    struct error error = {0};
    CHECK(loop_watch(socket->sockets->loop, &socket->watch, interest, &error) == 0);
}

/* libcurl takes a connection for dead when reading gives 0: not while bytes or an error are left to
 * be read. */
static void end_idle(struct http_client_socket *socket)
{
    char junk[4096];

    watch(socket, 0);
    (void)shutdown(socket->watch.fd, SHUT_RDWR);
    for (int i = 0; i < DRAIN_READS_MAX; i++) {
        if (recv(socket->watch.fd, junk, sizeof junk, MSG_DONTWAIT) == 0) {
            return;
        }
    }
}

static void socket_ready(struct loop_watch *ready, unsigned events)
{
    struct http_client_socket *socket = (struct http_client_socket *)ready;

    if (socket->idle) {
        end_idle(socket);
        return;
    }
    socket->sockets->ready(socket->owner, ready->fd, events & ready->watched);
}

void http_client_sockets_watch(struct http_client_sockets *sockets,
                               int fd,
                               unsigned interest,
                               void *owner)
{
    struct http_client_socket *socket = socket_at(sockets, fd);

    if (socket->watch.watched == 0) {
        socket->sockets = sockets;
        socket->watch.fd = fd;
        socket->watch.ready = socket_ready;
    }
    socket->owner = owner;
    /* An idle one waits for reading as the busy one did, which also saves two system calls a
     * request. */
    socket->idle = interest == 0 && socket->link != NULL;
    watch(socket, socket->idle ? LOOP_READ : interest);
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

void http_client_sockets_end_idle(struct http_client_socket *chain)
{
    for (struct http_client_socket *socket = chain; socket != NULL; socket = socket->next) {
        if (socket->idle) {
            socket->idle = false;
            end_idle(socket);
        }
    }
}

void http_client_sockets_close(struct http_client_sockets *sockets, int fd)
{
    unchain(socket_at(sockets, fd));
    http_client_sockets_watch(sockets, fd, 0, NULL);
    close(fd);
}
