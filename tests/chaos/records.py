"""What the workers recorded on their disks, as one list of operations."""

import glob
import json
import os
import re

NEVER = float("inf")


class Operation:
    """A call: what was asked, from when to when, and what was answered (code None: nobody knows)."""

    __slots__ = ("op", "id", "token", "cost", "called", "answered", "code", "worker", "answer", "step")

    def __init__(self, op, id, token, cost, called, worker, answered=NEVER, code=None, answer=None, step=0):
        self.op, self.id, self.token, self.cost, self.step = op, id, token, cost, step
        self.called, self.answered, self.code, self.worker = called, answered, code, worker
        self.answer = answer or {}

    def __repr__(self):
        end = "?" if self.answered == NEVER else f"{self.answered / 1e9:.3f}"
        return (f"{self.worker}: {self.op} run {self.id} token {(self.token or '')[:6]} cost {self.cost} "
                f"[{self.called / 1e9:.3f} {end}] {self.code} {self.answer or ''}")


def read_lines(path):
    """Whole lines only: who is killed may leave half a line."""
    with open(path) as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def read_worker(path, name):
    """The operations of one life of a worker, in the order of the calls."""
    operations, open_calls = [], {}
    doubtful_since = NEVER  # a reservation without a reply may have been made, and is given out by a later call
    for line in read_lines(path):
        if "call" in line:
            operation = Operation(line["op"], line["id"], line["token"] or None, line.get("cost"), line["t"], name,
                                  step=line["call"])
            open_calls[line["call"]] = operation
            operations.append(operation)
        elif "answer" in line:
            operation = open_calls.pop(line["answer"])
            operation.answered, operation.code, operation.answer = line["t"], line["code"], line
            if operation.op == "take" and operation.code == "LW_OK":
                operation.id, operation.token = line["id"], line["token"]
                operation.called = min(operation.called, doubtful_since)
            elif operation.op == "take" and operation.code == "LW_EUNAVAILABLE":
                doubtful_since = min(operation.called, doubtful_since)
    return operations


def read_objective(path, name):
    """What `labwatch run` must have done, as its program was started, and may have done afterwards."""
    operations = []
    for line in read_lines(path):
        if line["op"] == "execute":
            operations.append(Operation("take", line["id"], line["token"], None, 0, name, line["t"], "LW_OK", line))
        else:
            operations.append(Operation("observe", line["id"], line["token"], line["cost"], line["t"], name))
    return operations


TOLD = re.compile(r"^run (\d+): ([-0-9.e+]+);")


def read_told(path):
    """Results that `labwatch run` has told as recorded, or as kept in its spool: (run, result to six digits)."""
    with open(path, errors="replace") as file:
        return [(int(m[1]), float(m[2])) for m in map(TOLD.match, file) if m]


class Progress:
    """About how many results there are, from what was written since the last look."""

    def __init__(self, folder):
        self.folder = folder
        self.read = {}  # how much of which file
        self.n = 0

    def look(self):
        for path in glob.glob(os.path.join(self.folder, "*", "worker-*.journal")):
            self.n += self.news(path).count(b'"op": "observe"')
        for path in glob.glob(os.path.join(self.folder, "*", "*.err")):
            self.n += self.news(path).count(b" runs, best ")
        return self.n

    def news(self, path):
        with open(path, "rb") as file:
            file.seek(self.read.get(path, 0))
            text = file.read()
        whole = text.rfind(b"\n") + 1
        self.read[path] = self.read.get(path, 0) + whole
        return text[:whole]


DELIVERED = re.compile(r"^labwatch: (\d+) results? of the spool (was|were) delivered$", re.MULTILINE)


def n_delivered(folder):
    """Results that came from spools."""
    n = 0
    for path in glob.glob(os.path.join(folder, "*", "worker-*.journal")):
        n += sum(line["n"] for line in read_lines(path) if line.get("op") == "delivered")
    for path in glob.glob(os.path.join(folder, "*", "*.err")):
        with open(path, errors="replace") as file:
            n += sum(int(m[1]) for m in DELIVERED.finditer(file.read()))
    return n


def read_all(folder):
    """All operations, and all results that were told: (worker, run, result)."""
    operations, told = [], []
    for machine in sorted(os.listdir(folder)):
        at = os.path.join(folder, machine)
        for path in sorted(glob.glob(os.path.join(at, "worker-*.journal"))):
            operations += read_worker(path, machine)
        for path in sorted(glob.glob(os.path.join(at, "objective.journal"))):
            operations += read_objective(path, machine)
        for path in sorted(glob.glob(os.path.join(at, "*.err"))):
            told += [(machine, *one) for one in read_told(path)]
    return operations, told
