/* bascule-stub: one node of a scenario, started and steered by bascule. */
#include "backends-stub/control.h"
#include "backends-stub/server.h"
#include "base/text.h"
#include "version.h"

#include <errno.h>
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
    "usage: bascule-stub [--help | --version]\n"
    "\n"
    "A helper of bascule: the built-in HTTP server behind one node of a scenario. bascule starts\n"
    "it with a control socket on descriptor 3 and an execution log on descriptor 4; by hand it is\n"
    "of no use. It listens on 127.0.0.1 only and ends when bascule does.\n"
    "\n"
    "example: bascule run scenarios/gate/kill-primary.yaml     starts three of them\n";

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

    if (!is_control_socket(CONTROL_FD)) {
        (void)fprintf(stderr,
                      "bascule-stub: descriptor %d is no control socket: this program is started "
                      "by bascule, not by hand\n",
                      CONTROL_FD);
        return STATUS_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* the harness decides when a node ends */
    if (server_run(CONTROL_FD, CONTROL_LOG_FD, raise_descriptor_limit(), &error) != 0) {
        if (error.os_errno != EADDRINUSE) { /* that one the harness tells, with the owner's name */
            (void)fprintf(stderr, "bascule-stub: %s\n", error.text);
        }
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
        (void)printf("bascule-stub %s (%s)\n", BASCULE_VERSION, BASCULE_COMMIT);
        return STATUS_FINE;
    }
    if (argc == 2 && text_equal(argv[1], "--help")) {
        (void)fputs(usage, stdout);
        return STATUS_FINE;
    }
    (void)fprintf(stderr, "bascule-stub: unknown argument '%s'\n%s", argv[1], usage);
    return STATUS_USAGE;
}
