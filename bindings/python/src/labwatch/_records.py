"""What a store knows of runs."""
from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ._library import check, ffi, lib, new_error, optional, parsed, text_of
from ._parameters import Originals, restore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ._reading import Reading

_STATUSES = tuple(text_of(lib.lw_status_name(i)) or "OTHER" for i in range(lib.LW_STATUS_OTHER + 1))
_FAILURES = tuple(text_of(lib.lw_failure_name(i)) or None for i in range(lib.LW_FAILURE_USER + 1))
_ORIGINS = ("own", "imported", "foreign")


class RunRecord:
    """What the store knows of a run, at the moment it was read."""

    __slots__ = ("_experiment", "_integers", "_numbers", "_others", "config", "seed")

    def __init__(self, experiment: Reading, integers: tuple[int, ...], numbers: tuple[float, ...],
                 config: dict[str, Any], seed: int, others: dict[str, Any]) -> None:
        self._experiment = experiment
        self._integers = integers
        self._numbers = numbers
        self._others = others
        #: The configuration, nested, with the constants.
        self.config = config
        #: The run's own, for the program's random numbers.
        self.seed = seed

    @property
    def id(self) -> int | str:
        """The run's number; the text of one of Sacred's that has a text."""
        text: str | None = self._others.get("id")
        return text or self._integers[lib.CORE_ROW_ID]

    @property
    def status(self) -> str:
        """QUEUED, RUNNING, COMPLETED, FAILED, TIMEOUT, INTERRUPTED, …"""
        return _STATUSES[self._integers[lib.CORE_ROW_STATUS]]

    @property
    def result(self) -> float | None:
        """The objective in the user's sign; None unless completed."""
        return _number(self._numbers[lib.CORE_ROW_RESULT])

    @property
    def cost(self) -> float | None:
        """What is minimised: the result, negated if it is maximised."""
        return _number(self._numbers[lib.CORE_ROW_COST])

    @property
    def results(self) -> dict[str, Any] | None:
        """The whole result, if it was a mapping."""
        return self._others.get("result")

    @property
    def space(self) -> str | None:
        """The name of its search space."""
        index = self._integers[lib.CORE_ROW_SPACE]
        return self._others.get("space") if index < 0 else self._experiment.space_names[index]

    @property
    def failure(self) -> str | None:
        """How it failed: crash, timeout, nan, memory, died, user; None if it did not."""
        return _FAILURES[self._integers[lib.CORE_ROW_FAILURE]]

    @property
    def reason(self) -> str | None:
        """Why it failed, in a sentence, read now; None if it did not."""
        if self.failure is None:
            return None
        lines = self.document.get("fail_trace") or []
        return str(lines[0]) if lines else self.failure

    @property
    def origin(self) -> str:
        """own, imported, or foreign (another tool's)."""
        return _ORIGINS[self._integers[lib.CORE_ROW_ORIGIN]]

    @property
    def attempt(self) -> int:
        """Which try at the run it is, from 1; 0 if it was not begun."""
        return self._integers[lib.CORE_ROW_ATTEMPT]

    @property
    def replicate(self) -> int:
        """Which repeat of its configuration it is, from 0."""
        return self._integers[lib.CORE_ROW_REPLICATE]

    @property
    def fidelity(self) -> float | None:
        """None is the full one."""
        return _number(self._numbers[lib.CORE_ROW_FIDELITY])

    @property
    def start_time(self) -> datetime | None:
        """When the present attempt began."""
        return _time(self._integers[lib.CORE_ROW_START])

    @property
    def stop_time(self) -> datetime | None:
        """When it ended."""
        return _time(self._integers[lib.CORE_ROW_STOP])

    @property
    def heartbeat(self) -> datetime | None:
        """When it last said that it goes on."""
        return _time(self._integers[lib.CORE_ROW_HEARTBEAT])

    @property
    def duration(self) -> float | None:
        """Seconds: as was told with the result, else from its start to its end."""
        told = _number(self._numbers[lib.CORE_ROW_DURATION])
        start, stop = self._integers[lib.CORE_ROW_START], self._integers[lib.CORE_ROW_STOP]
        if told is not None or start == lib.LW_NO_TIME or stop == lib.LW_NO_TIME:
            return told
        return (stop - start) / 1000

    @property
    def document(self) -> dict[str, Any]:
        """The whole run in Sacred's schema, read now."""
        return self._experiment._document(self._integers[lib.CORE_ROW_ID])

    @property
    def metrics(self) -> dict[str, list[tuple[int, float]]]:
        """Steps and values by name, read now."""
        return self._experiment._metrics(self._integers[lib.CORE_ROW_ID])

    def flat(self) -> dict[str, Any]:
        """One row of a table: the configuration's parameters are `config.NAME`, further results `results.NAME`."""
        row = {key: getattr(self, key) for key in ("id", "status", "result", "cost", "failure", "start_time",
                                                   "stop_time", "duration", "seed")}
        row.update(flatten(self.config, "config."))
        row.update({f"results.{key}": value for key, value in (self.results or {}).items() if _is_scalar(value)})
        return row

    def __repr__(self) -> str:
        result = "" if self.result is None else f", {self.result!r}"
        return f"RunRecord({self.id}, {self.status}{result}, {self.config})"

    def __deepcopy__(self, memo: dict[int, Any]) -> RunRecord:
        """With an experiment that is open once."""
        config, others = copy.deepcopy((self.config, self._others), memo)
        return RunRecord(self._experiment, self._integers, self._numbers, config, self.seed, others)

    def __reduce__(self) -> Any:
        return RunRecord, (self._experiment, self._integers, self._numbers, self.config, self.seed, self._others)


