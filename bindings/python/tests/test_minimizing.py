"""The loop: in this process and in several, whatever becomes of the objective."""
from __future__ import annotations

import faulthandler
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import labwatch
from labwatch import Experiment, UniformFloat, UniformInt

JOBS = [1, 3]
X = {"x": UniformFloat(-5, 5), "n": UniformInt(1, 1000)}


@pytest.fixture
def make(url):
    """Opens an experiment for 8 runs."""
    opened = []

    def make(**settings):
        experiment = Experiment("loop", X, store=url, **{"optimizer": "random", "runs": 8, "seed": 1, **settings})
        opened.append(experiment)
        return experiment

    yield make
    for experiment in opened:
        experiment.close()


def by_status(experiment):
    return {status: n for status, n in experiment.standing["by_status"].items() if n}


@pytest.mark.parametrize("jobs", JOBS)
def test_the_best_of_all_runs(make, jobs):
    experiment = make()
    best = experiment.minimize(lambda config: config["x"] ** 2, jobs=jobs)
    runs = experiment.runs()
    assert len(runs) == 8
    assert best.result == min(run.result for run in runs)
    assert all(run.result == run.config["x"] ** 2 for run in runs)
    assert experiment.minimize(lambda config: math.nan, jobs=jobs).id == best.id, "there was nothing left to do"
    assert len(experiment.minimize(lambda config: 99, 10, jobs=jobs)._experiment.runs()) == 10


@pytest.mark.parametrize("jobs", JOBS)
def test_a_result_may_be_a_mapping(make, jobs):
    experiment = make(goal="maximize", objective="accuracy")
    best = experiment.minimize(lambda config: {"accuracy": config["n"], "loss": [1, None]}, jobs=jobs)
    assert best.result == max(run.config["n"] for run in experiment.runs())
    assert best.results == {"accuracy": best.config["n"], "loss": [1, None]}


@pytest.mark.parametrize("jobs", JOBS)
def test_the_objective_can_log(make, jobs):
    def objective(config, run):
        assert run.config == config
        for step in range(3):
            run.log(loss=step * 0.5, step=step)
        run.log({"seed": run.seed})
        return run.id

    experiment = make()
    experiment.minimize(objective, jobs=jobs)
    for run in experiment.runs():
        assert run.metrics["loss"] == [(0, 0.0), (1, 0.5), (2, 1.0)]
        assert run.metrics["seed"] == [(0, float(run.seed))]
        assert run.result == run.id


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize(("what", "failure", "status"), [
    ("an exception", "crash", "FAILED"),
    ("None", "user", "FAILED"),
    ("a text", "user", "FAILED"),
    ("no objective", "user", "FAILED"),
    ("NaN", "nan", "FAILED"),
    ("no memory", "memory", "FAILED"),
    ("a time limit", "timeout", "TIMEOUT"),
])
def test_a_failure_is_recorded_and_the_loop_goes_on(make, jobs, what, failure, status):
    def objective(config, run):
        if run.id % 2:
            return 1.0
        if what == "an exception":
            raise KeyError("no such key")
        if what == "no memory":
            raise MemoryError
        if what == "a time limit":
            raise TimeoutError("slow")
        return {"None": None, "a text": "good", "no objective": {"cost": 1}, "NaN": math.nan}[what]

    experiment = make()
    assert experiment.minimize(objective, jobs=jobs).result == 1
    failed = [run for run in experiment.runs() if run.status == status]
    assert [run.id for run in failed] == [2, 4, 6, 8]
    assert {run.failure for run in failed} == {failure}
    if what == "an exception":
        assert "KeyError: 'no such key'" in str(failed[0].document["labwatch"])
        assert "raise KeyError" in failed[0].document["captured_out"]


@pytest.mark.parametrize("jobs", JOBS)
def test_an_exception_may_end_the_loop(make, jobs):
    def objective(config):
        raise KeyError("no such key")

    experiment = make()
    with pytest.raises(KeyError if jobs == 1 else RuntimeError, match="no such key"):
        experiment.minimize(objective, jobs=jobs, catch=False)
    assert "RUNNING" not in by_status(experiment)
    assert by_status(experiment)["FAILED"] >= 1


