#include "proxy/proxy_control.h"

#include <errno.h>
#include <sys/socket.h>

int proxy_control_receive(int fd, struct proxy_order *ret, struct error *reterr)
{
    ssize_t length = recv(fd, ret, sizeof *ret, MSG_DONTWAIT | MSG_TRUNC);

    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
        return -1;
    }
    if (length == 0 || (length < 0 && errno == ECONNRESET)) {
        return 0;
    }
    if (length < 0) {
        return error_os(reterr, errno, "cannot read the control socket");
    }
    if ((size_t)length != sizeof *ret || ret->version != PROXY_CONTROL_VERSION) {
        return error_plain(reterr, "a control packet of %zd bytes is not of this version", length);
    }
    return 1;
}

void proxy_control_send(int fd, struct proxy_report report)
{
    report.version = PROXY_CONTROL_VERSION;
    while (send(fd, &report, sizeof report, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}
