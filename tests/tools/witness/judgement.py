"""The summary over the runs, and whether each expectation was held against the right figure."""

from .journal import UNRECOVERED, rank

TIMES = {"switchover", "first_success", "detection", "outage", "worst_latency", "failback",
         "stream_switchover"}
COUNTS = {"slow_requests", "relapses"}
POOLED = {"min": 0, "p50": 500, "p95": 950, "max": 1000}
HOLDS = {
    "<": lambda actual, limit: actual < limit,
    "<=": lambda actual, limit: actual <= limit,
    "==": lambda actual, limit: actual == limit,
    ">=": lambda actual, limit: actual >= limit,
    ">": lambda actual, limit: actual > limit,
}
INFINITE = float("inf")


def disturbance_key(metric):
    return metric + "_ms" if metric in TIMES else metric


def counted(measured):
    """The runs that no rerun replaced."""
    replaced = {one["rerun_of"] for one in measured.values()}
    return [one for index, one in measured.items() if index not in replaced]


def samples(runs, metric):
    """Of every active disturbance for a metric of disturbances, else one a run."""
    if metric not in TIMES | COUNTS:
        found = [one["metrics"].get(metric) for one in runs]
    else:
        found = [d[disturbance_key(metric)] for one in runs for d in one["disturbances"]
                 if d["was_active"]]
    return [value for value in found if value is not None]


def pool(values):
    ordered = sorted(INFINITE if value == UNRECOVERED else value for value in values)
    result = {"n": len(ordered)}
    for name, per_mille in POOLED.items():
        value = rank(ordered, per_mille)
        result[name] = UNRECOVERED if value == INFINITE else value
    return result


def summary(measured):
    runs = counted(measured)
    metrics = sorted(TIMES | COUNTS | {name for one in runs for name in one["metrics"]})
    pools = {metric: samples(runs, metric) for metric in metrics}
    return {metric: pool(values) for metric, values in pools.items() if values}


def candidates(measured, expectation):
    """(figure, error) pairs that an expectation of the report may rest on, nanoseconds."""
    name, run, fault = expectation["metric"], expectation["run"], expectation["fault"]
    metric, _, pooled = name.rpartition(".")
    if run is None:
        values = samples(counted(measured), metric)
        return [(pool(values)[pooled], None)] if values else [(None, None)]
    one = measured[run]
    found = [(d[disturbance_key(name)], d["error"]) for d in one["disturbances"]
             if d["was_active"] and disturbance_key(name) in d
             and (fault is None or fault in d["faults"])]
    if name in one["metrics"] and (name != "failed_requests" or fault is None):
        found = [(one["metrics"][name], one["error"])]
    return found or [(None, 0)]


def all_gave_one(measured, expectation):
    """Has every run that counts a figure to pool? One of a fault may be of its disturbances alone."""
    metric = expectation["metric"].rpartition(".")[0]
    return all(samples([one], metric) for one in counted(measured))


def is_hollow(report, reported, one):
    """Would it prove nothing that this run passes?"""
    metrics = one["metrics"]

    def bounds(*beginnings):
        return any(expectation["metric"].startswith(beginnings)
                   for expectation in report["expectations"])

    if metrics["successes"] == 0 and one["stream_events"] == 0:
        return True
    if any(fault["applied_ms"] is not None for fault in reported["faults"]):
        return False
    return (one["failed"] > 0 and not bounds("failed_requests", "success")
            or one["slow"] * 100 > metrics["requests"]
            and not bounds("latency.", "latency_ok.", "service.")
            or one["silences"] > 0 and not bounds("stream_gap", "stream_switchover"))


def is_consistent(expectation, measured):
    """Does the verdict follow from the figures that the report itself gives?"""
    if expectation["run"] is None and expectation["fault"] is None and measured:
        if expectation["verdict"] == "pass" and not all_gave_one(measured, expectation):
            return False
        if expectation["verdict"] == "inconclusive" and not all_gave_one(measured, expectation):
            return True
    actual, limit = expectation["actual"], expectation["limit"]
    if actual is None:
        return expectation["verdict"] == "inconclusive"
    if actual == UNRECOVERED:
        actual = INFINITE
    if HOLDS[expectation["op"]](actual, limit):
        return (expectation["verdict"] == "pass"
                or expectation["metric"].startswith("switchover"))  # which relapses can fail
    return expectation["verdict"] != "pass"
