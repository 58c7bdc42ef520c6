"""Ctrl-C at any moment: it comes at once, and nothing stays RUNNING."""
from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest

import labwatch
from labwatch import Experiment, UniformFloat

X = {f"x{i}": UniformFloat(-5, 5) for i in range(10)}


def open_statuses(url):
    with Experiment("e", X, optimizer="random", store=url, new_version=True) as experiment:
        return {run.id: run.status for run in experiment.runs() if run.status == "RUNNING"}


def run_program(code, url, tmp_path, moment):
    """Runs a program that says READY, sends SIGINT some time later, and gives back how it ended and what it said."""
    program = tmp_path / "program.py"
    program.write_text(code)
    child = subprocess.Popen([sys.executable, str(program), url], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, start_new_session=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "READY\n"
    time.sleep(moment)
    os.killpg(child.pid, signal.SIGINT)  # as a terminal does: to the whole group
    said, errors = child.communicate()
    return child.returncode, said, errors


SLOW = """
import sys, time, labwatch
class Slow:
    "Takes its time."
    name = "slow"
    def __init__(self, space, seed): pass
    def suggest_configuration(self, request):
        if request.number == 2:
            print("READY", flush=True)
            time.sleep(2)
        return request.sample()
e = labwatch.Experiment("e", {"x": labwatch.UniformFloat(0, 1)}, optimizer=Slow, store=sys.argv[1], runs=9)
e.take().observe(1)
started = time.monotonic()
try:
    e.take()
except KeyboardInterrupt:
    print("came after", time.monotonic() - started)
    raise
"""


def test_a_long_suggestion_is_left_behind(url, tmp_path):
    code, said, errors = run_program(SLOW, url, tmp_path, 0.2)
    assert code == -signal.SIGINT or code == 130, errors
    assert float(said.split()[-1]) < 1.9, "it came before the suggestion's end"
    assert open_statuses(url) == {}, "what was suggested after all was given back"


MODEL = """
import sys, labwatch, threading
space = {f"x{i}": labwatch.UniformFloat(-5, 5) for i in range(10)}
e = labwatch.Experiment("e", space, optimizer="gp", store=sys.argv[1])
for i, config in enumerate(e.space().sample(150)):
    e.observe_config(config, i % 7)
print("READY", flush=True)
while True:
    e.take().observe(1)
"""


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.3, 1.0])
def test_a_model_is_left_behind(url, tmp_path, moment):
    code, _, errors = run_program(MODEL, url, tmp_path, moment)
    assert "KeyboardInterrupt" in errors
    assert code != 0
    assert open_statuses(url) == {}


LOOP = """
import sys, time, labwatch
def objective(config):
    until = time.perf_counter() + 0.002
    while time.perf_counter() < until:
        pass
    return config["x"]
e = labwatch.Experiment("e", {"x": labwatch.UniformFloat(-5, 5)}, optimizer="random", store=sys.argv[1])
print("READY", flush=True)
e.minimize(objective, 1_000_000, jobs=JOBS)
"""


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("seed", range(8))
def test_the_loop_leaves_nothing_running(url, tmp_path, jobs, seed):
    moment = random.Random(seed).uniform(0, 0.4)
    code, _, errors = run_program(LOOP.replace("JOBS", str(jobs)), url, tmp_path, moment)
    assert code != 0
    assert "KeyboardInterrupt" in errors
    assert errors.count("Traceback") == 1, errors
    assert open_statuses(url) == {}


@pytest.mark.parametrize("jobs", [1, 4])
def test_the_loop_ends_in_the_middle_of_an_objective(url, jobs):
    def objective(config, run):
        if run.id >= 3:
            threading.Timer(0.1, os.kill, (parent, signal.SIGINT)).start()
            time.sleep(60)
        return 1.0

    parent = os.getpid()
    with Experiment("e", X, optimizer="random", store=url, runs=20) as experiment:
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            experiment.minimize(objective, jobs=jobs)
        assert time.monotonic() - started < 50
        found = {run.status for run in experiment.runs()}
        assert found == {"COMPLETED", "INTERRUPTED"}
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        experiment.minimize(lambda config: 1.0, jobs=jobs)
        assert experiment.standing["by_status"]["COMPLETED"] == 20


def test_every_moment_between_two_runs(url):
    """SIGINT after each of the first instructions of the loop: whatever it hits, nothing stays."""
    handler = signal.getsignal(signal.SIGINT)
    with Experiment("e", {"x": UniformFloat(0, 1)}, optimizer="random", store=url) as experiment:
        used, came = 0, 0
        for step in range(0, 1200, 7):
            left = step

            def trace(frame, event, argument):
                nonlocal left
                if "labwatch" not in frame.f_code.co_filename:
                    return None
                frame.f_trace_opcodes = True
                if event == "opcode":
                    left -= 1
                    if left == 0:
                        signal.raise_signal(signal.SIGINT)
                return trace

            sys.settrace(trace)
            try:
                experiment.minimize(lambda config: 1.0, used + 2)
            except KeyboardInterrupt:
                came += 1
            finally:
                sys.settrace(None)
            signal.signal(signal.SIGINT, handler)  # it may have come before the loop began, or after its end
            running = [run.id for run in experiment.runs("status = RUNNING")]
            assert running == [], f"after {step} instructions"
            used = experiment.standing["used"]
    assert came > 100


