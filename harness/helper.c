#include "helper.h"

#include "base/text.h"
#include "version.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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

static int serve(const struct helper *helper)
{
    struct error error = {0};

    if (!is_control_socket(helper->control_fd)) {
        (void)fprintf(stderr,
                      "%s: descriptor %d is no control socket: this program is started by bascule, "
                      "not by hand\n",
                      helper->name, helper->control_fd);
        return STATUS_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* the harness decides when this ends */
    if (helper->serve(raise_descriptor_limit(), &error) == 0) {
        return STATUS_FINE;
    }
    if (error_is_set(&error)) {
        (void)fprintf(stderr, "%s: %s\n", helper->name, error.text);
    }
    return STATUS_FAILED;
}

int helper_main(const struct helper *helper, int argc, char **argv)
{
    die_with_parent();
    if (argc == 1) {
        return serve(helper);
    }
    if (argc == 2 && text_equal(argv[1], "--version")) {
        (void)printf("%s %s (%s)\n", helper->name, BASCULE_VERSION, BASCULE_COMMIT);
        return STATUS_FINE;
    }
    if (argc == 2 && text_equal(argv[1], "--help")) {
        (void)fputs(helper->usage, stdout);
        return STATUS_FINE;
    }
    (void)fprintf(stderr, "%s: unknown argument '%s'\n%s", helper->name, argv[1], helper->usage);
    return STATUS_USAGE;
}

int helper_receive(
    int control_fd, void *ret_record, size_t size, uint32_t version, struct error *reterr)
{
    ssize_t length = recv(control_fd, ret_record, size, MSG_DONTWAIT | MSG_TRUNC);
    uint32_t received = 0;

    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
        return -1;
    }
    if (length == 0 || (length < 0 && errno == ECONNRESET)) {
        return 0;
    }
    if (length < 0) {
        return error_os(reterr, errno, "cannot read the control socket");
    }
    memcpy(&received, ret_record, sizeof received);
    if ((size_t)length != size || received != version) {
        return error_plain(reterr, "a control packet of %zd bytes is not of this version", length);
    }
    return 1;
}

void helper_send(int control_fd, const void *record, size_t size)
{
    while (send(control_fd, record, size, MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}
