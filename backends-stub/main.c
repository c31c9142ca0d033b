/* bascule-stub: one node of a scenario, started and steered by bascule. */
#include "backends-stub/control.h"
#include "backends-stub/server.h"
#include "helper.h"

#include <errno.h>

static const char usage[] =
    "usage: bascule-stub [--help | --version]\n"
    "\n"
    "A helper of bascule: the built-in HTTP server behind one node of a scenario. bascule starts\n"
    "it with a control socket on descriptor 3 and an execution log on descriptor 4; by hand it is\n"
    "of no use. It listens on 127.0.0.1 only and ends when bascule does.\n"
    "\n"
    "example: bascule run scenarios/gate/kill-primary.yaml     starts three of them\n";

static int serve(uint32_t descriptor_max, struct error *reterr)
{
    int status = server_run(CONTROL_FD, CONTROL_LOG_FD, descriptor_max, reterr);

    if (reterr->os_errno == EADDRINUSE) { /* that one the harness tells, with the owner's name */
        reterr->text[0] = '\0';
    }
    return status;
}

int main(int argc, char **argv)
{
    static const struct helper helper = {
        .name = "bascule-stub",
        .usage = usage,
        .control_fd = CONTROL_FD,
        .serve = serve,
    };

    return helper_main(&helper, argc, argv);
}
