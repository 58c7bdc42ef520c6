"""The loop: takes runs, lets a function work on them, in this process or in several, and records what comes of it.

Processes only evaluate. This one has the store, says for all of them that they go on, and sees it when one dies: a
crash in C code, a kill or a memory limit ends a run, and not the loop.
"""
from __future__ import annotations

import functools
import inspect
import math
import os
import pickle
import re
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TypeVar

from ._interrupts import Interrupts
from ._patience import AWAY, PAUSE_S, given_of, patiently, record
from ._records import RunRecord
from ._results import Given
from ._runs import Run, describe, failure_of, trace_of
from ._stopping import interrupt
from ._warnings import warn
from ._workers import ASKED, Worker, memory_of
from .errors import BudgetReached, Exhausted, NotFoundError, NothingToSuggest, Paused

if TYPE_CHECKING:
    from ._experiments import Experiment

Value = TypeVar("Value")

#: So many exceptions in a row, before any run was completed, are a mistake in the objective.
_MOST_MISTAKES = 5


def caller_of(objective: Callable[..., Any]) -> Callable[[dict[str, Any], Any], Any]:
    """Calls it with a configuration, and with a run if it wants one: as a second argument, or one called run."""
    if not callable(objective):
        raise TypeError(f"the objective is a function of a configuration, not {objective!r}")
    try:
        parameters = inspect.signature(objective).parameters.values()
    except (TypeError, ValueError):  # a built-in function
        return lambda config, run: objective(config)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    positional = [p for p in parameters if p.kind in kinds]
    needed = sum(p.default is p.empty for p in positional)
    if needed > 2 or not (positional or any(p.kind is p.VAR_POSITIONAL for p in parameters)):
        raise TypeError("the objective is a function of a configuration, and of a run if it likes, not of "
                        f"{needed or 'no'} arguments")
    if needed == 2:
        return lambda config, run: objective(config, run)
    others = [p for p in parameters if p not in positional[:1]]
    if any(p.name == "run" and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in others):
        return lambda config, run: objective(config, run=run)
    return lambda config, run: objective(config)


