"""What the tests with peers share: a database of their own on the test server, the labwatch command on it, and an
experiment whose runs are of every kind."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

EXPERIMENT = """
experiment: seen
command: [{python}, program.py, "{{kind}}", "{{x}}"]
optimizer: random
lease: 5s
sources: [program.py]
artifacts: "left-{{run}}.json"
{more}
space:
  x: !UniformFloat [0, 1]
  kind: !Categorical [good, object, crash, hang, nan]
  net: {{layers: !UniformInt [1, 8], act: relu}}
"""

PROGRAM = """
import json, os, pathlib, signal, subprocess, sys, time
kind, x = sys.argv[1], float(sys.argv[2])
run, labwatch = os.environ["LABWATCH_RUN"], os.environ["LABWATCH_COMMAND"]
print("training", kind, "– naïve π", flush=True)
for step in (0, 10, 20):
    values = [f"train.loss={1 / (step + 1)}", f"accuracy={x}"]
    subprocess.run([labwatch, "log", run, *values, "--step", str(step)], check=True)
pathlib.Path(f"left-{run}.json").write_text(json.dumps({"kind": kind}))
if kind == "good":
    pathlib.Path("report.txt").write_text(f"all is well with run {run}\\n")
    pathlib.Path("curve.png").write_bytes(bytes(i * 7 % 256 for i in range(600_000)))
    subprocess.run([labwatch, "artifact", run, "report.txt", "curve.png"], check=True)
if kind == "object":
    pathlib.Path(os.environ["LABWATCH_RESULT"]).write_text(json.dumps({"result": x, "per": {"cat": [1, 2.5]}, "n": 3}))
if kind == "crash":
    sys.exit("it broke")
if kind == "hang":
    pathlib.Path("hanging").touch()
    signal.pause()
print("nan" if kind == "nan" else x)
"""


class Lab:
    """A database of its own on the server that LABWATCH_TEST_MONGO_URI names, and a folder to work in."""

    def __init__(self, labwatch, database):
        server, _, options = os.environ["LABWATCH_TEST_MONGO_URI"].partition("?")
        self.server = server.rstrip("/")
        self.database = f"{database}_{os.getpid()}"
        self.url = f"{self.server}/{self.database}" + (f"?{options}" if options else "")
        self.labwatch = os.path.abspath(labwatch)
        self.folder = pathlib.Path(tempfile.mkdtemp())
        (self.folder / "program.py").write_text(PROGRAM)
        self.environment = {**os.environ, "LABWATCH_STORE": self.url, "LABWATCH_COMMAND": self.labwatch,
                            "LABWATCH_SPOOL": str(self.folder / "spool"), "PYTHONIOENCODING": "utf-8"}

    def write(self, name, more="", text=EXPERIMENT):
        (self.folder / name).write_text(text.format(python=json.dumps(sys.executable), more=more))

    def start(self, *words):
        return subprocess.Popen([self.labwatch, *words], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def call(self, *words, expect=0):
        """Standard output, as bytes; the exit status must be the expected one, or one of them."""
        process = self.start(*words)
        out, err = process.communicate()
        codes = expect if isinstance(expect, tuple) else (expect,)
        if process.returncode not in codes:
            raise AssertionError(f"labwatch {' '.join(words)}: exit {process.returncode}\n{out!r}\n{err.decode()}")
        return out

    def text(self, *words, **options):
        return self.call(*words, **options).decode()

    def document(self, run):
        return json.loads(self.text("show", str(run), "--format", "json"))

    def metric(self, run, name):
        """Steps and values, as labwatch shows them."""
        rows = [line.split(",") for line in self.text("show", str(run), "--metric", name).splitlines()[1:]]
        return [int(row[0]) for row in rows], [float(row[1]) for row in rows]

    def file(self, run, name):
        return self.call("show", str(run), "--file", name)

    @staticmethod
    def artifacts_of(kind, run):
        """What artifacts write_every_kind leaves."""
        left = {f"left-{run}.json"} if kind not in ("died", "pending", "queued") else set()
        return left | ({"report.txt", "curve.png"} if kind in ("good", "again") else set())

    def enqueue(self, **config):
        return int(self.text("enqueue", "seen.yaml", "--config", json.dumps(config)))

    def wait_for(self, condition, what):
        """No test has a time limit; a condition that cannot come true any more must raise."""
        while not condition():
            time.sleep(0.05)


def write_every_kind(lab):
    """Runs of every kind; which run is what."""
    lab.write("seen.yaml")
    runs = {"good": lab.enqueue(kind="good", x=0.25), "object": lab.enqueue(kind="object", x=0.5),
            "crash": lab.enqueue(kind="crash", x=0.75), "nan": lab.enqueue(kind="nan", x=0.125)}
    lab.call("run", "seen.yaml", "-n", "4", "-q")
    runs["again"] = lab.enqueue(kind="good", x=0.375)
    lab.call("run", "seen.yaml", "-n", "5", "-q")
    runs["stopped"] = lab.enqueue(kind="hang", x=0.625)
    worker = lab.start("exec", str(runs["stopped"]), "-q")
    hanging = lab.folder / "hanging"
    lab.wait_for(hanging.exists, "the program hangs")
    worker.send_signal(2)
    worker.send_signal(2)
    lab.wait_for(lambda: worker.poll() is not None or worker.send_signal(2), "it is stopped")
    hanging.unlink()
    runs["died"] = lab.enqueue(kind="hang", x=0.875)
    worker = lab.start("exec", str(runs["died"]), "-q")
    lab.wait_for(hanging.exists, "the program hangs")
    worker.kill()
    worker.wait()
    lab.call("run", "seen.yaml", "-n", "6", "-q", expect=(0, 1, 4))  # finds that it died; one is interrupted
    runs["pending"] = json.loads(lab.text("suggest", "seen.yaml", "--format", "json"))["run"]
    runs["queued"] = lab.enqueue(kind="good", x=1)
    return runs
