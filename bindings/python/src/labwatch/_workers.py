"""Processes that evaluate. They have no store: what they find goes back to the process that made them."""
from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Any

from ._library import check, ffi, lib, new_error
from ._runs import Run, describe, failure_of, trace_of

_GRACE_S = 5.0


class RemoteRun:
    """What an objective in another process gets as its run: it asks the process that has the run."""

    config: dict[str, Any]

    def __init__(self, connection: Connection, told: Mapping[str, Any]) -> None:
        self._connection = connection
        self._asking = threading.Lock()
        self.__dict__.update(told)

    def _ask(self, method: str, *args: Any, **named: Any) -> None:
        with self._asking:
            _send(self._connection, method, args, named)
            error = self._connection.recv()
        if error is not None:
            raise error

    def log(self, metrics: Mapping[str, float] | None = None, /, *, step: int | None = None, **more: float) -> None:
        """As Run.log."""
        self._ask("log", metrics, step=step, **more)

    def artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """As Run.artifact."""
        self._ask("artifact", os.path.abspath(path), name)

    def beat(self, output: str | None = None) -> None:
        """As Run.beat."""
        self._ask("beat", output)

    def observe(self, result: Any, **more: Any) -> None:
        """As Run.observe."""
        self._ask("observe", result, **more)

    def fail(self, reason: str | None = None, kind: str = "crash", **more: Any) -> None:
        """As Run.fail."""
        self._ask("fail", reason, kind, **more)

    def interrupt(self, reason: str | None = None) -> None:
        """As Run.interrupt."""
        self._ask("interrupt", reason)


#: What a RemoteRun may ask for.
ASKED = ("log", "artifact", "beat", "observe", "fail", "interrupt")
_TOLD = ("id", "seed", "attempt", "config", "space", "number", "replicate", "fidelity", "parent")


def _send(connection: Connection, kind: str, *told: Any) -> None:
    """What cannot be put together again over there must not hide what kind of news it is."""
    connection.send((kind, bytes(ForkingPickler.dumps(told))))


def _work(connection: Connection, parent: int, call: Callable[..., Any]) -> None:
    """A process: evaluates what comes through the connection until it is closed, or its parent has ended."""
    if lib.lw_group_lead(parent, ffi.NULL) == lib.LW_EUNAVAILABLE:
        return
    # multiprocessing would forbid the objective processes of its own (data loaders), as nobody would end them: the
    # whole group is ended here.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to decide
    while True:
        try:
            asked = connection.recv()
        except EOFError:
            return
        run = RemoteRun(connection, asked)
        try:
            _send(connection, "result", call(run.config, run))
        except BaseException as error:
            _send(connection, "failure", describe(error), failure_of(error), trace_of(error))


class Worker:
    """A process with the run that it works on, if any."""

    def __init__(self, call: Callable[..., Any]) -> None:
        context: Any = multiprocessing.get_context("fork")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, os.getpid(), call), daemon=True)
        with warnings.catch_warnings():  # of the thread that beats, with which the child has nothing to do
            warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
            self._process.start()
        theirs.close()
        self.id: int = self._process.pid
        self.run: Run | None = None
        self._started_s = 0.0

    def begin(self, run: Run) -> None:
        """Gives it a run."""
        self.run = run
        self._started_s = time.monotonic()
        with contextlib.suppress(OSError):  # if it is gone, nothing will come back, and that tells it
            self.connection.send({name: getattr(run, name) for name in _TOLD})

    def answer(self, error: Exception | None) -> None:
        """To what a RemoteRun asked for."""
        with contextlib.suppress(OSError):
            try:
                self.connection.send(error)
            except (TypeError, AttributeError, pickle.PicklingError):
                self.connection.send(RuntimeError(describe(error) if error else "?"))

    def is_alive(self) -> bool:
        return bool(self._process.is_alive())

    def works_s(self) -> float:
        """How long it has worked on its run."""
        return time.monotonic() - self._started_s

    def stop(self) -> None:
        """Asks it and what it started to end."""
        self.connection.close()
        lib.lw_group_signal(self.id, signal.SIGTERM, ffi.NULL)

    def end(self) -> str:
        """Waits until it and what it started are gone; how it ended."""
        self.stop()
        wait([self._process.sentinel], _GRACE_S)
        lib.lw_group_signal(self.id, signal.SIGKILL, ffi.NULL)
        self._process.join()
        code = self._process.exitcode
        by_signal = code is not None and code < 0
        return f"the process was ended by signal {-code}" if by_signal else f"the process ended with {code}"


def memory_of(workers: Sequence[Worker], limit_bytes: int) -> list[int]:
    """What each uses with all that it started, in bytes; what is shared counts once where that decides."""
    leaders = ffi.new("int64_t[]", [worker.id for worker in workers])
    used = ffi.new("uint64_t[]", len(workers))
    error = new_error()
    check(lib.lw_group_memory(leaders, len(workers), limit_bytes, used, error), error)
    return [int(number) for number in used]
