"""The documents in the store, held against what the workers recorded."""

import base64
import collections
import json
import subprocess

from records import Operation

DENOMINATOR = 1 << 24
ACKNOWLEDGED = ("LW_OK", "LW_KNOWN", "LW_LATE")


def cost_of(x, token):
    """As in cost.h."""
    return x + int(token[:6], 16) / DENOMINATOR


def token_of(value):
    return base64.b64decode(value["$binary"]["base64"]).hex()


def number_of(value):
    if isinstance(value, dict):
        return float(value["$numberDouble"])
    return value


class Run:
    """What is of interest in a document."""

    def __init__(self, document):
        own = document["labwatch"]
        self.id = document["_id"]
        self.experiment = document["experiment"]["name"]
        self.status = document["status"]
        self.config = {k: v for k, v in document["config"].items() if k != "seed"}
        self.result = number_of(document.get("result"))
        self.token = token_of(own["token"])
        self.attempt = own.get("attempt", 0)
        self.attempts = own.get("attempts", [])
        self.last_id = own.get("view", {}).get("last_id", 0)
        self.tokens = {self.token} | {token_of(a["token"]) for a in self.attempts}
        self.late = [(token_of(a["token"]), number_of(a.get("result"))) for a in self.attempts if a["how"] == "late"]

    def has(self, token, cost):
        return (self.token, self.result) == (token, cost) or (token, cost) in self.late


def read_store(dump, url, experiments):
    """(runs, points of metrics as (run, step, value), replays by id)."""
    lines = subprocess.run([dump, url, *experiments], stdout=subprocess.PIPE, check=True).stdout
    runs, points, replays = [], [], {}
    for line in map(json.loads, lines.splitlines()):
        if "runs" in line:
            runs.append(Run(line["runs"]))
        elif "metrics" in line:
            metric = line["metrics"]
            points += [(metric["run_id"], step, number_of(v)) for step, v in zip(metric["steps"], metric["values"])]
        else:
            replays[line["replay"]["id"]] = line["replay"]["verdict"]
    return runs, points, replays


def as_operations(runs, now):
    return [Operation("read at end", r.id, None, None, now, "the store", now, "LW_OK",
                      {"token": r.token, "result": r.result, "late": r.late}) for r in runs]


def check_ids(runs, experiments):
    ids = sorted(r.id for r in runs)
    twice = [id for id, n in collections.Counter(ids).items() if n > 1]
    holes = sorted(set(range(1, max(ids, default=0) + 1)) - set(ids))
    problems = [f"the id {id} is there twice" for id in twice]
    problems += [f"the id {id} is missing, and nothing explains it" for id in holes]
    problems += [f"run {r.id} is of '{r.experiment}'" for r in runs if r.experiment not in experiments]
    return problems


def check_budgets(runs, experiments):
    problems = []
    for name, budget in experiments.items():
        used = sum(r.experiment == name for r in runs)
        if used != budget:
            problems.append(f"experiment '{name}' has {used} runs, its budget is {budget}")
    return problems


def check_ends(runs):
    return [f"run {r.id} has the status {r.status}" for r in runs if r.status != "COMPLETED"]


def check_costs(runs):
    """What stands is what that attempt must have come to."""
    problems = []
    for r in runs:
        if r.status == "COMPLETED" and r.result != cost_of(r.config["x"], r.token):
            problems.append(f"run {r.id} has the result {r.result}, which is not what its attempt came to")
        for token, cost in r.late:
            if cost != cost_of(r.config["x"], token):
                problems.append(f"run {r.id}: the late result {cost} is not what that attempt came to")
    return problems


def check_acknowledged(runs, operations, told):
    """Everything that somebody was told is there."""
    by_id = {r.id: r for r in runs}
    problems = []
    for op in operations:
        run = by_id.get(op.id)
        if op.op == "take" and op.code == "LW_OK":
            if run is None or op.token not in run.tokens:
                problems.append(f"the reservation {op} is lost")
            elif "config" in op.answer and op.answer["config"] != run.config:
                problems.append(f"run {op.id} has another configuration than {op}")
        elif op.op in ("observe", "spool") and op.code in ACKNOWLEDGED:
            if run is None or not run.has(op.token, op.cost):
                problems.append(f"the acknowledged result {op} is lost or changed")
    for worker, id, result in told:
        run = by_id.get(id)
        costs = [cost_of(run.config["x"], token) for token in run.tokens] if run else []
        stored = [run.result] + [cost for _, cost in run.late] if run else []
        if not any(abs(cost - result) <= 1e-5 * max(1, abs(cost)) and cost in stored for cost in costs):
            problems.append(f"{worker} was told that run {id} has the result {result}, which is not there")
    return problems


def check_points(points, operations):
    """Each point of a metric that was acknowledged is there once; one without an answer once, or not at all."""
    stored = collections.Counter(points)
    problems = []
    for op in operations:
        if op.op == "log":
            n = stored.pop((op.id, op.step, op.cost), 0)
            if n > 1 or (n == 0 and op.code == "LW_OK"):
                problems.append(f"the point of {op} is there {n} times")
    problems += [f"nobody has logged the point {point}" for point in stored]
    return problems


def check_configs(runs):
    """No two runs with the same configuration: both spaces have room."""
    seen, problems = {}, []
    for r in sorted(runs, key=lambda r: r.id):
        key = (r.experiment, json.dumps(r.config, sort_keys=True))
        if key in seen:
            problems.append(f"runs {seen[key]} and {r.id} have the same configuration {r.config}")
        seen[key] = r.id
    return problems


def check_replays(runs, replays):
    problems = [f"the suggestion of run {id}, made again, is {verdict}"
                for id, verdict in replays.items() if verdict != "same"]
    problems += [f"run {r.id} could not be suggested again" for r in runs if r.id not in replays]
    problems += [f"run {r.id} names a view up to run {r.last_id}" for r in runs if r.last_id >= r.id]
    return problems
