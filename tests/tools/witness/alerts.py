"""Incidents, from what clients believed; and what came of the program that was told of them."""

from .journal import NEVER, S

CALM_NS = S  # healthy for all clients that long: over


class Incident:
    def __init__(self, node, event):
        self.node, self.raised, self.why = node, event["at"], event["why"]
        self.out = {event["client"]}
        self.calm_at = self.cleared = NEVER

    def hear(self, event):
        if event["belief"] == "failed":
            self.out.add(event["client"])
            self.calm_at = NEVER
        elif event["belief"] == "healthy" and event["client"] in self.out:
            self.out.remove(event["client"])
            if not self.out:
                self.calm_at = event["at"] + CALM_NS

    def is_over(self, now):
        return self.calm_at <= now


def incidents(run):
    standing, found = {}, []
    for event in run.events["belief"]:
        node = run.node(event)
        incident = standing.get(node)
        if incident and incident.is_over(event["at"]):
            incident.cleared = incident.calm_at
            incident = None
        if incident:
            incident.hear(event)
        elif event["belief"] == "failed":
            standing[node] = Incident(node, event)
            found.append(standing[node])
    for incident in found:
        if incident.cleared == NEVER and incident.is_over(run.drain_end):
            incident.cleared = incident.calm_at
    return found


def hooks(run):
    """By node and time of the alert."""
    ends = {event["alert"]: event["end"] if event["status"] is None else event["status"]
            for event in run.events["alert_hook"]}
    return {(run.node(event), event["at"]): ends[event["alert"]]
            for event in run.events["alert"] if event["alert"] in ends}


def figures(run):
    told, result = hooks(run), []
    for incident in incidents(run):
        failed = told.get((incident.node, incident.raised))
        healthy = told.get((incident.node, incident.cleared))
        was_told = failed is not None or healthy is not None
        result.append({
            "node": run.nodes[incident.node], "raised_ms": incident.raised,
            "cleared_ms": incident.cleared, "why": incident.why,
            "hook": {"failed": failed, "healthy": healthy} if was_told else None,
        })
    return result
