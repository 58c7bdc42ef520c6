"""Runs that are stopped by what is no exception of their own, such as Ctrl-C."""
from __future__ import annotations

import contextlib

from ._runs import Run
from .errors import Error


def interrupt(run: Run, error: BaseException) -> None:
    """Records that a run was stopped. What cannot be told now is told by its missing beats."""
    if not run.ended:
        with contextlib.suppress(Error):
            run.interrupt(type(error).__name__)