def _number(value: float) -> float | None:
    return None if value != value else value


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _time(ms: int) -> datetime | None:
    if ms == lib.LW_NO_TIME:
        return None
    from datetime import datetime, timedelta, timezone  # takes long to import

    return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=ms)


def flatten(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested mappings as dotted names; lists stay."""
    out: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            out.update(flatten(item, f"{prefix}{key}."))
        else:
            out[prefix + key] = item
    return out


def read_records(experiment: Reading, query: dict[str, Any], where: str | None, space: str | None,
                 originals: Mapping[str, Originals], has_own_seed: bool) -> list[RunRecord]:
    """The runs that the library finds."""
    filtered, named = optional(where), optional(space)
    asked = ffi.new("core_query *", {"where": filtered, "space": named, **query})
    rows = ffi.new("core_rows *")
    error = new_error()
    check(lib.core_runs(experiment._handle, asked, rows, error), error)
    try:
        n = rows.n
        configs: list[dict[str, Any]] = parsed(rows.configs)
        others: dict[str, dict[str, Any]] = parsed(rows.others)
        integers = _grouped(rows.integers, n, lib.CORE_ROW_INTEGERS)
        numbers = _grouped(rows.numbers, n, lib.CORE_ROW_NUMBERS)
    finally:
        lib.core_rows_release(rows)
    seeds = [_seed(config, has_own_seed) for config in configs]
    if any(originals.values()):
        _restore(configs, integers, [originals.get(name, {}) for name in experiment.space_names])
    return [RunRecord(experiment, whole, real, config, seed, others.get(str(i), {}) if others else _NONE)
            for i, (whole, real, config, seed) in enumerate(zip(integers, numbers, configs, seeds))]


_NONE: dict[str, Any] = {}


def _grouped(values: Any, n: int, columns: int) -> Any:
    """An array of C as tuples, a row each."""
    flat = iter(ffi.unpack(values, n * columns)) if n else iter(())
    return list(zip(*[flat] * columns))


def _seed(config: dict[str, Any], is_own: bool) -> int:
    """Sacred keeps the run's seed in the configuration."""
    seed: int | None = config.get("seed") if is_own else config.pop("seed", None)
    return seed if isinstance(seed, int) else 0


def _restore(configs: list[dict[str, Any]], integers: list[tuple[int, ...]], originals: list[Originals]) -> None:
    for config, row in zip(configs, integers):
        space = row[lib.CORE_ROW_SPACE]
        if space >= 0 and originals[space]:
            restore(config, originals[space])
