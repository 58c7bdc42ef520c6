"""A study of another tool, as labwatch understands it."""
from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from .._experiments import Experiment
from .._parameters import key_of
from .._spaces import SearchSpace
from ..errors import NotFoundError


@dataclass
class StudyRun:
    """One evaluation: a result, or how it failed."""

    #: Values by (dotted) name.
    config: dict[str, Any]
    #: In the sign of the study's goal.
    result: float | None = None
    #: crash, timeout, memory, user; None with a result.
    failure: str | None = None
    start_ms: int | None = None
    stop_ms: int | None = None
    #: Seconds.
    duration: float | None = None
    #: What else the tool knew, for the run's info.
    info: dict[str, Any] = field(default_factory=dict)


@dataclass
class Saved:
    """What became of a study's evaluations."""

    #: The experiment's name.
    experiment: str
    imported: int = 0
    #: They were there already.
    skipped: int = 0
    #: How many were left out, by reason.
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        text = f"imported {self.imported} {_runs(self.imported)} into the experiment {self.experiment!r}"
        if self.skipped:
            text += f", skipped {self.skipped} that {'is' if self.skipped == 1 else 'are'} there already"
        if self.left_out:
            told = ", ".join(f"{n} {reason}" for reason, n in self.left_out.items())
            text += f", left out {sum(self.left_out.values())}: {told}"
        return text


@dataclass
class StudyToSave:
    """What was read of a study."""

    name: str
    #: minimize or maximize.
    goal: str
    space: SearchSpace
    runs: list[StudyRun]
    #: Evaluations that teach nothing, by reason.
    left_out: Counter[str] = field(default_factory=Counter)

    def save(self, store: str | None = None, name: str | None = None) -> Saved:
        """Adds the runs to an experiment of that name in a store (the study's name; as for Experiment).

        The experiment is made if it is not there; if it is, its own space counts. The runs are outside its budget. What
        was imported before is skipped, so this can be repeated, also after it was interrupted.
        """
        with self._open(store, name or self.name) as experiment:
            if experiment.goal != self.goal:
                raise ValueError(f"the study is to {self.goal}, {experiment.name!r} in the store to {experiment.goal}")
            saved = Saved(experiment.name, left_out=Counter(self.left_out))
            known = _known(experiment)
            space = experiment.space()
            for run in self.runs:
                _save(run, experiment, space, known, saved)
            return saved

    def _open(self, store: str | None, name: str) -> Experiment:
        try:
            return Experiment(name, store=store)
        except NotFoundError:
            return Experiment(name, self.space, store=store, goal=self.goal)


def _save(run: StudyRun, experiment: Experiment, space: SearchSpace, known: Counter[str], saved: Saved) -> None:
    try:
        key = _key(space.read(run.config, fill=True), run.failure, run.result)
    except (ArithmeticError, TypeError, ValueError) as error:
        saved.left_out[f"outside the space ({error})"] += 1
        return
    if known[key]:
        known[key] -= 1
        saved.skipped += 1
        return
    try:
        experiment.observe_config(run.config, run.result, failure=run.failure, counts=False, start_ms=run.start_ms,
                                  stop_ms=run.stop_ms, duration=run.duration, info=run.info or None)
    except (ArithmeticError, TypeError, ValueError) as error:  # one strange evaluation does not keep the others out
        saved.left_out[f"not what a run can have ({error})"] += 1
        return
    saved.imported += 1


def _known(experiment: Experiment) -> Counter[str]:
    """The runs that were imported before. Each stands for one evaluation."""
    return Counter(_key(record.config, record.failure, record.result) for record in experiment.runs()
                   if record.origin == "imported")


def _key(config: dict[str, Any], failure: str | None, result: float | None) -> str:
    is_number = result is not None and result - result == 0
    return key_of([config, failure if failure or is_number else "nan", result if is_number and not failure else None])


def _runs(n: int) -> str:
    return "run" if n == 1 else "runs"


@contextlib.contextmanager
def reading(path: object, tool: str) -> Iterator[None]:
    """What only a damaged or a strange file can lead to becomes a ValueError that names it."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, sqlite3.Error) as error:
        raise ValueError(f"{path} is damaged, or no study of {tool}: {type(error).__name__}: {error}") from None


def ms_of(time: datetime | None) -> int | None:
    """Milliseconds since 1970; a time without a zone is local."""
    return None if time is None else round(time.timestamp() * 1000)


def utc(time: datetime) -> datetime:
    """A time without a zone, in UTC."""
    return time.replace(tzinfo=timezone.utc)
