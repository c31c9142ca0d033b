#include "backends-stub/control.h"

#include "helper.h"

int control_receive(int fd, struct control_order *ret, struct error *reterr)
{
    return helper_receive(fd, ret, sizeof *ret, CONTROL_VERSION, reterr);
}

void control_send(int fd, struct control_report report)
{
    report.version = CONTROL_VERSION;
    helper_send(fd, &report, sizeof report);
}
