"""Runs a client program, sound or with a planted bug, through scenarios of the gate, a few at once."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("BUILD", ROOT / "build" / "release")).resolve()
CLIENT = ["node", str(HERE / "client" / "main.mjs")]
LIMIT_S = 180

# Fifty processes of Node are more than a small machine can start beside anything else.
SETTINGS = {"herd-on-recovery": ["client.instances=8", "traffic.rate=100/s"]}


@dataclass
class Outcome:
    scenario: str
    verdict: str = "?"  # of the scenario; "?": there is no report
    failed: dict = field(default_factory=dict)  # metric -> "actual, expected limit"
    reasons: list = field(default_factory=list)
    text: str = ""

    @property
    def noisy(self):
        """Nothing failed, and more than what a program cannot tell keeps it from passing."""
        return (not self.failed and self.verdict not in ("pass", "skipped")
                and set(self.reasons) != {"not_measured"})

    @property
    def blamed(self):
        """The program itself broke down."""
        return {"client_died", "client_protocol"} & set(self.reasons)


def mutants():
    """id -> (scenario, metric, sources), in the order of the table."""
    lines = (HERE / "table.tsv").read_text().splitlines()
    return {name: rest for name, *rest in (line.split("\t") for line in lines)}


def titles():
    listed = subprocess.run([*CLIENT, "--bugs"], capture_output=True, text=True, check=True).stdout
    return dict(line.split("\t") for line in listed.splitlines())


def common_scenarios():
    return (HERE / "scenarios").read_text().split()


def gate():
    return sorted(path.stem for path in (ROOT / "scenarios" / "gate").glob("*.yaml"))


def can_isolate():
    """Else all would listen on the same ports."""
    try:
        return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0
    except OSError:
        return False


def read_report(folder, scenario, text):
    try:
        report = json.loads((folder / f"{scenario}.json").read_text())
    except (OSError, ValueError):
        return Outcome(scenario, text=text)
    return Outcome(
        scenario, report["verdict"],
        {each["metric"]: f"{each['actual']}, expected {each['op']} {each['limit']}"
         for each in report["expectations"] if each["verdict"] == "fail"},
        sorted({reason["code"] for reason in report["reasons"]}), text)


def run_once(folder, bug, scenario):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{scenario}.json").unlink(missing_ok=True)
    client = " ".join([f"'{CLIENT[1]}'" if word == CLIENT[1] else word for word in CLIENT]
                      + (["--bug", bug] if bug else []))
    settings = [word for each in SETTINGS.get(scenario, []) for word in ("--set", each)]
    command = [str(BUILD / "bascule"), "run", "-o", str(folder), "--client", client, *settings,
               str(ROOT / "scenarios" / "gate" / f"{scenario}.yaml")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        return Outcome(scenario, text=f"still running after {LIMIT_S} s")
    return read_report(folder, scenario, done.stdout + done.stderr)


def run(folder, bug, scenario, tries):
    """What noise spoils is tried again, besides the reruns of bascule itself."""
    for _ in range(tries):
        outcome = run_once(folder, bug, scenario)
        if not outcome.noisy:
            break
    return outcome


def run_all(tasks, jobs, folder, tries=1):
    """tasks: (label, bug or None, scenario). Yields (task, outcome) in their order."""
    with ThreadPoolExecutor(jobs if can_isolate() else 1) as pool:
        futures = [(task, pool.submit(run, folder / task[0], task[1], task[2], tries)) for task in tasks]
        for task, future in futures:
            yield task, future.result()
