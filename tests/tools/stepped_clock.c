/* Preloaded into a program, it makes the clock on the wall jump from an hour ahead to an hour
   behind and back, four times a second. All other clocks stay as they are. */
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { PERIOD_NS = 250 * 1000 * 1000, STEP_S = 3600 };

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): theirs are reserved names */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    struct timespec elapsed;
    long result = syscall(SYS_clock_gettime, clock, time);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &elapsed);
        time->tv_sec += (elapsed.tv_nsec / PERIOD_NS) % 2 == 0 ? STEP_S : -STEP_S;
    }
    return (int)result;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): theirs are reserved names */
int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): theirs are reserved names */
time_t time(time_t *ret)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL) {
        *ret = now.tv_sec;
    }
    return now.tv_sec;
}
