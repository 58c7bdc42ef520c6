"""The loop: takes runs, lets a function work on them, in this process or in several, and records what comes of it.

Processes only evaluate. This one has the store, says for all of them that they go on, and sees it when one dies: a
crash in C code, a kill or a memory limit ends a run, and not the loop.
"""
from __future__ import annotations

import contextlib
import inspect
import multiprocessing
import signal
import sys
import time
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from ._interrupts import Interrupts
from ._records import RunRecord
from ._runs import Run, describe, failure_of, trace_of
from .errors import BudgetReached, ConflictError, Error, Exhausted, NothingToSuggest, Paused, UnavailableError

if TYPE_CHECKING:
    from ._experiments import Experiment

_PAUSE_S = 0.2


class RemoteRun:
    """What an objective in another process gets as its run: it can log, and knows its number and seed."""

    def __init__(self, connection: Connection, id: int, seed: int, attempt: int, config: dict[str, Any]) -> None:
        self._connection = connection
        self.id = id
        self.seed = seed
        self.attempt = attempt
        self.config = config

    def log(self, metrics: dict[str, float] | None = None, /, *, step: int | None = None, **more: float) -> None:
        """As Run.log."""
        self._connection.send(("log", {**(metrics or {}), **more}, step))


def takes_run(objective: Callable[..., Any]) -> bool:
    """Whether it wants a run as a second argument."""
    try:
        parameters = inspect.signature(objective).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in kinds and p.default is p.empty for p in parameters) >= 2