@pytest.mark.parametrize("jobs", JOBS)
def test_a_mistake_in_the_objective_does_not_use_the_budget_up(make, jobs):
    experiment = make()
    with pytest.warns(RuntimeWarning, match="run 1 failed: ZeroDivisionError") as warned, \
            pytest.raises(RuntimeError, match=r"first 5 runs have all failed; run .: Zero.*test_minimizing.py, line"):
        experiment.minimize(lambda config: 1 / 0, jobs=jobs)
    assert [warning.filename for warning in warned] == [__file__], "one for each reason, at the line that called"
    assert experiment.standing["finished"] <= 5
    assert experiment.minimize(lambda config: 1).result == 1, "the rest of the budget is left"
    assert experiment.minimize(lambda config: 1 / 0, 16, jobs=jobs).result == 1, "it worked before"


@pytest.mark.parametrize("jobs", JOBS)
def test_all_runs_may_fail(make, jobs):
    experiment = make(runs=3)
    for _ in range(2):
        with pytest.raises(labwatch.NotFoundError, match=r"run 3 failed: ZeroDivisionError: .*retry"):
            experiment.minimize(lambda config: 1 / 0, jobs=jobs)
    assert {run.reason for run in experiment.runs()} == {"ZeroDivisionError: division by zero"}


def test_a_process_that_dies_ends_its_run_alone(make):
    def objective(config, run):
        if run.id == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if run.id == 3:
            faulthandler.disable()
            os.kill(os.getpid(), signal.SIGSEGV)
        if run.id == 4:
            os._exit(3)
        if run.id == 5:
            sys.exit("no more")
        return 1.0

    experiment = make()
    experiment.minimize(objective, jobs=2)
    runs = {run.id: run for run in experiment.runs()}
    assert {id for id, run in runs.items() if run.status == "FAILED"} == {2, 3, 4, 5}
    assert {run.failure for run in runs.values() if run.failure} == {"crash"}
    assert "signal 9" in str(runs[2].document)
    assert "signal 11" in str(runs[3].document)
    assert "ended with 3" in str(runs[4].document)
    assert "SystemExit: no more" in str(runs[5].document)


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("where", ["here", "in the experiment"])
def test_a_run_that_takes_too_long_is_ended(make, jobs, where):
    def objective(config, run):
        if run.id == 2:
            time.sleep(600)
        return 1.0

    experiment = make(**({} if where == "here" else {"timeout": 0.5}))
    experiment.minimize(objective, jobs=jobs, timeout=0.5 if where == "here" else None)
    assert by_status(experiment) == {"COMPLETED": 7, "TIMEOUT": 1}
    assert experiment.run(2).failure == "timeout"
    assert "longer than the time limit of 0.5 s" in str(experiment.run(2).document)


def test_what_cannot_be_sent_is_a_failure(make):
    experiment = make(runs=2)
    with pytest.raises(labwatch.NotFoundError):
        experiment.minimize(lambda config: {"result": lambda: 1}, jobs=2)
    assert by_status(experiment) == {"FAILED": 2}


def test_the_queue_comes_first_and_others_work_on_the_same(make, url):
    experiment = make()
    queued = experiment.enqueue({"x": 1, "n": 7})
    seen = []
    experiment.minimize(lambda config: seen.append(config) or 1.0)
    assert seen[0] == {"x": 1, "n": 7}
    assert experiment.run(queued).result == 1


def test_a_run_of_somebody_else_that_died_is_taken_again(make):
    """A process that was killed in the middle leaves a run, which is tried again where the experiment says so."""
    experiment = make(retries=1, runs=3)
    pid = os.fork()
    if pid == 0:
        experiment.reopen().take()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert by_status(experiment) == {"RUNNING": 1}
    experiment.minimize(lambda config: 1.0)
    assert by_status(experiment) == {"COMPLETED": 3}
    assert experiment.run(1).attempt == 2


def test_two_processes_share_a_budget(make, url):
    experiment = make(runs=20)

    def work():
        experiment.reopen().minimize(lambda config: time.sleep(0.01) or config["x"], progress=False)

    others = [multiprocessing.get_context("fork").Process(target=work) for _ in range(3)]
    for other in others:
        other.start()
    experiment.minimize(lambda config: config["x"])
    for other in others:
        other.join()
        assert other.exitcode == 0
    assert by_status(experiment) == {"COMPLETED": 20}


