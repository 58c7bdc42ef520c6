"""The thread that says for all runs of a process that they go on."""
from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from ._library import ffi, lib

if TYPE_CHECKING:
    from ._experiments import Experiment
    from ._runs import Run


class Beater:
    """Beats four times in a lease. Ends with the experiment."""

    def __init__(self, experiment: Experiment, lease_s: float) -> None:
        self._experiment = weakref.ref(experiment)
        self._lock = threading.RLock()  # a signal's handler may end a run, too
        self._tokens: dict[int, bytes] = {}  # of the attempts, by run: a run would keep the experiment open
        self._stopped = threading.Event()
        self._interval_s = max(0.05, lease_s / 4)
        self._thread = threading.Thread(target=self._work, name="labwatch beats", daemon=True)
        self._thread.start()

    def add(self, run: Run) -> None:
        with self._lock:
            self._tokens[run.id] = run._token

    def remove(self, id: int) -> None:
        with self._lock:
            self._tokens.pop(id, None)

    def runs(self) -> list[tuple[int, bytes]]:
        """Ids and tokens of those that it beats for."""
        with self._lock:
            return list(self._tokens.items())

    def stop(self) -> None:
        """No beat is sent any more when it returns."""
        self._stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _work(self) -> None:
        while not self._stopped.wait(self._interval_s):
            experiment = self._experiment()
            assistant = experiment and experiment._assistant
            if assistant is None:
                return
            del experiment  # nobody else may want it any more
            self._beat(assistant)

    def _beat(self, assistant: object) -> None:
        runs = self.runs()
        if not runs:
            return
        beats = ffi.new("lw_beat[]", [{"id": id, "token": {"bytes": list(token)}} for id, token in runs])
        lib.lw_assistant_beat(assistant, beats, len(runs), ffi.NULL)
        for (id, _), beat in zip(runs, beats):
            # Somebody else has it, or nobody: its result will be late, and is kept as such.
            if beat.refusal.code in (lib.LW_ECONFLICT, lib.LW_ENOTFOUND):
                self.remove(id)
