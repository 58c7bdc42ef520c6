"""omniboard_test.py LABWATCH FOLDER: what Omniboard's server, installed in FOLDER, shows of runs that labwatch wrote is
what labwatch says of them."""
import datetime
import io
import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile

import peers

lab = peers.Lab(sys.argv[1], "labwatch_test_omniboard")
runs = peers.write_every_kind(lab)


class Board:
    """The server on the lab's database, on a port that it finds free."""

    def __init__(self, folder):
        start = f"{folder}/node_modules/omniboard/dist/start.js"
        self.process = subprocess.Popen(["node", start, "--mu", lab.url], env={**lab.environment, "PORT": "19100"},
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        said = ""
        while not (port := re.search(r"listening on port (\d+)", said)):
            line = self.process.stdout.readline()
            assert line, f"Omniboard ended: {said}"
            said += line
        self.address = f"http://127.0.0.1:{port[1]}"
        self.address += self.json("databases")[0]["path"]

    def get(self, path, **query):
        try:
            with urllib.request.urlopen(f"{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}") as reply:
                return reply.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {query}: {error} {error.read().decode()}") from None

    def json(self, path, **query):
        return json.loads(self.get(path, **query))

    def put(self, path, document):
        request = urllib.request.Request(f"{self.address}/api/v1/{path}", json.dumps(document).encode(), method="PUT",
                                         headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request).close()


def same_moment(shown, told):
    moment = lambda text: datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return shown == told or moment(shown) == moment(told["$date"] if isinstance(told, dict) else told)


def compare(board, kind, run):
    shown, told = board.json(f"Runs/{run}"), lab.document(run)
    shown = shown[0] if isinstance(shown, list) else shown
    for field in ("config", "status", "captured_out", "command", "host", "format", "fail_trace", "result"):
        assert shown.get(field) == told.get(field), (kind, field, shown.get(field), told.get(field))
    for field in ("start_time", "stop_time"):
        assert same_moment(shown.get(field), told.get(field)), (kind, field, shown.get(field), told.get(field))
    info = {key: value for key, value in shown["info"].items() if key != "metrics"}
    assert info == told["info"], (kind, info, told["info"])
    compare_metrics(board, kind, run, shown)
    compare_artifacts(board, kind, run, shown)
    files = board.json(f"files/source/{run}")
    assert [file["filename"] for file in files] == ([] if kind in ("pending", "queued") else ["program.py"]), kind
    for _, file in shown["experiment"]["sources"]:
        assert board.get(f"files/preview/{file}/program.py") == peers.PROGRAM.encode(), kind


def compare_metrics(board, kind, run, shown):
    listed = {metric["name"]: metric["id"] for metric in shown["info"].get("metrics", [])}
    found = {m["name"]: m for m in board.json("Metrics", query=json.dumps({"run_id": run}))}
    assert set(listed) == set(found) == (set() if kind in ("pending", "queued") else {"train.loss", "accuracy"}), kind
    for name, metric in found.items():
        assert metric["_id"] == listed[name], (kind, name)
        assert (metric["steps"], metric["values"]) == lab.metric(run, name), (kind, name)


def compare_artifacts(board, kind, run, shown):
    wanted = lab.artifacts_of(kind, run)
    assert {artifact["name"] for artifact in shown["artifacts"]} == wanted, kind
    assert {file["filename"].split("/")[-1] for file in board.json(f"files/artifacts/{run}")} == wanted, kind
    for artifact in shown["artifacts"]:
        content = board.get(f"files/download/{artifact['file_id']}/{artifact['name']}")
        assert content == lab.file(run, artifact["name"]), (kind, artifact["name"])
    if wanted:
        archive = zipfile.ZipFile(io.BytesIO(board.get(f"files/downloadAll/{run}/artifacts")))
        assert {name.split("/")[-1] for name in archive.namelist()} == wanted


board = Board(sys.argv[2])
try:
    listed = {run["_id"]: run for run in board.json("Runs", select="_id,status,heartbeat,start_time,duration,result")}
    assert set(listed) == set(runs.values()), listed
    assert board.json("Runs/count", query=json.dumps({"experiment.name": "seen"})) == {"count": len(runs)}
    for kind, run in runs.items():
        compare(board, kind, run)
        assert listed[run]["status"] == lab.document(run)["status"], (kind, listed[run])
    # What Omniboard writes stays, and does not get in labwatch's way.
    board.put(f"Runs/{runs['queued']}", {"omniboard": {"tags": ["mine"], "notes": "look at this"}})
    lab.call("exec", str(runs["queued"]), "-q")
    assert lab.document(runs["queued"])["status"] == "COMPLETED"
    assert lab.document(runs["queued"])["omniboard"]["tags"] == ["mine"]
    compare(board, "good", runs["queued"])
finally:
    board.process.terminate()
    board.process.wait()
print(f"Omniboard shows {len(runs)} runs as labwatch does")