def test_progress_is_told(make, capsys):
    told = []
    experiment = make()
    experiment.minimize(lambda config: config["x"], progress=told.append)
    assert [one["finished"] for one in told] == list(range(1, 9))
    assert told[-1]["best_result"] == experiment.best().result
    experiment.minimize(lambda config: config["x"], 9, progress=True)
    line = capsys.readouterr().err
    assert "9/9 runs, best" in line
    assert line.endswith("\n")
    experiment.minimize(lambda config: config["x"], 10)
    assert capsys.readouterr().err == "", "no terminal, no line"


@pytest.mark.parametrize("jobs", JOBS)
def test_what_was_given_to_nobody_in_particular_is_not_waited_for(make, jobs):
    experiment = make()
    experiment.suggest()
    experiment.minimize(lambda config: 1, jobs=jobs)
    assert by_status(experiment) == {"COMPLETED": 7, "RUNNING": 1}


@pytest.mark.parametrize("jobs", JOBS)
def test_results_beyond_all_numbers(make, jobs):
    experiment = make(runs=2)
    with pytest.raises(labwatch.NotFoundError, match=r"run 2 failed: .*(larger than|has no 'result')"):
        experiment.minimize(lambda config: 10**400 if config["n"] % 2 == 0 else {"other": 1}, jobs=jobs)
    assert by_status(experiment) == {"FAILED": 2}


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("objective", [
    lambda config, run: run.log(loss=1) or 1,
    lambda config, run=None: run.log(loss=1) or 1,
    lambda config, *, run=None: run.log(loss=1) or 1,
    lambda config, scale=2, run=None: run.log(loss=1) or scale,
])
def test_an_objective_gets_its_run(make, objective, jobs):
    experiment = make(runs=2)
    experiment.minimize(objective, jobs=jobs)
    assert [run.metrics for run in experiment.runs()] == [{"loss": [(0, 1.0)]}] * 2


@pytest.mark.parametrize("objective", [lambda run: run["x"], lambda config, scale=1: scale, lambda *all: len(all),
                                       lambda **named: 1])
def test_an_objective_that_wants_no_run_gets_none(make, objective):
    if objective.__code__.co_varnames == ("named",):
        with pytest.raises(TypeError, match="function of a configuration"):
            make().minimize(objective)
    else:
        assert make(runs=1).minimize(objective).status == "COMPLETED"


@pytest.mark.parametrize("objective", [3, lambda: 1, lambda a, b, c: 1])
def test_what_is_no_objective_uses_no_budget(make, objective):
    experiment = make()
    with pytest.raises(TypeError, match="objective is a function"):
        experiment.minimize(objective)
    assert experiment.standing["used"] == 0


@pytest.mark.parametrize("jobs", JOBS)
def test_a_run_that_somebody_removes_does_not_end_the_loop(make, jobs):
    experiment = make()
    other = Experiment("loop", store=experiment.store)

    def objective(config, run):
        if run.id == 2:
            removing.send(2)
            gone.recv()
            run.log(loss=1)
        return 1

    def remove():
        other.remove(told.recv())
        going.send(True)

    told, removing = multiprocessing.Pipe(False)
    gone, going = multiprocessing.Pipe(False)
    thread = threading.Thread(target=remove)
    thread.start()
    if jobs == 1:
        experiment.minimize(objective)
    else:
        experiment.minimize(objective, jobs=jobs)
    thread.join()
    assert experiment.standing["by_status"]["COMPLETED"] == 8
    other.close()


def test_one_process_for_each_processor(make):
    experiment = make(runs=2)
    assert experiment.minimize(lambda config: os.getpid(), jobs=-1).result != os.getpid()