def test_a_handler_of_ones_own_is_called(url):
    came = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        with Experiment("e", X, optimizer="random", store=url, runs=3) as experiment:
            experiment.minimize(lambda config: signal.raise_signal(signal.SIGINT) or 1.0)
            assert experiment.standing["by_status"]["COMPLETED"] == 3
        assert came == [signal.SIGINT] * 3
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_the_loop_lets_signals_be(url):
    found = []

    def work():
        with Experiment("e", X, optimizer="random", store=url, runs=3) as experiment:
            found.append(experiment.minimize(lambda config: 1.0).result)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [1.0]


def test_what_was_interrupted_does_not_count(url):
    with Experiment("e", X, optimizer="random", store=url, runs=2) as experiment:
        with pytest.raises(KeyboardInterrupt), experiment.suggest():
            raise KeyboardInterrupt
        assert experiment.standing["used"] == 0
        assert experiment.run(1).status == "INTERRUPTED"
        with pytest.raises(labwatch.NotFoundError):
            experiment.best()


WAITING = """
import sys, time, labwatch
e = labwatch.Experiment("e", {"x": labwatch.UniformFloat(0, 1)}, optimizer="random", store=sys.argv[1], runs=9)
run = e.suggest()
print("READY", flush=True)
sys.stdin.readline()
started = time.monotonic()
try:
    CALL
except KeyboardInterrupt:
    print("came after", time.monotonic() - started)
    raise
"""


@pytest.mark.parametrize("call", ["e.suggest()", "run.observe(1)", "run.log(loss=1)", "e.minimize(lambda config: 1)",
                                  "labwatch.Experiment('e', {'x': labwatch.UniformFloat(0, 2)}, store=sys.argv[1])"])
def test_a_store_in_use_is_not_waited_for_any_longer(url, call):
    import sqlite3

    child = subprocess.Popen([sys.executable, "-c", WAITING.replace("CALL", call), url], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "READY\n"
    other = sqlite3.connect(url[len("sqlite:"):], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    child.stdin.write("\n")
    child.stdin.flush()
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    said, errors = child.communicate()
    other.execute("ROLLBACK")
    assert child.returncode in (-signal.SIGINT, 130), errors
    waited_s = float(said.split()[-1])
    assert waited_s < 9, "the library alone would wait for ten seconds"
    with Experiment("e", store=url) as experiment:
        assert [(run.id, run.status) for run in experiment.runs()] == [(1, "RUNNING")]
        assert len(experiment.space()) == 1


def test_an_objective_may_deal_with_ctrl_c_itself(url):
    came = []

    def objective(config):
        for _ in range(3):
            try:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            except KeyboardInterrupt:
                came.append(1)
        return 1

    with Experiment("e", X, optimizer="random", store=url, runs=2) as experiment:
        experiment.minimize(objective)
        assert experiment.standing["by_status"]["COMPLETED"] == 2
    assert len(came) == 6


def test_what_is_left_behind_does_not_use_the_budget_up(url):
    """A suggestion that was interrupted belongs to nobody, and nobody would take it by `suggest`."""
    class Stopped:
        name = "stopped"

        def __init__(self, space, seed):
            self.space = space

        def suggest_configuration(self, request):
            if request.number == 1 and not stopped:
                stopped.append(1)
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.5)
            return request.sample()

    stopped = []
    with Experiment("e", X, optimizer=Stopped, store=url, runs=2) as experiment:
        with pytest.raises(KeyboardInterrupt):
            experiment.suggest()
        time.sleep(1)
        experiment.suggest().observe(1)
        experiment.suggest().observe(2)
        assert experiment.standing["by_status"]["QUEUED"] == 0


def test_what_another_handler_raises_while_a_store_is_waited_for_comes_out(url):
    import sqlite3

    class Mine(Exception):
        pass

    def ring(number, frame):
        raise Mine

    with Experiment("e", X, optimizer="random", store=url, runs=2) as experiment:
        other = sqlite3.connect(url[len("sqlite:"):], isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        before = signal.signal(signal.SIGALRM, ring)
        try:
            for use in (experiment.suggest, lambda: experiment.minimize(lambda config: 1)):
                signal.setitimer(signal.ITIMER_REAL, 0.3)
                with pytest.raises(Mine):
                    use()
        finally:
            signal.signal(signal.SIGALRM, before)
            other.execute("ROLLBACK")
