#include "world/isolation.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sched.h>

/* What the child could not do, told to the parent before it would begin. */
struct failure {
    int os_errno; /* 0: all is well */
    char what[60];
};

static bool inside;

bool isolation_is_inside(void)
{
    return inside;
}

static pid_t clone_into(uint64_t flags)
{
    struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    ssize_t written = write(fd, text, strlen(text));
    int kept_errno = errno;
    close(fd);
    errno = kept_errno;
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

/* The own ids are mapped to themselves: a server that refuses to run as root still does not see
 * one. */
static int map_ids(uid_t user, gid_t group)
{
    char line[64];
    (void)snprintf(line, sizeof line, "%u %u 1", user, user);
    if (write_file("/proc/self/uid_map", line) < 0) {
        return -1;
    }
    if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT) {
        return -1;
    }
    (void)snprintf(line, sizeof line, "%u %u 1", group, group);
    return write_file("/proc/self/gid_map", line);
}

static int raise_loopback(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int status = ioctl(fd, SIOCSIFFLAGS, &request);
    int kept_errno = errno;
    close(fd);
    errno = kept_errno;
    return status;
}

static const char *settle(uid_t user, gid_t group)
{
    if (map_ids(user, group) < 0) {
        return "map the user id in a namespace";
    }
    if (raise_loopback() < 0) {
        return "raise the loopback interface of a namespace";
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        return "make mounts private in a namespace";
    }
    /* Of use only for messages (who holds a port), and forbidden in some containers: never a reason
     * to give up. */
    (void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    return NULL;
}

/* In the child: makes the namespaces fit to live in, and tells the parent how that went. */
static void begin_child(int report_fd, uid_t user, gid_t group)
{
    struct failure failure = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const char *what = settle(user, group);
    if (what != NULL) {
        failure.os_errno = errno;
        (void)snprintf(failure.what, sizeof failure.what, "%s", what);
    }
    /* A parent that died meanwhile has closed its end: then this child must not live on. */
    if (send(report_fd, &failure, sizeof failure, MSG_NOSIGNAL) != (ssize_t)sizeof failure ||
        failure.os_errno != 0) {
        _exit(1);
    }
    char go;
    if (read(report_fd, &go, 1) != 1) {
        _exit(1);
    }
    close(report_fd);
    inside = true;
}

/* In words what the kernel's number means here, and who usually is behind it: ENOSPC is a limit,
   and the filters of containers answer as if clone3 did not exist. */
static int give_up(struct error *reterr, int os_errno, const char *what)
{
    const char *why = strerrordesc_np(os_errno);
    switch (os_errno) {
    case ENOSPC:
    case EUSERS:
        return error_plain(reterr,
                           "cannot %s: the system permits no more user namespaces "
                           "(user.max_user_namespaces)",
                           what);
    case EPERM:
    case EACCES:
        return error_plain(reterr,
                           "cannot %s: %s; kernel.unprivileged_userns_clone, AppArmor or the "
                           "container's seccomp profile may forbid it",
                           what, why);
    case ENOSYS:
        return error_plain(reterr,
                           "cannot %s: %s; the container's seccomp profile may forbid it, or the "
                           "kernel is older than 5.3",
                           what, why);
    default:
        return error_os(reterr, os_errno, "cannot %s", what);
    }
}

static int hear_child(pid_t child, int report_fd, struct error *reterr)
{
    struct failure failure;
    ssize_t length = recv(report_fd, &failure, sizeof failure, 0);
    if (length == (ssize_t)sizeof failure && failure.os_errno == 0 &&
        send(report_fd, "", 1, MSG_NOSIGNAL) == 1) {
        return 0;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    if (length == (ssize_t)sizeof failure && failure.os_errno != 0) {
        return give_up(reterr, failure.os_errno, failure.what);
    }
    return error_plain(reterr, "the first process of the namespaces ended early");
}

pid_t isolation_fork(struct error *reterr)
{
    int ends[2];
    uid_t user = geteuid();
    gid_t group = getegid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return error_os(reterr, errno, "cannot make a socket pair");
    }
    pid_t child = clone_into(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS);
    if (child == 0) {
        close(ends[0]);
        begin_child(ends[1], user, group);
        return 0;
    }
    int kept_errno = errno;
    close(ends[1]);
    int status = child < 0 ? give_up(reterr, kept_errno, "make namespaces")
                           : hear_child(child, ends[0], reterr);
    close(ends[0]);
    return status < 0 ? -1 : child;
}

bool isolation_is_permitted(struct error *reterr)
{
    pid_t child = isolation_fork(reterr);
    if (child == 0) {
        _exit(0);
    }
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    return child > 0;
}
