#include "proxy/proxy_control.h"

#include "helper.h"

int proxy_control_receive(int fd, struct proxy_order *ret, struct error *reterr)
{
    return helper_receive(fd, ret, sizeof *ret, PROXY_CONTROL_VERSION, reterr);
}

void proxy_control_send(int fd, struct proxy_report report)
{
    report.version = PROXY_CONTROL_VERSION;
    helper_send(fd, &report, sizeof report);
}
