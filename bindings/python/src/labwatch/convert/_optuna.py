"""Optuna's studies: from its SQLite files, its journals, or its own objects."""
from __future__ import annotations

import json
import math
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from .._found_space import FoundSpace, parameter_of
from .._parameters import Parameter
from .._spaces import SearchSpace
from ._studies import StudyRun, StudyToSave, ms_of, reading, utc

_STATES = ["RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"]


@dataclass
class _Trial:
    """As Optuna keeps it."""

    number: int
    state: str
    #: Numbers, or indices of choices, by name, and the text of each one's distribution.
    values_in: dict[str, float] = field(default_factory=dict)
    distributions: dict[str, str] = field(default_factory=dict)
    objectives: dict[int, float] = field(default_factory=dict)
    start: datetime | None = None
    stop: datetime | None = None
    user_attrs: dict[str, Any] = field(default_factory=dict)
    intermediate: dict[str, float | None] = field(default_factory=dict)


@dataclass
class _Study:
    name: str
    directions: list[str]
    trials: list[_Trial] = field(default_factory=list)


def read_optuna(source: Any, study: str | None = None, objective: int = 0) -> StudyToSave:
    """Reads a study from an SQLite file (``sqlite:///study.db`` or a path), a journal file, or an optuna.Study.

    study: its name, if there are several. objective: which one, if it has several. The space is found from what the
    trials have, with conditions as `labwatch.study` finds them. Failed trials are failures; pruned, running and waiting
    ones are left out. A study in another database: ``read_optuna(optuna.load_study(study_name=…, storage=…))``.
    """
    if hasattr(source, "get_trials"):
        return _converted(_study_of(source), objective)
    text = os.fspath(source)
    path = text[len("sqlite:///"):] if text.startswith("sqlite:///") else text
    if "://" in path:
        raise ValueError(f"{text!r} is no file: read_optuna(optuna.load_study(study_name=…, storage=…)) reads it")
    with reading(path, "Optuna"):
        return _converted(_chosen(list(_sqlite(path) if _is_sqlite(path) else _journal(path)), study, path), objective)


def _chosen(studies: list[_Study], name: str | None, path: str) -> _Study:
    names = ", ".join(repr(study.name) for study in studies)
    wanted = [study for study in studies if name in (None, study.name)]
    if len(wanted) == 1:
        return wanted[0]
    if not studies:
        raise ValueError(f"there is no study in {path}")
    raise ValueError(f"{path} has the studies {names}: say which one" if name is None
                     else f"there is no study {name!r} in {path}; there is {names}")


# ---- what Optuna means ----


def _converted(study: _Study, objective: int) -> StudyToSave:
    if not 0 <= objective < len(study.directions):
        raise ValueError(f"the study {study.name!r} has {len(study.directions)} objectives, counted from 0")
    parameters: dict[str, Parameter | None] = {}
    found = FoundSpace()
    runs = []
    left_out: Counter[str] = Counter()
    for trial in study.trials:
        config = {}
        for name, value in trial.values_in.items():
            text = trial.distributions[name]
            if text not in parameters:
                parameters[text] = _parameter(text)
            parameter = parameters[text]
            if parameter is not None:
                found.ask(name, parameter)
                config[name] = _value(parameter, value)
        if trial.state == "COMPLETE":
            found.add(config)
        if trial.state in ("COMPLETE", "FAIL") and (config or not trial.values_in):
            runs.append(_run(trial, config, objective))
        else:
            left_out[trial.state.lower()] += 1
    return StudyToSave(study.name, study.directions[objective].lower(), found.space(), runs, left_out)


def _parameter(text: str) -> Parameter | None:
    """None for a distribution with one value."""
    told = SearchSpace.from_format(json.dumps({"x": json.loads(text)}), "optuna", "distribution").parameters
    return parameter_of(told[0]) if told else None


def _value(parameter: Parameter, value: float) -> Any:
    if parameter.kind == "Categorical":
        return _at(parameter.attributes["choices"], int(value))
    return int(value) if parameter.kind == "UniformInt" else float(value)


def _at(values: Sequence[Any], index: int) -> Any:
    """A number from before the first place does not count from the end here."""
    if index < 0:
        raise LookupError(f"there is no place {index}")
    return values[index]


def _run(trial: _Trial, config: dict[str, Any], objective: int) -> StudyRun:
    info: dict[str, Any] = {"number": trial.number}
    if trial.user_attrs:
        info["user_attrs"] = trial.user_attrs
    if trial.intermediate:
        info["intermediate_values"] = trial.intermediate
    run = StudyRun(config, start_ms=ms_of(trial.start), stop_ms=ms_of(trial.stop), info={"optuna": info})
    if trial.state == "FAIL":
        run.failure = "crash"
    else:
        run.result = trial.objectives.get(objective, math.nan)
    return run


# ---- where Optuna keeps it ----


