"""sacred_test.py LABWATCH: Sacred and labwatch on the same experiment in one database: labwatch shows and learns from
what Sacred wrote, and changes nothing of it."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

import bson.raw_bson
import gridfs
import peers
import pymongo

EXPERIMENT = """
experiment: peer
command: [{python}, -c, "print({{x}} + {{layers}})"]
optimizer: tpe
{more}
space:
  x: !Categorical [0.25, 0.5, 0.75]
  layers: !Categorical [1, 2]
  net: {{act: relu, width: 16}}
"""

lab = peers.Lab(sys.argv[1], "labwatch_test_sacred")
shutil.copy(pathlib.Path(__file__).with_name("sacred_program.py"), lab.folder)
database = pymongo.MongoClient(lab.server)[lab.database]
raw = database.runs.with_options(bson.CodecOptions(document_class=bson.raw_bson.RawBSONDocument))
host = lab.server.removeprefix("mongodb://")


def start_sacred(*options, to=f"{host}:{lab.database}", updates=()):
    return subprocess.Popen([sys.executable, "sacred_program.py", *options, "-m", to, "with", *updates], cwd=lab.folder,
                            env=lab.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def sacred(*options, expect=0, **more):
    """Runs it with Sacred; the id of its run."""
    process = start_sacred(*options, **more)
    said = process.communicate()[0].decode()
    assert process.returncode == expect, said
    return max(run["_id"] for run in database.runs.find({}, {"_id": 1}))


def digests():
    """Every document of Sacred's, as it lies in the database."""
    return {run["_id"]: hashlib.sha256(run.raw).hexdigest() for run in raw.find({"labwatch": {"$exists": False}})}


def rows(experiment):
    return {row["run"]: row for row in json.loads(lab.text("ls", experiment, "--format", "json"))}


lab.write("peer.yaml", text=EXPERIMENT, more="runs: 20")
runs = {
    "number": sacred(updates=["x=0.25", "layers=1"]),
    "integer": sacred(updates=["x=0.25", "layers=2", "result=integer"]),
    "object": sacred(updates=["x=0.5", "layers=1", "result=object"]),
    "nothing": sacred(updates=["x=0.75", "layers=1", "result=nothing"]),
    "nan": sacred(updates=["x=0.75", "layers=1", "result=nan"]),
    "crash": sacred(updates=["x=0.75", "layers=2", "result=crash"], expect=1),
}
before = digests()
assert len(before) == len(runs) == 6

# What Sacred wrote is shown.
shown = rows("peer.yaml")
STATUS = {"crash": "FAILED"}
for kind, run in runs.items():
    document, row = database.runs.find_one({"_id": run}), shown[run]
    assert row["status"] == document["status"] == STATUS.get(kind, "COMPLETED"), (kind, row)
    assert row["origin"] == "foreign" and row["config"] == document["config"], (kind, row)
    told = lab.document(run)
    assert told["captured_out"] == document["captured_out"], kind
    assert told["info"] == document["info"], (kind, told["info"])
    metric = database.metrics.find_one({"run_id": run})
    assert lab.metric(run, "train.loss") == (metric["steps"], metric["values"]), kind
assert shown[runs["number"]]["result"] == 0.25 and shown[runs["integer"]]["result"] == 2
assert shown[runs["object"]]["results"]["other"] == [1, 2] and shown[runs["object"]]["result"] == 0.5
assert all("result" not in shown[runs[kind]] for kind in ("nothing", "nan", "crash"))

# What Sacred wrote is learnt from: of six configurations four are taken (one failed; what ended without a result is
# nothing), so two are left.
wanted = {(0.5, 2), (0.75, 1)}
lines = lab.text("suggest", "peer.yaml", "-n", "6", "--format", "json", expect=4).splitlines()
suggested = [json.loads(line) for line in lines]
assert {(s["config"]["x"], s["config"]["layers"]) for s in suggested} == wanted, suggested
assert min(s["run"] for s in suggested) == max(runs.values()) + 1

# Nothing of it can be changed.
for words in (["observe", "1", "0.5"], ["observe", "1", "0.5", "--force"], ["release", "1"], ["retry", "6"],
              ["rm", "1"], ["beat", "1"], ["log", "1", "loss=1"], ["artifact", "1", "program.py"], ["exec", "1", "-q"]):
    lab.call(*words, expect=(1, 2, 3))
assert digests() == before

# Both number runs in one database at the same time.
lab.write("busy.yaml", text=EXPERIMENT.replace("experiment: peer", "experiment: busy").replace("tpe", "random"),
          more="runs: 30\nrepeats: 30")
together = [start_sacred(updates=["x=0.1"]) for _ in range(3)]
lab.call("run", "busy.yaml", "-q", "-j", "2")
for process in together:
    assert process.wait() == 0, process.stdout.read().decode()
assert len(rows("busy")) == 30 and database.runs.count_documents({"experiment.name": "peer"}) == len(runs) + 2 + 3
ids = sorted(run["_id"] for run in database.runs.find({}, {"_id": 1}))
assert ids == list(range(1, len(ids) + 1)), ids

# What Sacred has queued is taken, as Sacred itself would overwrite it; what lies in no space is left alone.
lab.write("queue.yaml", text=EXPERIMENT, more="runs: 50")
queued = [sacred("-q", updates=["x=0.25", "layers=2", "seed=42"]), sacred("-q", updates=["x=0.5", "layers=1"])]
strange = sacred("-q", updates=["x=7", "layers=1"])
before = digests()
first = database.runs.find_one({"_id": queued[0]})
for words in (["observe", str(queued[0]), "0.5"], ["release", str(queued[0])], ["rm", str(queued[0])]):
    lab.call(*words, expect=(1, 2, 3))
lab.call("exec", str(strange), "-q", expect=(1, 2))
lab.call("exec", str(queued[1]), "-q")
done = lab.document(queued[1])
assert done["status"] == "COMPLETED" and done["result"] == 1.5 and done["config"]["x"] == 0.5, done
lab.call("run", "peer.yaml", "-n", "30", "-q", expect=(0, 4))
taken = database.runs.find_one({"_id": queued[0]})
assert taken["status"] == "COMPLETED" and taken["result"] == 2.25, taken
assert taken["config"] == first["config"] and taken["config"]["seed"] == 42 and taken["command"] == first["command"]
assert list(taken)[:7] == list(first), list(taken)
assert {name for name in first["experiment"]} <= set(taken["experiment"])
assert taken["experiment"]["mainfile"] == first["experiment"]["mainfile"]
changed = {run for run, digest in digests().items() if before.get(run) != digest} | set(before) - set(digests())
assert changed == set(queued), changed
assert rows("peer")[queued[0]].get("origin") is None

# Documents that are no runs are told of once.
database.runs.insert_many([{"_id": 1000 + i, "experiment": {"name": "peer"}, "status": i} for i in range(3)])
process = lab.start("ls", "peer")
assert b"3 documents among the runs of 'peer' are no run that labwatch can read" in process.communicate()[1]
print("Sacred and labwatch understand each other")
