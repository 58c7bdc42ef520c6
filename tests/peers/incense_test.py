"""incense_test.py LABWATCH: what Incense shows of runs that labwatch wrote is what labwatch says of them."""
import sys

import peers
from incense import ExperimentLoader

lab = peers.Lab(sys.argv[1], "labwatch_test_incense")
runs = peers.write_every_kind(lab)
loader = ExperimentLoader(mongo_uri=lab.server, db_name=lab.database)
STATUS = {"good": "COMPLETED", "object": "COMPLETED", "again": "COMPLETED", "crash": "FAILED", "nan": "FAILED",
          "stopped": "INTERRUPTED", "died": "FAILED", "pending": "RUNNING", "queued": "QUEUED"}


def plain(value):
    """Without the types that only one of the two has."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


assert sorted(e.id for e in loader.find_all()) == sorted(runs.values()), [e.id for e in loader.find_all()]
assert len(loader.find_by_name("seen")) == len(runs)
for kind, run in runs.items():
    shown, told = loader.find_by_id(run), lab.document(run)
    data = shown.to_dict()
    assert shown.status == STATUS[kind] == told["status"], (kind, shown.status, told["status"])
    assert plain(data["config"]) == told["config"], (kind, data["config"], told["config"])
    assert data.get("result") == told.get("result"), (kind, data.get("result"), told.get("result"))
    assert data["captured_out"] == told["captured_out"], kind
    assert shown.experiment.name == "seen" and data["command"] == told["command"]
    assert data["host"].get("hostname") == told["host"].get("hostname"), kind
    info = {key: value for key, value in plain(data["info"]).items() if key != "metrics"}
    assert info == told["info"], (kind, info, told["info"])
    for name, series in shown.metrics.items():
        assert (list(series.index), list(series)) == lab.metric(run, name), (kind, name)
    assert set(shown.metrics) == (set() if kind in ("pending", "queued") else {"train.loss", "accuracy"}), kind
    assert set(shown.artifacts) == lab.artifacts_of(kind, run), kind
    for name, artifact in shown.artifacts.items():
        assert artifact.content == lab.file(run, name), (kind, name)
        assert artifact.file.name == f"artifact://runs/{run}/{name}"
    sources = [(name, loader._grid_filesystem.get(oid).read()) for name, oid in data["experiment"]["sources"]]
    assert sources == ([] if kind in ("pending", "queued") else [("program.py", peers.PROGRAM.encode())]), kind
assert type(loader.find_by_id(runs["good"]).artifacts["curve.png"]).__name__ == "ImageArtifact"
assert "– naïve π" in loader.find_by_id(runs["good"]).captured_out
assert loader.find_by_id(runs["object"]).result["per"]["cat"][1] == 2.5
assert [e.id for e in loader.find_by_config_key("x", 0.25)] == [runs["good"]]

# Whoever deletes a run with Incense takes nothing from another.
loader.find_by_id(runs["good"]).delete(confirmed=True)
assert b"run %d" % runs["again"] in lab.file(runs["again"], "report.txt")
assert lab.file(runs["again"], "curve.png") == bytes(i * 7 % 256 for i in range(600_000))
lab.call("show", str(runs["good"]), expect=3)
lab.call("ls", "seen")
print(f"Incense shows {len(runs)} runs as labwatch does")
