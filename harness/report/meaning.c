#include "report/meaning.h"

#include "base/text.h"

#include <stddef.h>
#include <string.h>

struct meaning {
    const char *word;
    const char *text;
};

static const char *look_up(const struct meaning *meanings, const char *word, size_t length)
{
    for (; meanings->word != NULL; meanings++) {
        if (strlen(meanings->word) == length && strncmp(meanings->word, word, length) == 0) {
            return meanings->text;
        }
    }
    return NULL;
}

/* ---- Metrics ---- */

static const struct meaning metrics[] = {
    {"switchover",
     "from the onset of the fault until no caller noticed it any more: the end of the "
     "last failed or slow request before a quiet second, or the first answer of another node if "
     "that "
     "came later"},
    {"first_success", "from the onset until a node that was not hit served a request"},
    {"detection",
     "from the onset until the last client that noticed took the node out of rotation"},
    {"outage", "the longest time in which nobody got any answer"},
    {"worst_latency", "the slowest request around the fault, from when it was due"},
    {"slow_requests", "answered, but later than the scenario allows"},
    {"relapses", "times that callers were disturbed again after they had recovered"},
    {"failback", "from the moment a node is able again until it serves again"},
    {"stream_switchover", "from the onset until the slowest stream flows again from another node"},
    {"failed_requests", "requests without an answer, or answered with 5xx, although a node could "
                        "have served them"},
    {"requests", "requests of callers that came due, each counted once however often it was tried"},
    {"successes", "requests answered with 2xx or 3xx"},
    {"answered_4xx", "requests answered with 4xx: neither successes nor failures"},
    {"cancelled", "requests whose caller gave up"},
    {"unavoidable", "requests that failed or were slow because no node at all could answer; held "
                    "against nobody"},
    {"success_ratio", "successes as a share of all requests that were not cancelled"},
    {"latency", "of all requests, from when they were due to their end"},
    {"latency_ok", "of successful requests, from when they were due to their end"},
    {"service", "of requests that were sent, from their start to their end"},
    {"attempts_per_request", "how often nodes were asked for each request of a caller"},
    {"duplicates", "requests that must not be repeated, and were executed more than once"},
    {"lost", "requests that callers were told were done, and no node did"},
    {"corrupted", "successes whose body is not what a node sent"},
    {"switches", "times that a client moved to another node"},
    {"switch_time", "from the order to move until the named node served"},
    {"wrong_ejections", "times that a client took a healthy node out of rotation"},
    {"known_bad", "requests sent to a node that the client believed failed, and that timed out "
                  "there"},
    {"share", "successes that the node served, as a share of all"},
    {"stream_gap", "the longest silence of any stream"},
    {"stream_lost", "events that a stream skipped"},
    {"stream_duplicated", "events that a stream delivered twice"},
    {"status_stale", "the longest time for which what a client said of its nodes was not so"},
    {"herd", "of the arrivals in the first second of a node that returned, the largest share "
             "within 10 ms"},
    {NULL, NULL},
};

const char *meaning_of_metric(const char *metric)
{
    return look_up(metrics, metric, strcspn(metric, "."));
}

/* ---- Faults ---- */

static const struct meaning faults[] = {
    {"kill", "its process is killed"},
    {"terminate", "its process is asked to end"},
    {"pause", "its process is frozen; connections stay open, nothing answers"},
    {"restart", "its process is started again"},
    {"refuse", "its port refuses connections"},
    {"respond", "it answers requests with a status that the scenario chose"},
    {"slow", "its answers come later"},
    {"hang", "it takes requests and never answers them"},
    {"stall", "its answers stop midway, and the connection stays open"},
    {"truncate", "its answers break off midway"},
    {"trickle", "its answers come a few bytes at a time"},
    {"gray", "requests fail with 5xx, but its health checks pass"},
    {"unhealthy", "its health checks fail, but requests work"},
    {"wrong_role", "it refuses writes"},
    {"flap", "its process goes down and comes up again, over and over"},
    {"reset", "connections to it are reset"},
    {"delay", "its answers are late on the wire"},
    {"throttle", "its connections are slowed to a few bytes a second"},
    {"corrupt", "bits of its answers are flipped on the wire"},
    {"slow_close", "the ends of its connections are passed on later"},
    {"blackhole", "its packets vanish; nothing is refused or reset"},
    {"partition", "nodes cannot reach each other; callers can reach them all"},
    {"switch_to", "the operator tells the client to move to it"},
    {"isolate", "the operator tells the client to keep off it"},
    {"reset_failed", "the operator tells the client to forget which nodes failed"},
    {NULL, NULL},
};

const char *meaning_of_fault(const char *kind)
{
    return look_up(faults, kind, strlen(kind));
}

static const struct meaning confirmations[] = {
    {"exit", "its process was seen to end"},
    {"stopped", "its process was seen to stand still"},
    {"continued", "its process was seen to go on"},
    {"stub", "the node said so"},
    {"ready", "it was seen to be ready"},
    {"client", "the client said so"},
    {"proxy", "the proxy on its wire said so"},
    {"rule", "the packet filter had the rule"},
    {NULL, NULL},
};

const char *meaning_of_confirmation(const char *confirmed_by)
{
    return look_up(confirmations, confirmed_by, strlen(confirmed_by));
}

/* ---- Clients ---- */

static const struct meaning suspicions[] = {
    {"refused", "a refused connection"},
    {"reset", "a reset connection"},
    {"connect_timeout", "a connection that was not made in time"},
    {"timeout", "a request without an answer in time"},
    {"truncated", "an answer that broke off"},
    {"status", "an answer with an error status"},
    {"probe", "a failed health probe"},
    {"breaker", "its circuit breaker"},
    {"isolated", "an order of the operator"},
    {NULL, NULL},
};

const char *meaning_of_suspicion(const char *why)
{
    return look_up(suspicions, why, strlen(why));
}

static const struct meaning profiles[] = {
    {"resilient", "the built-in client resilient"},
    {"apiservice", "the built-in client apiservice"},
    {"none", "the built-in client none, which has no failover"},
    {"direct", "plain requests to one address, without failover of their own"},
    {"exec", "a client program"},
    {NULL, NULL},
};

const char *meaning_of_profile(const char *profile)
{
    return look_up(profiles, profile, strlen(profile));
}
