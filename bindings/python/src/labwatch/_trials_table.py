"""Trials as a table of pandas."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._trials import FrozenTrial, TrialState

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = ("number", "value", "datetime_start", "datetime_complete", "duration", "params", "user_attrs", "state")
_MAPPINGS = ("params", "user_attrs", "intermediate_values")


def table(trials: Sequence[FrozenTrial], attrs: Sequence[str]) -> DataFrame:
    """A row for each trial, a column for each attribute; of a mapping, one for each of its keys."""
    try:
        import pandas
    except ImportError as missing:
        raise ImportError("trials_dataframe needs pandas: pip install pandas") from missing
    columns: dict[str, list[Any]] = {}
    for attr in attrs:
        values = [getattr(trial, attr) for trial in trials]
        if attr in _MAPPINGS:
            for key in dict.fromkeys(key for value in values for key in value):
                columns[f"{attr}_{key}"] = [value.get(key) for value in values]
        else:
            columns[attr] = [value.name if isinstance(value, TrialState) else value for value in values]
    return pandas.DataFrame(columns)
