"""Runs that are stopped by what is no exception of their own, such as Ctrl-C."""
from __future__ import annotations

from collections.abc import Iterable

from ._patience import AWAY
from ._runs import Run
from .errors import Error


def interrupt(runs: Iterable[Run], error: BaseException) -> None:
    """Records that runs were stopped. What cannot be told now is told by their missing beats."""
    for run in runs:
        if run.ended:
            continue
        try:
            run.interrupt(type(error).__name__)
        except AWAY:
            return  # nor would the others be told without waiting once more
        except Error:
            pass
