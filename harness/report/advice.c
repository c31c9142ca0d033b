#include "report/advice.h"

#include "base/text.h"

#include <stddef.h>

static const struct {
    const char *code;
    const char *text;
} advices[] = {
    {"no_traffic", "give the scenario traffic: a rate above 0/s and at least one request"},
    {"baseline_unhealthy", "it was not seen to work undisturbed: look at the nodes, give them a "
                           "longer warmup, or begin the first fault later"},
    {"fault_unconfirmed",
     "a fault must be seen to bite: aim it at a node that takes traffic, or hold it longer"},
    {"fault_late", "the machine was too busy to be exact: run it again with less beside it"},
    {"starts_late", "the machine was too busy to be exact: run it again with less beside it, "
                    "or lower traffic.rate"},
    {"within_error", "too close to tell: run it again with less beside it"},
    {"overload", "lower traffic.rate, or raise traffic.max_in_flight"},
    {"not_measured", "the metric has no value here: see docs/metrics.md"},
    {"node_not_ready", "look for what keeps the node from starting, "
                       "or give it less to do before it listens"},
    {"node_died", "a node ended by itself: find out why before trusting any figure"},
    {"log_full", "shorten the duration or lower traffic.rate"},
    {"report_unwritten", "free some space, or choose another folder with -o DIR"},
    {"client_died", "the client under test ended: that is a bug of the client"},
    {"client_protocol", "the client under test broke the protocol: that is a bug of the client"},
    {"watchdog", "the run took far longer than planned: run it again with less beside it"},
    {"known_issue", "if it is cured for good, take known_issue out of the scenario"},
    {"requires", "install it, or leave the scenario out"},
    {"isolation", "allow unprivileged user namespaces and nf_tables, or leave the scenario out"},
};

const char *advice_for(const char *code)
{
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
        if (text_equal(advices[i].code, code)) {
            return advices[i].text;
        }
    }
    return NULL;
}