def test_without_a_terminal_there_is_no_line(make, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert make().minimize(lambda config: 1, progress=True).result == 1


@pytest.mark.parametrize("jobs", JOBS)
def test_a_run_can_do_the_same_in_each_process(make, jobs, tmp_path):
    experiment = make(runs=4)

    def objective(config, run):
        path = tmp_path / f"{run.id}.txt"
        path.write_text(str(run.config))
        run.artifact(path, "config.txt")
        path.unlink()
        run.log({"loss": run.id}, step=7)
        run.beat("half way")
        try:
            run.artifact(path)
        except labwatch.Error as error:
            run.log(refused=len(str(error)) > 10)
        assert (run.space, run.attempt, run.replicate, run.fidelity) == ("default", 1, 0, None)
        if run.id == 1:
            run.observe({"result": 0.5, "more": [1]}, info={"where": "here"})
        elif run.id == 2:
            run.fail("no good", "user")
        elif run.id == 3:
            run.observe(3)
            raise ValueError("too late")
        return 4 if run.id == 4 else None

    experiment.minimize(objective, jobs=jobs)
    assert [run.result for run in experiment.runs()] == [0.5, None, 3, 4]
    assert [run.reason for run in experiment.runs()] == [None, "no good", None, None]
    assert experiment.run(1).document["info"]["where"] == "here"
    for run in experiment.runs():
        assert [file["name"] for file in experiment.files(run)] == ["config.txt"]
        assert run.metrics == {"loss": [(7, run.id)], "refused": [(0, 1)]}


class Strange:
    """Cannot be put together again."""

    def __reduce__(self):
        return eval, ("1 / 0",)


def test_what_cannot_be_received_is_a_failure(make):
    experiment = make(runs=4)

    def objective(config, run):
        if run.id == 2:
            run.observe(Strange())
        return Strange() if run.id == 1 else 1

    experiment.minimize(objective, jobs=2)
    assert [run.reason for run in experiment.runs()] == ["ZeroDivisionError: division by zero"] * 2 + [None] * 2


def test_what_is_asked_for_must_make_sense(make, url):
    experiment = make()
    with pytest.raises(ValueError, match="jobs"):
        experiment.minimize(lambda config: 1, jobs=0)
    with Experiment("no budget", X, store=url) as endless, pytest.raises(ValueError, match="how many runs"):
        endless.minimize(lambda config: 1)


@pytest.mark.parametrize("optimizer", ["sobol", "tpe", "gp", "smac", "auto"])
def test_optimizers_with_models_in_processes(make, optimizer):
    experiment = make(optimizer=optimizer, runs=12)
    experiment.minimize(lambda config: config["x"] ** 2, jobs=4)
    assert by_status(experiment) == {"COMPLETED": 12}


def test_a_store_that_is_locked_meanwhile_loses_no_result(make, tmp_path):
    """The result waits until the store takes it."""
    import sqlite3

    experiment = make(runs=2)
    path = experiment.store[len("sqlite:"):]

    def objective(config, run):
        if run.id == 2:
            pid = os.fork()
            if pid == 0:
                other = sqlite3.connect(path, isolation_level=None)
                other.execute("BEGIN IMMEDIATE")
                os.write(ready[1], b"x")
                time.sleep(12)  # longer than the library waits
                os._exit(0)
            os.read(ready[0], 1)
        return 1.0

    ready = os.pipe()
    experiment.minimize(objective)
    assert by_status(experiment) == {"COMPLETED": 2}


@pytest.mark.parametrize("jobs", JOBS)
def test_a_run_that_takes_too_much_memory_is_ended(make, jobs):
    """With all that it started."""
    experiment = make(memory="300M", runs=3)

    def objective(config, run):
        if run.id == 2 and os.fork() == 0:
            filled = bytearray(os.urandom(1 << 20)) * 400
            time.sleep(1000 if filled else 0)
        if run.id == 2:
            time.sleep(1000)
        return 1

    experiment.minimize(objective, jobs=jobs)
    assert by_status(experiment) == {"COMPLETED": 2, "FAILED": 1}
    run = experiment.run(2)
    assert run.failure == "memory"
    assert "more than the limit of 300 MiB" in run.document["fail_trace"][0]


@pytest.mark.parametrize("jobs", JOBS)
def test_nothing_is_begun_after_the_time_is_up(make, jobs):
    experiment = make(max_time="500ms", runs=1000)
    experiment.minimize(lambda config: time.sleep(0.3) or 1, jobs=jobs)
    assert 1 <= experiment.standing["by_status"]["COMPLETED"] <= 1 + 2 * jobs
    assert experiment.standing["open"] == 0


def double(x):
    return 2 * x


def test_the_objective_may_have_processes_of_its_own(make):
    experiment = make(runs=4)

    def objective(config):
        with multiprocessing.Pool(2) as pool:
            return sum(pool.map(double, [1, 2]))

    assert experiment.minimize(objective, jobs=2).result == 6


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_a_run_started_ends_with_it(make, tmp_path):
    experiment = make(runs=1, timeout=0.5)
    started = tmp_path / "started"

    def objective(config):
        child = subprocess.Popen(["sleep", "1000"])
        started.write_text(str(child.pid))
        child.wait()

    with pytest.raises(labwatch.NotFoundError):
        experiment.minimize(objective)
    assert experiment.run(1).failure == "timeout"
    assert not is_alive(int(started.read_text()))


def test_no_process_outlives_the_loop_that_is_killed(make, tmp_path):
    url = make().store
    started = tmp_path / "started"
    pid = os.fork()
    if pid == 0:
        def objective(config):
            child = subprocess.Popen(["sleep", "1000"])
            started.write_text(f"{os.getpid()} {child.pid} .")
            time.sleep(1000)

        with Experiment("loop", store=url) as experiment:
            experiment.minimize(objective, 1, jobs=2)
    while not (started.exists() and started.read_text().endswith(".")):
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while any(is_alive(int(one)) for one in started.read_text().split()[:-1]):
        time.sleep(0.01)


def test_a_process_that_dies_while_what_it_started_lives(make):
    """Which holds the other end of its connection."""
    experiment = make(runs=2)

    def objective(config, run):
        if run.id == 1:
            if os.fork() == 0:
                time.sleep(1000)
            os.kill(os.getpid(), signal.SIGKILL)
        return 1

    experiment.minimize(objective, jobs=2)
    assert by_status(experiment) == {"COMPLETED": 1, "FAILED": 1}


def test_threads_of_an_objective_share_their_run(make):
    experiment = make(runs=1)

    def objective(config, run):
        def work(name):
            for i in range(50):
                run.log({name: i}, step=i)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return 1

    metrics = experiment.minimize(objective, jobs=2).metrics
    assert {name: len(points) for name, points in metrics.items()} == dict.fromkeys("abcd", 50)


def test_a_metric_is_not_told_twice_where_the_store_is_away_for_another(make, monkeypatch):
    experiment = make(runs=1)
    told = []
    log = Experiment._log

    def away(self, run, name, steps, values):
        told.append(name)
        if told == ["a", "b"]:
            raise labwatch.UnavailableError("away for a moment")
        log(self, run, name, steps, values)

    monkeypatch.setattr(Experiment, "_log", away)
    with pytest.warns(RuntimeWarning, match="away for a moment"):
        metrics = experiment.minimize(lambda config, run: run.log(a=1, b=2) or 1, jobs=2).metrics
    assert metrics == {"a": [(0, 1.0)], "b": [(0, 2.0)]}


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("metrics", [{"": 1}, {"loss": "high"}, {"a\0b": 1}], ids=["no name", "no number", "NUL"])
def test_metrics_that_are_none(make, jobs, metrics):
    experiment = make(runs=2)

    def objective(config, run):
        if run.id == 1:
            run.log(metrics)
        return 1

    experiment.minimize(objective, jobs=jobs)
    assert by_status(experiment) == {"COMPLETED": 1, "FAILED": 1}


@pytest.mark.parametrize("jobs", JOBS)
def test_a_result_that_the_store_does_not_take_is_kept_on_ctrl_c(make, jobs):
    """And is recorded when it is there again."""
    import sqlite3

    url = make(runs=1).store
    ready = os.pipe()
    pid = os.fork()
    if pid == 0:
        def objective(config):
            os.write(ready[1], b"x")
            time.sleep(1)
            return 0.25

        try:
            with Experiment("loop", store=url) as experiment:
                experiment.minimize(objective, jobs=jobs)
        except KeyboardInterrupt:
            os._exit(3)
        os._exit(4)
    assert os.read(ready[0], 1) == b"x"
    other = sqlite3.connect(url[len("sqlite:"):], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(2)
    os.kill(pid, signal.SIGINT)
    assert os.WEXITSTATUS(os.waitpid(pid, 0)[1]) == 3
    other.execute("ROLLBACK")
    with Experiment("loop", store=url) as experiment:
        assert by_status(experiment) == {"RUNNING": 1}
        assert experiment.minimize(lambda config: 7, 1).result == 0.25
        assert by_status(experiment) == {"COMPLETED": 1}