class Loop:
    """One call of Experiment.minimize."""

    def __init__(self, experiment: Experiment, objective: Callable[..., Any], runs: int | None, jobs: int,
                 space: str | None, timeout: float | None, catch: bool,
                 progress: bool | Callable[[dict[str, Any]], None] | None) -> None:
        if jobs < 1 and jobs != -1:
            raise ValueError(f"jobs is the number of processes, from 1, or -1 for one on each processor, not {jobs}")
        budget = runs or int(experiment.standing["budget"])
        if not budget:
            raise ValueError("how many runs? Give minimize, or the experiment, a number of runs")
        bounds = experiment._described
        self._experiment = experiment
        self._call = caller_of(objective)
        self._budget = budget
        self._jobs = len(os.sched_getaffinity(0)) if jobs == -1 else jobs
        self._space = space
        self._timeout_s = timeout or bounds["timeout"]
        self._memory_bytes = int(bounds["memory"])
        self._looked_s = 0.0
        self._ends_s = time.monotonic() + (bounds["max_time"] or math.inf)
        self._catch = catch
        self._reasons: set[str] = set()
        self._mistakes = 0  # runs in a row that ended by an exception
        self._progress = _Progress(progress, experiment, budget)
        self._interrupts = Interrupts()

    def run(self) -> RunRecord:
        """Works until there is nothing more to take."""
        taking = self._experiment._with_budget(self._budget)
        with self._interrupts.installed():
            try:
                taking._deliver()
                if self._jobs == 1 and not self._timeout_s and not self._memory_bytes:
                    self._alone(taking)
                else:
                    self._in_processes(taking)
            finally:
                self._progress.end()
                taking.close()
        try:
            return self._experiment.best()
        except NotFoundError as none:
            raise _with_last_failure(none, self._experiment) from None

    # ---- in this process ----

    def _alone(self, taking: Experiment) -> None:
        while (run := self._take(taking)) is not None:
            self._evaluate(run)
            self._progress.tell(run)

    def _evaluate(self, run: Run) -> None:
        try:
            with self._interrupts.allowed():
                result = self._call(run.config, run)
        except Exception as error:
            if not run.ended:
                self._record(run, Given.failure(failure_of(error), describe(error), output=trace_of(error)))
            if not self._catch:
                raise
        except BaseException as error:
            interrupt([run], error)
            raise
        else:
            if not run.ended:  # else the objective recorded it itself
                self._record(run, given_of(run, result))

    def _record(self, run: Run, given: Given) -> None:
        recorded = record(run, given, self._interrupts.allowed)
        if recorded.reason is not None and recorded.reason not in self._reasons:
            self._reasons.add(recorded.reason)
            self._progress.end()
            warn(f"run {run.id} failed: {recorded.reason}{_place(recorded)}")
        self._mistakes = self._mistakes + 1 if recorded.is_mistake else 0
        if self._mistakes >= _MOST_MISTAKES and not self._patiently(self._is_any_completed):
            raise RuntimeError(f"the first {self._mistakes} runs have all failed; run {run.id}: {recorded.reason}"
                               f"{_place(recorded)}. They count in the budget: try them again (retry) or remove them "
                               "when the objective is mended")

    def _is_any_completed(self) -> bool:
        return bool(self._experiment.standing["by_status"]["COMPLETED"])

    def _patiently(self, work: Callable[[], Value]) -> Value:
        return patiently(work, self._interrupts.allowed)

    def _take(self, taking: Experiment) -> Run | None:
        """The next run; None when all is done. Waits for what others have under way."""
        while time.monotonic() < self._ends_s:
            try:
                return taking._take(None, self._space, self._interrupts.allowed)
            except Exhausted:
                return None
            except BudgetReached:
                if not self._patiently(lambda: self._may_go_on(taking)):
                    return None
            except (Paused, *AWAY):
                pass
            with self._interrupts.allowed():
                time.sleep(PAUSE_S)
        return None

    def _may_go_on(self, taking: Experiment) -> bool:
        """Whether somebody has a run that may yet come back."""
        standing = taking.standing
        if not standing["open"] or standing["target_reached"]:
            return False
        taking.recover()
        return taking._held(self._space) > 0

    # ---- in processes ----

    def _in_processes(self, taking: Experiment) -> None:
        workers = [Worker(self._call) for _ in range(self._jobs)]
        try:
            more = True
            while more or any(worker.run for worker in workers):
                more = more and self._give_out(taking, workers)
                if more or any(worker.run for worker in workers):
                    self._collect(workers)
        except BaseException as error:
            interrupt([worker.run for worker in workers if worker.run is not None], error)
            raise
        finally:
            for worker in workers:
                worker.stop()
            for worker in workers:
                worker.end()

    def _give_out(self, taking: Experiment, workers: list[Worker]) -> bool:
        """Gives runs to those who have none; False when there are no more."""
        for worker in list(workers):
            if worker.run is not None:
                continue
            if not worker.is_alive():
                worker.end()
                worker = self._replace(worker, workers)
            try:
                if time.monotonic() > self._ends_s:
                    return False
                worker.begin(taking._take(None, self._space, self._interrupts.allowed))
            except (Paused, *AWAY):
                return True
            except NothingToSuggest:
                if any(w.run for w in workers):
                    return True  # one of them may fail on the machine's account, and be tried again
                run = self._take(taking)
                if run is None:
                    return False
                worker.begin(run)
        return True

    def _collect(self, workers: list[Worker]) -> None:
        """Waits for news, and deals with it."""
        busy = {worker.connection: worker for worker in workers if worker.run is not None}
        with self._interrupts.allowed():
            ready = wait(list(busy), PAUSE_S)
        for connection, worker in busy.items():
            # What the objective has started may hold the other end of the connection when the process is gone.
            if connection in ready or not worker.is_alive():
                self._receive(worker, workers)
        for worker, reason, kind in self._beyond([worker for worker in workers if worker.run is not None]):
            worker.end()
            self._finish(worker, Given.failure(kind, reason))
            self._replace(worker, workers)

    def _beyond(self, busy: list[Worker]) -> Iterator[tuple[Worker, str, str]]:
        """Those whose run takes more than it may."""
        now_s = time.monotonic()
        looks = self._memory_bytes and busy and now_s - self._looked_s >= PAUSE_S
        memory = memory_of(busy, self._memory_bytes) if looks else [0] * len(busy)
        if looks:
            self._looked_s = now_s
        for worker, used in zip(busy, memory):
            if self._timeout_s and worker.works_s() > self._timeout_s:
                yield worker, f"took longer than the time limit of {self._timeout_s:g} s", "timeout"
            elif used > self._memory_bytes:
                yield worker, (f"used {used / 2**20:.0f} MiB of memory, more than the limit of "
                               f"{self._memory_bytes / 2**20:.0f} MiB"), "memory"

    def _receive(self, worker: Worker, workers: list[Worker]) -> None:
        assert worker.run is not None
        try:
            if not worker.connection.poll():
                raise EOFError
            kind, pickled = worker.connection.recv()
        except (EOFError, OSError):
            self._finish(worker, Given.failure("crash", worker.end()))
            self._replace(worker, workers)
            return
        try:
            told = pickle.loads(pickled)
        except Exception as error:
            if kind in ASKED:
                worker.answer(error)
            else:
                self._finish(worker, Given.failure("user", describe(error)))
            return
        if kind in ASKED:
            self._do(worker, kind, *told)
        elif kind == "result":
            self._finish(worker, given_of(worker.run, told[0]))
        else:
            failed = worker.run.id
            self._finish(worker, Given.failure(told[1], told[0], output=told[2]))
            if not self._catch:
                raise RuntimeError(f"run {failed}: {told[0]}\n{told[2]}")

    def _do(self, worker: Worker, method: str, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        """What the objective asked of its run; what goes wrong is raised where it asked."""
        error: Exception | None = None
        try:
            if method == "log":
                self._log(worker.run, *args, **named)
            else:
                self._patiently(lambda: getattr(worker.run, method)(*args, **named))
        except Exception as raised:
            error = raised
        worker.answer(error)

    def _log(self, run: Any, metrics: dict[str, float] | None, step: int | None, **more: float) -> None:
        """One by one, so that none is there twice when the store was away for some."""
        for name, value in {**(metrics or {}), **more}.items():
            self._patiently(functools.partial(run.log, {name: value}, step=step))

    def _finish(self, worker: Worker, given: Given) -> None:
        run = worker.run
        assert run is not None
        if not run.ended:  # else the objective recorded it itself
            self._record(run, given)
        worker.run = None
        self._progress.tell(run)

    def _replace(self, ended: Worker, workers: list[Worker]) -> Worker:
        workers[workers.index(ended)] = another = Worker(self._call)
        return another


def _place(given: Given) -> str:
    """Where an exception was raised, by the last line of its trace that names a file."""
    places = re.findall(r'File "([^"]*)", line (\d+)', given.output or "")
    return f" ({os.path.basename(places[-1][0])}, line {places[-1][1]})" if places else ""


def _with_last_failure(none: NotFoundError, experiment: Experiment) -> NotFoundError:
    """There is no best run: why, probably."""
    for run in experiment.runs(order="-id", limit=10):
        if run.failure is not None:
            told = run.reason
            none.args = (f"{none}; run {run.id} failed: {told}. It can be tried again (retry), or more runs given",)
            break
    else:
        waiting = experiment.standing["by_status"]["RUNNING"]
        if waiting:
            none.args = (f"{none}; {waiting} have no result yet: runs('status = RUNNING')",)
    return none


class _Progress:
    """A line on the terminal, or whatever the caller does with what it is told."""

    def __init__(self, wanted: bool | Callable[[dict[str, Any]], None] | None, experiment: Experiment,
                 budget: int) -> None:
        self._call = wanted if callable(wanted) else None
        self._line = sys.stderr is not None and (wanted is True or (wanted is None and sys.stderr.isatty()))
        self._experiment = experiment
        self._budget = budget
        self._width = 0

    def tell(self, run: Run) -> None:
        if self._call is None and not self._line:
            return
        try:
            standing = self._experiment.standing
        except AWAY:
            return  # there will be more news
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
        failed = standing["finished"] - standing["by_status"]["COMPLETED"]
        runs = f"{standing['finished']}/{self._budget} runs" + (f", {failed} not completed" if failed else "")
        text = f"{self._experiment.name} [{bar:<20}] {runs}{best}"
        sys.stderr.write("\r" + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def end(self) -> None:
        if self._width:
            sys.stderr.write("\n")
            self._width = 0

