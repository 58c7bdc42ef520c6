"""Ctrl-C at any moment: work that cannot be stopped is left behind, and what must not be cut in two is not."""
from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Optional, TypeVar

Value = TypeVar("Value")
_Handler = Callable[[int, Optional[FrameType]], Any]


#: Those that are installed, the innermost last; in the main thread alone.
_installed: list[Interrupts] = []


def is_waited_for() -> bool:
    """Whether a SIGINT came that waits for a stretch that allows it: who waits for others should not go on."""
    return in_main_thread() and any(interrupts._pending for interrupts in _installed)


class Interrupts:
    """While it is installed, SIGINT waits for a stretch of the program that allows it.

    In any thread but the main one, which gets no signals, and where SIGINT is ignored, it does nothing.
    """

    def __init__(self) -> None:
        self._handler: _Handler | None = None
        self._allowed = False
        self._pending = False
        self._number = 0

    @contextlib.contextmanager
    def installed(self) -> Iterator[Interrupts]:
        import signal  # takes long to import

        found = signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
        if not callable(found):
            yield self
            return
        self._handler = found
        self._number = int(signal.SIGINT)
        signal.signal(signal.SIGINT, self._came)
        _installed.append(self)
        try:
            yield self
        finally:
            _installed.remove(self)
            signal.signal(signal.SIGINT, found)
            if self._pending:
                self._deliver(None)

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        """SIGINT may come in here. What came before comes at once."""
        try:
            self._allowed = True
            if self._pending:
                self._deliver(None)
            yield
        finally:
            self._allowed = False

    def _came(self, number: int, frame: FrameType | None) -> None:
        if self._allowed and not _is_bookkeeping(frame):
            self._deliver(frame)
        else:
            self._pending = True

    def _deliver(self, frame: FrameType | None) -> None:
        self._pending = False
        handler = self._handler
        if handler is not None:
            handler(self._number, frame)


def _is_bookkeeping(frame: FrameType | None) -> bool:
    """Whether that is on the way into or out of `allowed`, which an exception must not cut in two."""
    return frame is not None and frame.f_code.co_filename in (__file__, contextlib.__file__)


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def interruptible(work: Callable[[], Value], undo: Callable[[], None], waiting: Callable[[], Any]) -> Value:
    """work() in a thread of its own, so that Ctrl-C need not wait for it; what ends after that is followed by undo().

    waiting: the context in which SIGINT may come. The interpreter does not end before the work.
    """
    came: list[tuple[Value | None, BaseException | None]] = []
    lock = threading.Lock()
    ended = threading.Lock()  # Thread.join, when interrupted, makes Python 3.11 take the thread for stopped
    ended.acquire()
    given_up = False

    def run() -> None:
        outcome: tuple[Value | None, BaseException | None]
        try:
            outcome = (work(), None)
        except BaseException as error:
            outcome = (None, error)
        with lock:
            came.append(outcome)
            undoes = given_up
        ended.release()
        if undoes:
            undo()

    thread = threading.Thread(target=run, name="labwatch suggestion", daemon=False)
    try:
        with waiting():
            thread.start()
            ended.acquire()
    except BaseException:
        with lock:
            given_up = True
            undoes = bool(came)
        if undoes:
            undo()
        raise
    value, error = came[0]
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
