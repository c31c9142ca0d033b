#include "proxy/end.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

void end_make_abrupt(const struct end *end)
{
    const struct linger at_once = {.l_onoff = 1};

    if (end->watch.fd >= 0) {
        (void)setsockopt(end->watch.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
}

void end_dissolve(const struct end *end)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    (void)connect(end->watch.fd, &nobody, sizeof nobody); /* where it fails, the close resets */
}

void end_close(struct end *end, struct loop *loop)
{
    loop_forget(loop, &end->watch);
    if (end->watch.fd >= 0) {
        (void)close(end->watch.fd);
    }
    end->watch.fd = -1;
}

int end_error(const struct end *end)
{
    int os_errno = 0;
    socklen_t length = sizeof os_errno;

    return getsockopt(end->watch.fd, SOL_SOCKET, SO_ERROR, &os_errno, &length) == 0 ? os_errno
                                                                                    : errno;
}
