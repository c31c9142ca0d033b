/* bascule-proxy: the wire between clients and nodes of a scenario, started and steered by bascule.
 */
#include "helper.h"
#include "proxy/proxy.h"
#include "proxy/proxy_control.h"

static const char usage[] =
    "usage: bascule-proxy [--help | --version]\n"
    "\n"
    "A helper of bascule: relays TCP between clients and nodes, and disturbs it where a scenario\n"
    "says so. bascule starts it with a control socket on descriptor 3; by hand it is of no use. "
    "It\n"
    "listens on 127.0.0.1 only and ends when bascule does.\n"
    "\n"
    "example: bascule run scenarios/gate/reset-storm.yaml     starts one before the nodes\n";

static int serve(uint32_t descriptor_max, struct error *reterr)
{
    return proxy_run(PROXY_CONTROL_FD, descriptor_max, reterr);
}

int main(int argc, char **argv)
{
    static const struct helper helper = {
        .name = "bascule-proxy",
        .usage = usage,
        .control_fd = PROXY_CONTROL_FD,
        .serve = serve,
    };

    return helper_main(&helper, argc, argv);
}
