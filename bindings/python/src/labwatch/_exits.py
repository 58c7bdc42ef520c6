"""The end of the interpreter, which ends daemon threads wherever they are.

OpenBLAS is gone by then, and a model that is being computed would take the process down with it.
"""
from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ._interrupts import in_main_thread, interruptible

Value = TypeVar("Value")

_changed = threading.Condition()
_threads: list[int] = []
_ending = threading.Event()


@contextlib.contextmanager
def _computing() -> Iterator[None]:
    """While a model is computed: the interpreter ends afterwards, and no other one is begun by then."""
    with _changed:
        while _ending.is_set() and threading.current_thread() is not threading.main_thread():
            _changed.wait()  # a daemon, which ends here
        _threads.append(threading.get_ident())
    try:
        yield
    finally:
        with _changed:
            _threads.remove(threading.get_ident())
            _changed.notify_all()


def computed(work: Callable[[], Value], undo: Callable[[], None] = lambda: None,
             waiting: Callable[[], Any] = contextlib.nullcontext) -> Value:
    """work(), which computes a model: Ctrl-C need not wait for it (see interruptible), and the interpreter does."""
    def counted() -> Value:
        with _computing():
            return work()

    if in_main_thread() and not _ending.is_set():  # in which no thread can be begun any more
        return interruptible(counted, undo, waiting)
    return counted()


def _forget() -> None:
    """In a child process, which has no other thread."""
    global _changed
    _changed = threading.Condition()
    _threads[:] = [thread for thread in _threads if thread == threading.get_ident()]


os.register_at_fork(after_in_child=_forget)


@atexit.register
def _wait() -> None:
    _ending.set()
    with _changed:
        while any(thread != threading.get_ident() for thread in _threads):
            _changed.wait()