def _is_sqlite(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def _sqlite(path: str) -> Iterator[_Study]:
    with closing(sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro", uri=True)) as database:
        version = database.execute("SELECT library_version FROM version_info").fetchone()
        studies = database.execute("SELECT study_id, study_name FROM studies ORDER BY study_id").fetchall()
        is_utc = int(version[0].split(".")[0]) >= 5  # local time before
        for id, name in studies:
            directions = database.execute(
                "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective", (id,))
            yield _Study(name, [row[0] for row in directions], list(_sqlite_trials(database, id, is_utc).values()))


def _sqlite_trials(database: sqlite3.Connection, study: int, is_utc: bool) -> dict[int, _Trial]:
    def time(text: str | None) -> datetime | None:
        parsed = None if text is None else datetime.fromisoformat(text)
        return utc(parsed) if parsed is not None and is_utc else parsed

    def rows(columns: str, table: str) -> Iterator[Any]:
        return database.execute(f"SELECT t.trial_id, {columns} FROM {table} x JOIN trials t ON x.trial_id = t.trial_id "
                                "WHERE t.study_id = ? ORDER BY x.rowid", (study,))

    trials = {}
    for id, number, state, start, stop in database.execute(
            "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials WHERE study_id = ? "
            "ORDER BY number", (study,)):
        trials[id] = _Trial(number, state, start=time(start), stop=time(stop))
    for id, name, value, distribution in rows("param_name, param_value, distribution_json", "trial_params"):
        trials[id].values_in[name] = value
        trials[id].distributions[name] = distribution
    for id, objective, value, kind in rows("objective, value, value_type", "trial_values"):
        trials[id].objectives[objective] = _number(value, kind)
    for id, key, value in rows("key, value_json", "trial_user_attributes"):
        trials[id].user_attrs[key] = json.loads(value)
    for id, step, value in rows("step, intermediate_value", "trial_intermediate_values"):
        trials[id].intermediate[str(step)] = value
    return trials


def _number(value: float | None, kind: str) -> float:
    return {"INF_POS": math.inf, "INF_NEG": -math.inf}.get(kind, math.nan if value is None else value)


def _journal(path: str) -> Iterator[_Study]:
    studies: dict[int, _Study] = {}
    trials: list[_Trial] = []
    made = 0
    for number, entry in _entries(path):
        try:
            if entry["op_code"] == 0:
                made += _begin_study(studies, made, entry)
            elif entry["op_code"] == 1:
                studies.pop(entry["study_id"], None)
            elif entry["op_code"] == 4 and entry["study_id"] in studies:
                trials.append(_begin_trial(studies[entry["study_id"]], entry))
            elif entry["op_code"] in (5, 6, 7, 8):
                _change(_at(trials, entry["trial_id"]), entry)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            what = f"{type(error).__name__}: {error}"
            raise ValueError(f"{path}:{number}: this is no journal of Optuna: {what}") from None
    yield from studies.values()


def _entries(path: str) -> Iterator[tuple[int, Any]]:
    """The lines of a journal; the last one may be half written."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            try:
                yield number, json.loads(line)
            except ValueError:
                if number > 1 and not line.endswith("\n"):
                    return
                raise ValueError(f"{path}:{number}: this is no journal of Optuna: the line is no JSON") from None


def _begin_study(studies: dict[int, _Study], id: int, entry: Any) -> bool:
    if any(study.name == entry["study_name"] for study in studies.values()):
        return False  # two processes began it; the first one did
    studies[id] = _Study(str(entry["study_name"]), [_at(["", "MINIMIZE", "MAXIMIZE"], d) for d in entry["directions"]])
    return True


def _begin_trial(study: _Study, entry: Any) -> _Trial:
    values = entry.get("values") or ([entry["value"]] if entry.get("value") is not None else [])
    trial = _Trial(len(study.trials), _at(_STATES, entry.get("state", 0)), entry.get("params", {}),
                   entry.get("distributions", {}), dict(enumerate(values)), _iso(entry.get("datetime_start")),
                   _iso(entry.get("datetime_complete")), entry.get("user_attrs", {}),
                   entry.get("intermediate_values", {}))
    study.trials.append(trial)
    return trial


def _change(trial: _Trial, entry: Any) -> None:
    if trial.state not in ("RUNNING", "WAITING"):
        return  # what has ended stays
    if entry["op_code"] == 5:
        trial.values_in[entry["param_name"]] = entry["param_value_internal"]
        trial.distributions[entry["param_name"]] = entry["distribution"]
    elif entry["op_code"] == 6:
        trial.state = _at(_STATES, entry["state"])
        trial.objectives = dict(enumerate(entry.get("values") or []))
        trial.start = _iso(entry.get("datetime_start")) or trial.start
        trial.stop = _iso(entry.get("datetime_complete")) or trial.stop
    elif entry["op_code"] == 7:
        trial.intermediate[str(entry["step"])] = entry["intermediate_value"]
    else:
        trial.user_attrs.update(entry["user_attr"])


def _iso(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _study_of(source: Any) -> _Study:
    """From Optuna's own object."""
    from optuna.distributions import distribution_to_json

    study = _Study(source.study_name, [direction.name for direction in source.directions])
    for trial in source.get_trials(deepcopy=False):
        study.trials.append(_Trial(
            trial.number, trial.state.name,
            {name: trial.distributions[name].to_internal_repr(value) for name, value in trial.params.items()},
            {name: distribution_to_json(distribution) for name, distribution in trial.distributions.items()},
            dict(enumerate(trial.values or [])), trial.datetime_start, trial.datetime_complete, dict(trial.user_attrs),
            {str(step): value for step, value in trial.intermediate_values.items()}))
    return study
