"""Runs that were given to this process."""
from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._results import Given
from ._warnings import warn

if TYPE_CHECKING:
    from ._experiments import Experiment
    from ._records import RunRecord


class Run:
    """A run that this process has: a configuration to try, and where its result goes.

    In a ``with`` block an exception is recorded as a failure and goes on; KeyboardInterrupt as an interruption.
    """

    __slots__ = ("__weakref__", "_ended", "_experiment", "_steps", "_token", "attempt", "config", "fidelity", "id",
                 "number", "parent", "replicate", "seed", "space")

    def __init__(self, experiment: Experiment, config: dict[str, Any], space: str, assigned: Any) -> None:
        self._experiment = experiment
        self._token = bytes(assigned.token.bytes)
        self._steps: dict[str, int] | None = None
        self._ended = False
        self.id: int = assigned.id
        #: The configuration, nested, with the constants, in the types of the space.
        self.config = config
        #: The name of its search space.
        self.space = space
        #: For the program's own random numbers.
        self.seed: int = assigned.seed
        #: Which suggestion of the experiment it is; 0 if it was not suggested.
        self.number: int = assigned.number
        self.attempt: int = assigned.attempt
        self.replicate: int = assigned.replicate
        #: None is the full one.
        self.fidelity: float | None = None if assigned.fidelity != assigned.fidelity else assigned.fidelity
        self.parent: int | None = assigned.parent or None

    def observe(self, result: Any, *, info: Mapping[str, Any] | None = None, duration: float | None = None,
                output: str | None = None, force: bool = False) -> None:
        """Records the result: a number, or a mapping with the objective in it. NaN and infinity become a failure."""
        self._send(self._given(result, info, duration, output, force))

    def fail(self, reason: str | None = None, kind: str = "crash", *, output: str | None = None) -> None:
        """Records that the configuration failed: crash, timeout, nan, memory, died (the machine's fault) or user."""
        self._send(Given.failure(kind, reason, output))

    def interrupt(self, reason: str | None = None) -> None:
        """Records that the run was stopped: it teaches nothing, and does not count in the budget."""
        self._send(Given.interruption(reason))

    def _given(self, result: Any, info: Mapping[str, Any] | None = None, duration: float | None = None,
               output: str | None = None, force: bool = False) -> Given:
        return Given.value(result, self._experiment.objective, info, duration, output, force)

    def _send(self, given: Given) -> None:
        self._experiment._send(self.id, given, self._token)
        self._end()

    def _spool(self, given: Given) -> None:
        """Keeps it on this machine's disk, as its store is away."""
        self._experiment._spool(self.id, given, self._token)
        self._end()

    def release(self) -> None:
        """Gives the run back to the queue: another worker gets it, as the same run."""
        self._experiment._release(self.id, self._token)
        self._end()

    def log(self, metrics: Mapping[str, float] | None = None, /, *, step: int | None = None, **more: float) -> None:
        """Appends to metrics of the run, by name. Without a step, one behind the last that this object logged."""
        values = {**(metrics or {}), **more}
        if self._steps is None:
            self._steps = {}
        for name, value in values.items():
            at = self._steps.get(name, -1) + 1 if step is None else step
            self._experiment._log(self.id, name, [at], [float(value)])
            self._steps[name] = at

    def artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Keeps a file with the run, under its own name or another."""
        self._experiment._file_put(self.id, path, name, False)

    def beat(self, output: str | None = None) -> None:
        """Says that the run goes on, and what it has printed so far. For runs from `take` a thread says so, too."""
        self._experiment._beat(self.id, self._token, output)

    @property
    def ended(self) -> bool:
        """Whether its end was recorded by this object."""
        return self._ended

    def _end(self) -> None:
        self._ended = True
        self._experiment._forget(self)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._ended:
            return
        if error is None:
            warn(f"run {self.id} has no result: it stays RUNNING until observe, fail or release")
            return
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            self.interrupt(type(error).__name__)
        else:
            self.fail(describe(error), failure_of(error), output=trace_of(error))

    def __repr__(self) -> str:
        return f"Run({self.id}, {self.config})"


def id_of(run: int | Run | RunRecord) -> int:
    """The number of a run."""
    given: Any = run if isinstance(run, int) else getattr(run, "id", run)
    try:
        return operator.index(given)
    except TypeError:
        if isinstance(given, str):
            raise TypeError(f"the run {given!r} is another program's, and is not changed here") from None
        raise TypeError(f"a run is named by its id, a whole number, not by {run!r}") from None


def trace_of(error: BaseException) -> str:
    """What Python prints of an exception."""
    import traceback  # takes long to import

    try:
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))
    except Exception:  # Python 3.9 and 3.10 ask the exception for its text
        return "".join(traceback.format_tb(error.__traceback__)) + describe(error)


def describe(error: BaseException) -> str:
    """An exception as a sentence."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def failure_of(error: BaseException) -> str:
    """Which kind of failure an exception means."""
    if isinstance(error, MemoryError):
        return "memory"
    return "timeout" if isinstance(error, TimeoutError) else "crash"
