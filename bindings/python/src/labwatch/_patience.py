"""Stores that are away or locked for a while: loops wait for them, and lose no result."""
from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ._results import Given
from ._runs import Run, describe
from ._warnings import warn
from .errors import ConflictError, InterruptedRunError, NotFoundError, UnavailableError

Value = TypeVar("Value")

PAUSE_S = 0.2

#: The store is away; or it was not waited for any longer, as a SIGINT came, which the next pause lets through.
AWAY = (UnavailableError, InterruptedRunError)


def patiently(work: Callable[[], Value], waiting: Callable[[], Any] = contextlib.nullcontext) -> Value:
    """work(), again and again until the store is there. waiting: the context in which SIGINT may come."""
    while True:
        try:
            return work()
        except AWAY as error:
            _tell_of(error)
            with waiting():
                time.sleep(PAUSE_S)


def given_of(run: Run, result: Any, info: Mapping[str, Any] | None = None, output: str | None = None) -> Given:
    """What an objective returned; a failure if that is no result, whatever its types raise."""
    try:
        if result is None:
            raise TypeError("the objective returned None: it returns a number, or a mapping with the objective in it")
        return run._given(result, info, None, output)
    except Exception as error:
        return Given.failure("user", describe(error), output)


def record(run: Run, given: Given, waiting: Callable[[], Any] = contextlib.nullcontext) -> Given:
    """Records what a run came to, when the store is there. An interrupt meanwhile leaves it in this machine's spool.

    What is no result, as the objective is missing in it, is recorded as a failure. What was recorded.
    """
    try:
        _tell(run, given, waiting)
    except (TypeError, ValueError) as error:
        given = Given.failure("user", describe(error))
        _tell(run, given, waiting)
    return given


def _tell_of(error: Exception) -> None:
    """Python shows a warning of the same text once."""
    if isinstance(error, UnavailableError):
        warn(f"{error} (it is waited for)")


def _tell(run: Run, given: Given, waiting: Callable[[], Any]) -> None:
    while True:
        try:
            run._send(given)
            return
        except (ConflictError, NotFoundError):
            return  # somebody else has the run by now, and its result counts; or has removed it
        except AWAY as error:
            _tell_of(error)
            try:
                with waiting():
                    time.sleep(PAUSE_S)
            except BaseException:
                run._spool(given)
                raise