def _work(connection: Connection, objective: Callable[..., Any], with_run: bool) -> None:
    """A process: evaluates what comes through the connection until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to decide
    while True:
        try:
            asked = connection.recv()
        except EOFError:
            return
        run = RemoteRun(connection, *asked)
        try:
            result = objective(run.config, run) if with_run else objective(run.config)
            connection.send(("result", result))
        except BaseException as error:
            connection.send(("failure", describe(error), failure_of(error), trace_of(error)))


class _Worker:
    """A process with the run that it works on, if any."""

    def __init__(self, context: Any, objective: Callable[..., Any], with_run: bool) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, objective, with_run), daemon=True)
        with warnings.catch_warnings():  # of the thread that beats, with which the child has nothing to do
            warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
            self.process.start()
        theirs.close()
        self.run: Run | None = None
        self.started_s = 0.0

    def begin(self, run: Run) -> None:
        self.run = run
        self.started_s = time.monotonic()
        with contextlib.suppress(OSError):  # if it is gone, nothing will come back, and that tells it
            self.connection.send((run.id, run.seed, run.attempt, run.config))

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()

    def end(self) -> None:
        """Waits until it is gone."""
        self.stop()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class Loop:
    """One call of Experiment.minimize."""

    def __init__(self, experiment: Experiment, objective: Callable[..., Any], runs: int | None, jobs: int,
                 space: str | None, timeout: float | None, catch: bool,
                 progress: bool | Callable[[dict[str, Any]], None] | None) -> None:
        if jobs < 1:
            raise ValueError(f"jobs is the number of processes, from 1, not {jobs}")
        budget = runs or int(experiment.standing["budget"])
        if not budget:
            raise ValueError("how many runs? Give minimize, or the experiment, a number of runs")
        self._experiment = experiment
        self._objective = objective
        self._with_run = takes_run(objective)
        self._budget = budget
        self._jobs = jobs
        self._space = space
        self._timeout_s = timeout or experiment._described["timeout"]
        self._catch = catch
        self._progress = _Progress(progress, experiment, budget)
        self._interrupts = Interrupts()

    def run(self) -> RunRecord:
        """Works until there is nothing more to take."""
        taking = self._experiment._with_budget(self._budget)
        with self._interrupts.installed():
            try:
                if self._jobs == 1 and not self._timeout_s:
                    self._alone(taking)
                else:
                    self._in_processes(taking)
            finally:
                self._progress.end()
                taking.close()
        return self._experiment.best()

    # ---- in this process ----

    def _alone(self, taking: Experiment) -> None:
        while (run := self._take(taking)) is not None:
            self._evaluate(run)
            self._progress.tell(run)

    def _evaluate(self, run: Run) -> None:
        try:
            with self._interrupts.allowed():
                result = self._objective(run.config, run) if self._with_run else self._objective(run.config)
        except Exception as error:
            told, kind, trace = describe(error), failure_of(error), trace_of(error)
            if not run.ended:
                self._record(run, lambda run: run.fail(told, kind, output=trace))
            if not self._catch:
                raise
        except BaseException as error:
            _interrupt(run, error)
            raise
        else:
            self._record(run, lambda run: _observe_or_fail(run, result))

    def _record(self, run: Run, record: Callable[[Run], None]) -> None:
        """Waits for a store that is away: what was computed is not given up, but by Ctrl-C."""
        while True:
            try:
                record(run)
                return
            except ConflictError:
                return  # somebody else has the run by now, and its result counts
            except UnavailableError:
                with self._interrupts.allowed():
                    time.sleep(_PAUSE_S)

    def _take(self, taking: Experiment) -> Run | None:
        """The next run; None when all is done. Waits for what others have under way."""
        while True:
            try:
                return taking._take(None, self._space, self._interrupts.allowed)
            except Exhausted:
                return None
            except BudgetReached:
                standing = taking.standing
                if not standing["open"] or standing["target_reached"] or not self._others_work(taking):
                    return None
            except (Paused, UnavailableError):
                pass
            with self._interrupts.allowed():
                time.sleep(_PAUSE_S)

    @staticmethod
    def _others_work(taking: Experiment) -> bool:
        """Whether somebody beats for a run that is open: it may die, and be tried again."""
        taking.recover()
        return any(record.status == "QUEUED" or (record.status == "RUNNING" and record.heartbeat is not None)
                   for record in taking._open_runs())

    # ---- in processes ----

    def _in_processes(self, taking: Experiment) -> None:
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
        workers = [_Worker(context, self._objective, self._with_run) for _ in range(self._jobs)]
        try:
            more = True
            while more or any(worker.run for worker in workers):
                more = more and self._give_out(taking, workers, context)
                if more or any(worker.run for worker in workers):
                    self._collect(workers, context)
        except BaseException as error:
            for worker in workers:
                if worker.run is not None:
                    _interrupt(worker.run, error)
            raise
        finally:
            for worker in workers:
                worker.stop()
            for worker in workers:
                worker.end()

    def _give_out(self, taking: Experiment, workers: list[_Worker], context: Any) -> bool:
        """Gives runs to those who have none; False when there are no more."""
        for worker in list(workers):
            if worker.run is not None:
                continue
            if not worker.process.is_alive():
                worker = self._replace(worker, workers, context)
            try:
                worker.begin(taking._take(None, self._space, self._interrupts.allowed))
            except (Paused, UnavailableError):
                return True
            except NothingToSuggest:
                if any(w.run for w in workers):
                    return True  # one of them may fail on the machine's account, and be tried again
                run = self._take(taking)
                if run is None:
                    return False
                worker.begin(run)
        return True

    def _collect(self, workers: list[_Worker], context: Any) -> None:
        """Waits for news, and deals with it."""
        busy = {worker.connection: worker for worker in workers if worker.run is not None}
        with self._interrupts.allowed():
            ready = wait(list(busy), _PAUSE_S)
        for worker in [worker for connection, worker in busy.items() if connection in ready]:
            self._receive(worker, workers, context)
        for worker in workers:
            if worker.run is not None and self._timeout_s and time.monotonic() - worker.started_s > self._timeout_s:
                self._finish(worker, lambda run: run.fail(f"took longer than {self._timeout_s:g} s", "timeout"))
                self._replace(worker, workers, context)

    def _receive(self, worker: _Worker, workers: list[_Worker], context: Any) -> None:
        assert worker.run is not None
        try:
            kind, *told = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(5)
            code = worker.process.exitcode
            by_signal = code is not None and code < 0
            reason = f"the process was ended by signal {-code}" if by_signal else f"the process ended with {code}"
            self._finish(worker, lambda run: run.fail(reason, "crash"))
            self._replace(worker, workers, context)
            return
        if kind == "log":
            worker.run.log(told[0], step=told[1])
        elif kind == "result":
            self._finish(worker, lambda run: _observe_or_fail(run, told[0]))
        else:
            failed = worker.run.id
            self._finish(worker, lambda run: run.fail(told[0], told[1], output=told[2]))
            if not self._catch:
                raise RuntimeError(f"run {failed}: {told[0]}\n{told[2]}")

    def _finish(self, worker: _Worker, record: Callable[[Run], None]) -> None:
        run = worker.run
        assert run is not None
        self._record(run, record)
        worker.run = None
        self._progress.tell(run)

    def _replace(self, worker: _Worker, workers: list[_Worker], context: Any) -> _Worker:
        worker.end()
        workers[workers.index(worker)] = another = _Worker(context, self._objective, self._with_run)
        return another


def _interrupt(run: Run, error: BaseException) -> None:
    """Records that a run was stopped. What cannot be told now is told by its missing beats."""
    if not run.ended:
        with contextlib.suppress(Error):
            run.interrupt(type(error).__name__)


def _observe(run: Run, result: Any) -> None:
    if run.ended:
        return  # the objective recorded it itself
    if result is None:
        raise TypeError("the objective returned None: it returns a number, or a mapping with the objective in it")
    run.observe(result)


def _observe_or_fail(run: Run, result: Any) -> None:
    try:
        _observe(run, result)
    except (TypeError, ValueError) as error:
        run.fail(describe(error), "user")


class _Progress:
    """A line on the terminal, or whatever the caller does with what it is told."""

    def __init__(self, wanted: bool | Callable[[dict[str, Any]], None] | None, experiment: Experiment,
                 budget: int) -> None:
        self._call = wanted if callable(wanted) else None
        self._line = wanted is True or (wanted is None and sys.stderr.isatty())
        self._experiment = experiment
        self._budget = budget
        self._width = 0

    def tell(self, run: Run) -> None:
        if self._call is None and not self._line:
            return
        standing = self._experiment.standing
        if self._call is not None:
            self._call({"run": run.id, **standing})
        else:
            self._print(standing)

    def _print(self, standing: dict[str, Any]) -> None:
        best = ""
        if standing["best_result"] is not None:
            best = f", best {standing['best_result']:.6g} (run {standing['best_id']})"
        done = min(1.0, standing["finished"] / self._budget)
        bar = "#" * int(20 * done)
        text = f"{self._experiment.name} [{bar:<20}] {standing['finished']}/{self._budget} runs{best}"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\n")

