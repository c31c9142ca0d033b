#include "backends-stub/listener.h"

#include "backends-stub/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_PERIOD NANOS_PER_MS

/* Gives -1 with errno. */
static int open_once(const struct sockaddr_in *address, uint32_t backlog)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    /* Accepted sockets inherit the second. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
        listen(fd, backlog < INT32_MAX ? (int)backlog : INT32_MAX) != 0) {
        int os_errno = errno;

        (void)close(fd);
        errno = os_errno;
        return -1;
    }
    return fd;
}

int listener_open(
    uint32_t address, uint16_t port, uint32_t backlog, nanos patience, struct error *reterr)
{
    const struct sockaddr_in where = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(address),
    };
    nanos until = nanos_add(clock_now(), patience);
    int fd = open_once(&where, backlog);

    while (fd < 0 && errno == EADDRINUSE && clock_now() < until) {
        (void)nanosleep(&(struct timespec){.tv_nsec = RETRY_PERIOD}, NULL);
        fd = open_once(&where, backlog);
    }
    if (fd < 0) {
        return error_os(reterr, errno, "cannot listen on port %u", (unsigned)port);
    }
    return fd;
}

int listener_accept(int fd, struct sockaddr_in *ret_peer)
{
    int accepted = -1;

    do {
        socklen_t length = sizeof *ret_peer;

        accepted = accept4(fd, (struct sockaddr *)ret_peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (accepted < 0 && (errno == EINTR || errno == ECONNABORTED));
    return accepted;
}

bool listener_is_drained(int os_errno)
{
    return os_errno == EAGAIN;
}
