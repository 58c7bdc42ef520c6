"""SMAC3's run histories."""
from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from .._spaces import SearchSpace, space_of
from ._studies import StudyRun, StudyToSave, reading

_FAILURES = {2: "crash", 3: "timeout", 4: "memory"}
_SUCCESS = 1
_YEAR_10000_S = 253402300800


def read_smac(path: str | os.PathLike[str], space: Any = None, name: str | None = None) -> StudyToSave:
    """Reads runhistory.json of SMAC3 (2.0 and newer), or the folder with it.

    space: the search space; without it that of configspace.json, which SMAC puts beside. name: the study's; that of the
    space without. Each evaluation becomes a run: seeds and instances are in its info. Of several budgets only the
    highest one teaches what a full evaluation would; the others are left out.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "runhistory.json"
    history = _json(file)
    if not isinstance(history, dict) or not isinstance(history.get("data"), list) or "configs" not in history:
        raise ValueError(f"{file} is no run history of SMAC")
    with reading(file, "SMAC"):
        return _converted(file, history, space, name)


def _converted(file: Path, history: dict[str, Any], space: Any, name: str | None) -> StudyToSave:
    if any(not isinstance(entry, dict) for entry in history["data"]):
        raise ValueError(f"{file} was written by SMAC3 1.x or an early 2.x: only its newer format is read")
    searched, found_name = _space(file, space)
    full = max((entry["budget"] for entry in history["data"] if entry.get("budget") is not None), default=None)
    runs = []
    left_out: Counter[str] = Counter()
    for entry in history["data"]:
        if isinstance(entry["cost"], list):
            raise ValueError(f"{file} has several objectives, labwatch has one")
        if entry.get("budget") != full:
            left_out["with a lower budget"] += 1
        elif entry["status"] == _SUCCESS or entry["status"] in _FAILURES:
            runs.append(_run(entry, history["configs"]))
        else:
            left_out["not ended"] += 1
    return StudyToSave(name or found_name or "smac", "minimize", searched, runs, left_out)


def _json(file: Path) -> Any:
    with open(file, encoding="utf-8") as opened:
        try:
            return json.load(opened)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{file} is no JSON: {error}") from None


def _space(file: Path, given: Any) -> tuple[SearchSpace, str | None]:
    if given is not None:
        return space_of(given), None
    beside = file.with_name("configspace.json")
    if not beside.exists():
        raise ValueError(f"there is no {beside}: give the search space")
    text = beside.read_text(encoding="utf-8")
    return SearchSpace.from_format(text, "configspace", os.fspath(beside)), json.loads(text).get("name")


def _run(entry: dict[str, Any], configs: dict[str, Any]) -> StudyRun:
    known = {key: entry.get(key) for key in ("config_id", "seed", "instance", "budget") if entry.get(key) is not None}
    if entry.get("additional_info"):
        known["additional_info"] = entry["additional_info"]
    run = StudyRun(dict(configs[str(entry["config_id"])]), start_ms=_ms(entry.get("starttime")),
                   stop_ms=_ms(entry.get("endtime")), duration=entry.get("time"), info={"smac": known})
    if entry["status"] == _SUCCESS:
        run.result = float(entry["cost"])
    else:
        run.failure = _FAILURES[entry["status"]]
    return run


def _ms(seconds: float | None) -> int | None:
    return round(seconds * 1000) if seconds and 0 < seconds < _YEAR_10000_S else None
