"""hyperopt's pickled Trials."""
from __future__ import annotations

import math
import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from .._spaces import space_of
from ._studies import StudyRun, StudyToSave, ms_of, reading, utc
from ._unpickling import Shell, unpickled


def read_hyperopt(path: str | os.PathLike[str], space: Any, name: str | None = None) -> StudyToSave:
    """Reads a Trials object that was pickled (``pickle.dump(trials, file)`` or fmin's trials_save_file).

    space: the search space, since Trials do not have it: a SearchSpace, a mapping or a file, with hyperopt's labels as
    names. A label of hp.choice has the number of an option there, which becomes the choice at that place. name: the
    study's; the file's without. Trials with status fail are failures; those that did not end are left out.

    A pickle is a program. This one is read without executing it, and without hyperopt.
    """
    with open(path, "rb") as file:
        trials = _trials(unpickled(file))
    if trials is None:
        raise ValueError(f"{os.fspath(path)} has no Trials of hyperopt in it")
    searched = space_of(space)
    parameters = {parameter["name"]: parameter for parameter in searched.parameters}
    with reading(path, "hyperopt"):
        ended = [_run(trial, parameters) for trial in trials]
    runs = [run for run in ended if run is not None]
    left_out = Counter({"not ended": len(ended) - len(runs)} if len(runs) < len(ended) else {})
    return StudyToSave(name or Path(path).stem, "minimize", searched, runs, left_out)


def _trials(found: Any) -> list[Any] | None:
    """The documents of a Trials object, which is a shell here; or of a list of them."""
    state = found.state if isinstance(found, Shell) else {"_dynamic_trials": found}
    trials = state.get("_dynamic_trials") if isinstance(state, dict) else None
    is_right = isinstance(trials, list) and all(
        isinstance(t, dict) and isinstance(t.get("misc"), dict) and isinstance(t.get("result"), dict) for t in trials)
    return trials if is_right else None


def _run(trial: dict[str, Any], parameters: dict[str, Any]) -> StudyRun | None:
    """None if it did not end."""
    result = trial["result"]
    status = result.get("status")
    if status not in ("ok", "fail") and trial.get("state") != 3:  # 3: an exception
        return None
    vals = trial["misc"].get("vals", {})
    config = {label: _value(parameters.get(label), values[0]) for label, values in vals.items() if values}
    tid = trial.get("tid")
    run = StudyRun(config, start_ms=_time(trial.get("book_time")), stop_ms=_time(trial.get("refresh_time")),
                   info={"hyperopt": {"tid": tid}} if isinstance(tid, int) else {})
    if status == "ok":
        loss = result.get("loss")
        run.result = float(loss) if isinstance(loss, (int, float)) else math.nan
    else:
        run.failure = "crash" if trial.get("state") == 3 else "user"
    return run


def _value(parameter: dict[str, Any] | None, value: Any) -> Any:
    if not isinstance(value, (int, float, str)):
        raise TypeError(f"a value is neither a number nor a text, but a {type(value).__name__}")
    if parameter is None or isinstance(value, str) or not math.isfinite(value):
        return value
    if parameter["choices"] and value == int(value) and 0 <= value < len(parameter["choices"]):
        return parameter["choices"][int(value)]
    return int(value) if parameter["kind"] == "UniformInt" and value == int(value) else value


def _time(time: Any) -> int | None:
    """hyperopt's times are in UTC."""
    return ms_of(time if time.tzinfo is not None else utc(time)) if isinstance(time, datetime) else None
