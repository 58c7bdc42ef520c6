"""Trials of a study: what an objective asks for its parameters, and what is known of those that ended."""
from __future__ import annotations

import enum
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ._optuna_words import missing
from ._parameters import Categorical, Parameter, UniformFloat, UniformInt, key_of
from ._patience import patiently
from ._spaces import SearchSpace

if TYPE_CHECKING:
    from ._records import RunRecord
    from ._runs import Run
    from .study import Study

INTERMEDIATE = "intermediate"


class TrialPruned(Exception):
    """Raised by an objective that gives its trial up. The trial teaches nothing."""


class TrialState(enum.Enum):
    """What became of a trial."""

    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    PRUNED = "PRUNED"
    FAIL = "FAIL"
    WAITING = "WAITING"

    def is_finished(self) -> bool:
        """Whether it has ended."""
        return self in (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)


_STATES = {"COMPLETED": TrialState.COMPLETE, "RUNNING": TrialState.RUNNING, "QUEUED": TrialState.WAITING,
           "INTERRUPTED": TrialState.PRUNED, "PRUNED": TrialState.PRUNED}


class FrozenTrial:
    """What is known of a trial, at the moment it was read.

    An objective may be called with it, which then gets the values of that time: ``objective(study.best_trial)``.
    """

    def __init__(self, record: RunRecord, params: dict[str, Any]) -> None:
        self._record = record
        #: The run's id less one; -1 for a run of another tool whose id is a text.
        self.number: int = record.id - 1 if isinstance(record.id, int) else -1
        self.state: TrialState = _STATES.get(record.status, TrialState.FAIL)
        self.value: float | None = record.result
        #: What it asked for; the whole configuration, if it has not completed.
        self.params: dict[str, Any] = params
        self.user_attrs: dict[str, Any] = (record.results or {}).get("user_attrs", {})
        self.datetime_start: datetime | None = record.start_time
        self.datetime_complete: datetime | None = record.stop_time

    @property
    def values(self) -> list[float] | None:
        """The value, in a list."""
        return None if self.value is None else [self.value]

    @property
    def duration(self) -> timedelta | None:
        """From its start to its end."""
        if self.datetime_start is None or self.datetime_complete is None:
            return None
        return self.datetime_complete - self.datetime_start

    @property
    def intermediate_values(self) -> dict[int, float]:
        """What was reported, by step, read now."""
        return dict(self._record.metrics.get(INTERMEDIATE, []))

    @property
    def last_step(self) -> int | None:
        """The highest step that was reported, read now."""
        return max(self.intermediate_values, default=None)

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None,
                      log: bool = False) -> float:
        """The number that it had."""
        return float(self._had(name))

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """The whole number that it had."""
        return int(self._had(name))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """The choice that it had."""
        return _choice(name, choices, self._had(name))

    def report(self, value: float, step: int) -> None:
        """Takes an intermediate value, and keeps none: the trial has ended."""

    def should_prune(self) -> bool:
        """False, always."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        """Something that this object has, and the store does not get."""
        self.user_attrs[key] = value

    def _had(self, name: str) -> Any:
        if name not in self.params:
            had = ", ".join(self.params) or "none"
            raise ValueError(f"trial {self.number} had no parameter {name!r}: it had {had}")
        return self.params[name]

    def __repr__(self) -> str:
        return f"FrozenTrial(number={self.number}, {self.state.name}, value={self.value!r}, params={self.params!r})"


class Trial:
    """One evaluation: the objective asks it for its parameters."""

    def __init__(self, study: Study, run: Run, space: SearchSpace, fixed: Mapping[str, Any],
                 user_attrs: Mapping[str, Any], is_drawn: bool, in_loop: bool) -> None:
        self._study = study
        #: The space that its configuration was taken from.
        self._space = space
        self._fixed = fixed
        #: The space had no configuration for it: it draws what it asks for.
        self._is_drawn = is_drawn
        #: `optimize` works on it.
        self._in_loop = in_loop
        #: labwatch's run, which can also keep metrics and files.
        self.run = run
        #: What was asked for so far, in its order.
        self.params: dict[str, Any] = {}
        self.user_attrs: dict[str, Any] = dict(user_attrs)

    @property
    def number(self) -> int:
        """The run's id less one."""
        return self.run.id - 1

    def suggest_float(self, name: str, low: float, high: float, *, step: float | None = None,
                      log: bool = False) -> float:
        """A number from low to high, both included."""
        return float(self._suggest_in(name, low, high, UniformFloat, step, log))

    def suggest_int(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """A whole number from low to high, both included."""
        return int(self._suggest_in(name, low, high, UniformInt, None if step == 1 else step, log))

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices."""
        return _choice(name, choices, self._suggest(name, Categorical(choices)))

    def report(self, value: float, step: int) -> None:
        """Keeps an intermediate value, in the run's metric "intermediate"."""
        patiently(lambda: self.run.log({INTERMEDIATE: value}, step=step))

    def should_prune(self) -> bool:
        """False, always: there is no pruning yet."""
        return False

    def set_user_attr(self, key: str, value: Any) -> None:
        """Something that JSON knows, to be kept with the result."""
        self.user_attrs[key] = value

    def __getattr__(self, name: str) -> Any:
        raise missing(self, name)

    def __repr__(self) -> str:
        return f"Trial(number={self.number}, params={self.params!r})"

    def _suggest_in(self, name: str, low: Any, high: Any, kind: type[UniformFloat | UniformInt], step: Any,
                    log: bool) -> Any:
        if low != high:
            return self._suggest(name, kind(low, high, log_scale=log, step=step))
        if name not in self.params:  # one value is nothing to search
            self._study._reach(name, low)
            self.params[name] = low
        return self.params[name]

    def _suggest(self, name: str, parameter: Parameter) -> Any:
        if name not in self.params:
            self.params[name] = self._study._value(self, name, parameter)
        return self.params[name]

    def _draw(self, name: str, parameter: Parameter) -> Any:
        """A value at random, which follows from the run's seed and the name."""
        seed = zlib.crc32(f"{self.run.seed}.{name}".encode())
        return SearchSpace({"x": parameter}).sample(seed=seed)["x"]


def _choice(name: str, choices: Sequence[Any], value: Any) -> Any:
    """The one of the choices that a value means."""
    key = key_of(value)
    for choice in choices:
        if key_of(choice) == key:
            return choice
    raise ValueError(f"{name!r} has the value {value!r}, which is none of {list(choices)}")
