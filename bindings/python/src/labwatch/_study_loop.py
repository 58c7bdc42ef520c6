"""One call of Study.optimize: trials one after the other, in one thread or in several."""
from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._interrupts import Interrupts
from ._patience import AWAY, patiently
from ._results import Given
from ._runs import describe, failure_of, trace_of
from ._stopping import interrupt
from ._trials import FrozenTrial, Trial, TrialPruned
from ._warnings import warn
from .errors import NothingToSuggest

if TYPE_CHECKING:
    from .study import Study

_PAUSE_S = 0.2


@dataclass
class Wishes:
    """What a call of Study.optimize asks for."""

    objective: Callable[[Trial], Any]
    #: None: as many as there may be.
    n_trials: int | None
    #: Seconds; None: no end.
    timeout_s: float | None
    n_jobs: int
    catch: type[Exception] | Iterable[type[Exception]]
    callbacks: Iterable[Callable[[Study, FrozenTrial], None]] | None
    collects_garbage: bool
    shows_progress: bool


class Loop:
    """One call of Study.optimize."""

    def __init__(self, study: Study, wishes: Wishes) -> None:
        self._study = study
        self._wishes = wishes
        self._left = wishes.n_trials
        self._n_jobs = wishes.n_jobs if wishes.n_jobs > 0 else os.cpu_count() or 1
        self._ends_s = None if wishes.timeout_s is None else time.monotonic() + wishes.timeout_s
        self._catch = (wishes.catch,) if isinstance(wishes.catch, type) else tuple(wishes.catch)
        self._callbacks = tuple(wishes.callbacks or ())
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []
        self._interrupts = Interrupts()
        self._progress = _Progress(study, wishes.n_trials) if wishes.shows_progress else None

    def run(self) -> None:
        """Works until there is nothing more to do."""
        try:
            if self._n_jobs == 1:
                with self._interrupts.installed():
                    self._work()
            else:
                self._run_threads()
        finally:
            if self._progress:
                self._progress.end()

    def _run_threads(self) -> None:
        done = [threading.Event() for _ in range(self._n_jobs)]  # Thread.join, interrupted, may take a thread for ended
        for i, ended in enumerate(done):
            threading.Thread(target=self._work_and_tell, args=(ended,), name=f"labwatch trial {i}").start()
        try:
            for ended in done:
                while not ended.wait(_PAUSE_S):
                    pass  # a signal that another thread got does not end a wait
        except BaseException:
            self._study.stop()
            for ended in done:
                ended.wait()
            raise
        if self._errors:
            raise self._errors[0]

    def _work_and_tell(self, ended: threading.Event) -> None:
        try:
            self._work()
        except BaseException as error:
            self._errors.append(error)
            self._study.stop()
        finally:
            ended.set()

    def _waiting(self) -> contextlib.AbstractContextManager[None]:
        return self._interrupts.allowed() if self._n_jobs == 1 else contextlib.nullcontext()

    def _work(self) -> None:
        with self._study._working():
            while self._goes_on():
                try:
                    trial = self._study._begin(True, self._waiting)
                except NothingToSuggest as nothing:
                    warn(f"the optimization ends early: {nothing}")
                    return
                self._evaluate(trial)
                self._after(trial)

    def _goes_on(self) -> bool:
        is_late = self._ends_s is not None and time.monotonic() > self._ends_s
        with self._lock:
            if self._study._stopped or self._left == 0 or is_late:
                return False
            if self._left is not None:
                self._left -= 1
            return True

    def _evaluate(self, trial: Trial) -> None:
        try:
            with self._waiting():
                value = self._wishes.objective(trial)
        except TrialPruned:
            self._end(trial, Given.interruption("pruned"))
        except Exception as error:
            self._end(trial, Given.failure(failure_of(error), describe(error), output=trace_of(error)))
            if not isinstance(error, self._catch):
                raise
        except BaseException as error:
            interrupt([trial.run], error)
            self._study._close(trial)
            raise
        else:
            self._tell(trial, value)

    def _tell(self, trial: Trial, value: Any) -> None:
        try:
            given = self._study._result_of(trial, value)
        except Exception as error:  # whatever the objective's own types raise
            self._end(trial, Given.failure("user", describe(error)))
            warn(f"trial {trial.number} failed: {describe(error)}")
        else:
            self._study._end(trial, given, self._waiting, is_complete=True)

    def _end(self, trial: Trial, given: Given) -> None:
        self._study._end(trial, given, self._waiting)

    def _after(self, trial: Trial) -> None:
        if self._wishes.collects_garbage:
            gc.collect()
        if self._progress:
            self._progress.tell()
        if not self._callbacks:
            return
        frozen = patiently(lambda: self._study._frozen(self._study.experiment.run(trial.run.id)), self._waiting)
        with self._waiting():
            for callback in self._callbacks:
                callback(self._study, frozen)


class _Progress:
    """A line on the terminal."""

    def __init__(self, study: Study, n_trials: int | None) -> None:
        self._study = study
        self._of = "" if n_trials is None else f"/{n_trials}"
        self._done = 0
        self._lock = threading.Lock()

    def tell(self) -> None:
        """Another trial has ended."""
        with self._lock:
            self._done += 1
            sys.stderr.write(f"\r{self._study.study_name}: {self._done}{self._of} trials{self._best()}\x1b[K")
            sys.stderr.flush()

    def _best(self) -> str:
        try:
            standing = self._study.experiment.standing
        except AWAY:
            return ""  # there will be more news
        best = standing["best_result"]
        return "" if best is None else f", best {best:.6g} (trial {standing['best_id'] - 1})"

    def end(self) -> None:
        if self._done:
            sys.stderr.write("\n")
