"""Threads, forks, and handing things over to other processes."""
from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import labwatch
from labwatch import Experiment, UniformFloat, UniformInt

X = {"x": UniformFloat(0, 1), "n": UniformInt(1, 10**9)}


def in_child(work):
    """Calls work() in a fork; whether it came to its end."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("optimizer", ["random", "tpe"])
@pytest.mark.parametrize("store", ["sqlite", "memory:"])
def test_threads_share_an_experiment(url, store, optimizer):
    with Experiment("e", X, optimizer=optimizer, store=url if store == "sqlite" else store, runs=80) as experiment:
        def work(_):
            n = 0
            while True:
                try:
                    run = experiment.take()
                except labwatch.BudgetReached:
                    return n
                run.log(loss=run.id)
                run.observe(run.config["x"])
                assert experiment.run(run.id).result == run.config["x"]
                experiment.best()
                n += 1

        with ThreadPoolExecutor(8) as threads:
            assert sum(threads.map(work, range(8))) == 80
        runs = experiment.runs()
        assert [run.id for run in runs] == list(range(1, 81))
        assert len({run.config["n"] for run in runs}) == 80


@pytest.mark.parametrize("store", ["sqlite", "memory:"])
def test_closing_cuts_nobody_off(url, store):
    """Who is in a call when another thread closes ends it; who comes later is told."""
    for _ in range(10):
        experiment = Experiment("e", X, optimizer="random", store=url if store == "sqlite" else store)
        started = threading.Barrier(5)
        wrong = []

        def work(experiment=experiment, started=started, wrong=wrong):
            started.wait()
            try:
                while True:
                    experiment.suggest().observe(1)
                    experiment.runs(limit=10)
            except ValueError as error:
                if "closed" not in str(error):
                    wrong.append(error)
            except BaseException as error:
                wrong.append(error)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        started.wait()
        experiment.close()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_long_calls_let_other_threads_run(url):
    """The interpreter is free while the library works."""
    with Experiment("e", {f"x{i}": UniformFloat(0, 1) for i in range(8)}, optimizer="gp", store=url) as experiment:
        for i, config in enumerate(experiment.space().sample(120)):
            experiment.observe_config(config, i % 11)
        ticks = 0
        ended = threading.Event()

        def work():
            experiment.suggest()
            ended.set()

        thread = threading.Thread(target=work)
        thread.start()
        while not ended.wait(0.0005):
            ticks += 1
        thread.join()
        assert ticks > 1


def test_after_a_fork_it_says_that_it_must_be_opened_again(experiment):
    run = experiment.suggest()

    def work():
        for use in (experiment.suggest, experiment.runs, lambda: run.observe(1), lambda: experiment.standing):
            with pytest.raises(labwatch.ForkedError, match=r"reopen\(\)"):
                use()
        with experiment.reopen() as again:
            assert again.suggest().id == 2
            again.observe(1, 0.5)
        experiment.close()

    assert in_child(work)
    assert experiment.run(1).result == 0.5
    run = experiment.suggest()
    run.observe(2)
    assert run.id == 3
    assert experiment.run(3).result == 2


def test_a_fork_while_a_thread_beats(url):
    with Experiment("e", X, optimizer="random", store=url, lease=0.2) as experiment:
        run = experiment.take()
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                experiment.reopen().suggest().observe(2)
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
        run.observe(1)
        assert experiment.standing["by_status"]["COMPLETED"] == 21


def test_a_fork_outlives_what_it_came_from(url):
    """SQLite would take the locks of the parent for its own, and the parent would delete what the child writes into."""
    experiment = Experiment("e", X, optimizer="random", store=url)
    experiment.suggest().observe(1)
    begun, closed = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(closed[1])
        again = experiment.reopen()
        again.suggest().observe(2)
        os.write(begun[1], b"x")
        os.read(closed[0], 1)
        again.suggest().observe(3)
        os._exit(0)
    os.close(begun[1])
    assert os.read(begun[0], 1) == b"x"
    experiment.close()
    os.write(closed[1], b"x")
    assert os.waitpid(pid, 0)[1] == 0
    with Experiment("e", store=url) as experiment:
        assert [run.result for run in experiment.runs("status = COMPLETED")] == [1, 2, 3]


def test_a_store_in_memory_belongs_to_its_process():
    with Experiment("e", X, optimizer="random", store="memory:") as experiment:
        with pytest.raises(ValueError, match="memory"):
            experiment.reopen()
        with pytest.raises(TypeError, match="memory"):
            pickle.dumps(experiment)

        def work():
            with pytest.raises(labwatch.ForkedError):
                experiment.suggest()

        assert in_child(work)


def _observe_elsewhere(experiment, id, result):
    experiment.observe(id, result)
    experiment.close()
    return os.getpid()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_an_experiment_is_handed_to_another_process(experiment, method):
    run = experiment.suggest()
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        assert pool.submit(_observe_elsewhere, experiment, run.id, 0.5).result() != os.getpid()
    assert experiment.run(run.id).result == 0.5


def test_a_copy_of_an_experiment_is_opened_anew(experiment):
    with copy.copy(experiment) as again:
        assert again.suggest().id == 1
        assert again.space() == experiment.space()
    assert experiment.suggest().id == 2


def test_a_run_that_is_taken_keeps_its_lease(url):
    """The thread says that it goes on; who is killed says so no more."""
    import time

    with Experiment("e", X, optimizer="random", store=url, lease=0.4) as experiment:
        run = experiment.take()
        first = experiment.run(run.id).heartbeat
        until = time.monotonic() + 30
        while experiment.run(run.id).heartbeat == first and time.monotonic() < until:
            time.sleep(0.02)
        assert experiment.run(run.id).heartbeat > first
        run.observe(1)
        assert experiment._beater.runs() == []


def test_what_a_killed_process_had_is_found(url):
    with Experiment("e", X, optimizer="random", store=url) as experiment:
        pid = os.fork()
        if pid == 0:
            experiment.reopen().take()
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
        assert experiment.run(1).status == "RUNNING"
        assert experiment.recover() == 1
        assert (experiment.run(1).status, experiment.run(1).failure) == ("FAILED", "died")


COMPUTING = """
import sys, threading, time, labwatch
space = {f"x{i}": labwatch.UniformFloat(-5, 5) for i in range(20)}
e = labwatch.Experiment("e", space, optimizer="gp", store=sys.argv[1])
for i, config in enumerate(e.space().sample(300)):
    e.observe_config(config, sum(x * x for x in config.values()))
def work():
    while True:
        e.suggest()
threading.Thread(target=work, daemon=True).start()
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("seconds", [0.2, 0.35, 0.5, 0.65])
def test_the_end_of_the_program_while_a_daemon_thread_computes(tmp_path, seconds):
    program = [sys.executable, "-c", COMPUTING, f"sqlite:{tmp_path / 'e.db'}", str(seconds)]
    ended = subprocess.run(program, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_fork_while_a_thread_computes_ends_as_any_other(url):
    """Its parent's thread is not there, and not waited for."""
    space = {f"x{i}": UniformFloat(-5, 5) for i in range(20)}
    with Experiment("e", space, optimizer="gp", store=url) as experiment:
        for config in experiment.space().sample(200):
            experiment.observe_config(config, sum(x * x for x in config.values()))
        program = ("import labwatch, os, sys, threading; from labwatch import _exits\n"
                   f"e = labwatch.Experiment('e', store={url!r})\n"
                   "thread = threading.Thread(target=e.suggest); thread.start()\n"
                   "while not _exits._threads: pass\n"
                   "pid = os.fork()\n"
                   "if pid == 0: sys.exit(3)\n"
                   "assert os.WEXITSTATUS(os.waitpid(pid, 0)[1]) == 3; thread.join()")
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
