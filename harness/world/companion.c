#include "world/companion.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void withdraw(const char *name)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    (void)setsid();
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    (void)prctl(PR_SET_NAME, name);
}

pid_t companion_start(const struct companion *companion, int *ret_fd, struct error *reterr)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return error_os(reterr, errno, "cannot make a socket pair");
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        withdraw(companion->name);
        companion->work(companion->context, ends[1]);
        _exit(0);
    }
    int kept_errno = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_os(reterr, kept_errno, "cannot start %s", companion->what);
    }
    *ret_fd = ends[0];
    return pid;
}
