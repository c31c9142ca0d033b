/* bascule-proxy: the wire between clients and nodes of a scenario, started and steered by bascule.
 */
#include "base/text.h"
#include "proxy/proxy.h"
#include "proxy/proxy_control.h"
#include "version.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    STATUS_FINE = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
};

#define DESCRIPTORS_MIN 256
#define DESCRIPTORS_MAX ((rlim_t)1 << 20)

static const char usage[] =
    "usage: bascule-proxy [--help | --version]\n"
    "\n"
    "A helper of bascule: relays TCP between clients and nodes, and disturbs it where a scenario\n"
    "says so. bascule starts it with a control socket on descriptor 3; by hand it is of no use. "
    "It\n"
    "listens on 127.0.0.1 only and ends when bascule does.\n"
    "\n"
    "example: bascule run scenarios/gate/reset-storm.yaml     starts one before the nodes\n";

/* The parent may have died before the kernel was told to pass that on. In a PID namespace a parent
   outside shows as 0 or 1, before and after: only a change means something. The control socket
   tells of a parent that died before this function. */
static void die_with_parent(void)
{
    pid_t parent = getppid();

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
        _exit(STATUS_FAILED);
    }
}

static bool is_control_socket(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

static uint32_t raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return DESCRIPTORS_MIN;
    }
    limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < DESCRIPTORS_MIN ? DESCRIPTORS_MIN : (uint32_t)limit.rlim_cur;
}

static int serve(void)
{
    struct error error = {0};

    if (!is_control_socket(PROXY_CONTROL_FD)) {
        (void)fprintf(stderr,
                      "bascule-proxy: descriptor %d is no control socket: this program is started "
                      "by bascule, not by hand\n",
                      PROXY_CONTROL_FD);
        return STATUS_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* the harness decides when this ends */
    if (proxy_run(PROXY_CONTROL_FD, raise_descriptor_limit(), &error) != 0) {
        (void)fprintf(stderr, "bascule-proxy: %s\n", error.text);
        return STATUS_FAILED;
    }
    return STATUS_FINE;
}

int main(int argc, char **argv)
{
    die_with_parent();
    if (argc == 1) {
        return serve();
    }
    if (argc == 2 && text_equal(argv[1], "--version")) {
        (void)printf("bascule-proxy %s (%s)\n", BASCULE_VERSION, BASCULE_COMMIT);
        return STATUS_FINE;
    }
    if (argc == 2 && text_equal(argv[1], "--help")) {
        (void)fputs(usage, stdout);
        return STATUS_FINE;
    }
    (void)fprintf(stderr, "bascule-proxy: unknown argument '%s'\n%s", argv[1], usage);
    return STATUS_USAGE;
}
