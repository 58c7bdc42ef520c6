"""Runs: those that were given to this process, and what is known of all."""
from __future__ import annotations

import os
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._parameters import Originals, restore

if TYPE_CHECKING:
    from ._experiments import Experiment

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: What a run may come to, besides a result.
FAILURES = ("crash", "timeout", "nan", "memory", "died", "user")


class Run:
    """A run that this process has: a configuration to try, and where its result goes.

    In a ``with`` block an exception is recorded as a failure and goes on; KeyboardInterrupt as an interruption.
    """

    __slots__ = ("__weakref__", "_ended", "_experiment", "_steps", "_token", "attempt", "config", "fidelity", "id",
                 "number", "parent", "replicate", "seed")

    def __init__(self, experiment: Experiment, config: dict[str, Any], assigned: Any) -> None:
        self._experiment = experiment
        self._token = bytes(assigned.token.bytes)
        self._steps: dict[str, int] | None = None
        self._ended = False
        self.id: int = assigned.id
        #: The configuration, nested, with the constants, in the types of the space.
        self.config = config
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
        self._experiment._observe(self.id, result, self._token, info, duration, output, force)
        self._end()

    def fail(self, reason: str | None = None, kind: str = "crash", *, output: str | None = None) -> None:
        """Records that the configuration failed: crash, timeout, nan, memory, died (the machine's fault) or user."""
        self._experiment._fail(self.id, kind, reason, self._token, output)
        self._end()

    def interrupt(self, reason: str | None = None) -> None:
        """Records that the run was stopped: it teaches nothing, and does not count in the budget."""
        self._experiment._interrupt(self.id, reason, self._token)
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
            self._experiment._log(self.id, name, value, at)
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
        if error is None or self._ended:
            return
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            self.interrupt(type(error).__name__)
        else:
            self.fail(describe(error), failure_of(error), output="".join(traceback.format_exception(kind, error, trace)))

    def __repr__(self) -> str:
        return f"Run({self.id}, {self.config})"


def describe(error: BaseException) -> str:
    """An exception as a sentence."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def failure_of(error: BaseException) -> str:
    """Which kind of failure an exception means."""
    if isinstance(error, MemoryError):
        return "memory"
    return "timeout" if isinstance(error, TimeoutError) else "crash"


class RunRecord:
    """What the store knows of a run, at the moment it was read."""

    __slots__ = ("_experiment", "_row")

    def __init__(self, experiment: Experiment, row: dict[str, Any]) -> None:
        self._experiment = experiment
        self._row = row

    @property
    def id(self) -> int | str:
        """The run's number; the text of one of Sacred's that has a text."""
        return self._row["foreign_id"] or int(self._row["id"])

    @property
    def status(self) -> str:
        """QUEUED, RUNNING, COMPLETED, FAILED, TIMEOUT, INTERRUPTED, …"""
        return str(self._row["status"])

    @property
    def result(self) -> float | None:
        """The objective in the user's sign; None unless completed."""
        value: float | None = self._row["result"]
        return value

    @property
    def cost(self) -> float | None:
        """What is minimised: the result, negated if it is maximised."""
        value: float | None = self._row["cost"]
        return value

    @property
    def results(self) -> dict[str, Any] | None:
        """The whole result, if it was a mapping."""
        value: dict[str, Any] | None = self._row["result_document"]
        return value

    @property
    def config(self) -> dict[str, Any]:
        """The configuration, nested, with the constants."""
        config: dict[str, Any] = self._row["config"]
        return config

    @property
    def space(self) -> str | None:
        name: str | None = self._row["space"]
        return name

    @property
    def seed(self) -> int:
        return int(self._row["seed"])

    @property
    def failure(self) -> str | None:
        """How it failed: crash, timeout, nan, memory, died, user; None if it did not."""
        return self._row["failure"] or None

    @property
    def origin(self) -> str:
        """own, imported, or foreign (another tool's)."""
        return str(self._row["origin"])

    @property
    def attempt(self) -> int:
        return int(self._row["attempt"])

    @property
    def replicate(self) -> int:
        return int(self._row["replicate"])

    @property
    def start_time(self) -> datetime | None:
        return _time(self._row["start_ms"])

    @property
    def stop_time(self) -> datetime | None:
        return _time(self._row["stop_ms"])

    @property
    def heartbeat(self) -> datetime | None:
        return _time(self._row["heartbeat_ms"])

    @property
    def duration(self) -> float | None:
        """Seconds."""
        value: float | None = self._row["duration"]
        return value

    @property
    def document(self) -> dict[str, Any]:
        """The whole run in Sacred's schema, read now."""
        return self._experiment._document(int(self._row["id"]))

    @property
    def metrics(self) -> dict[str, list[tuple[int, float]]]:
        """Steps and values by name, read now."""
        return self._experiment._metrics(int(self._row["id"]))

    def flat(self) -> dict[str, Any]:
        """One row of a table: the configuration's parameters are `config.NAME`."""
        row = {key: getattr(self, key) for key in ("id", "status", "result", "cost", "failure", "start_time",
                                                   "stop_time", "duration", "seed")}
        row.update(flatten(self.config, "config"))
        return row

    def __repr__(self) -> str:
        result = "" if self.result is None else f", {self.result!r}"
        return f"RunRecord({self.id}, {self.status}{result}, {self.config})"


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else _EPOCH + timedelta(milliseconds=ms)


def flatten(value: Any, name: str) -> dict[str, Any]:
    """Nested mappings as dotted names; lists stay."""
    if not isinstance(value, dict):
        return {name: value}
    out: dict[str, Any] = {}
    for key, item in value.items():
        out.update(flatten(item, f"{name}.{key}"))
    return out


def records(experiment: Experiment, rows: list[dict[str, Any]], originals: dict[str, Originals]) -> list[RunRecord]:
    """Rows as the library wrote them."""
    if any(originals.values()):
        for row in rows:
            restore(row["config"], originals.get(row["space"] or "", {}))
    return [RunRecord(experiment, row) for row in rows]
