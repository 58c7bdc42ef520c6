"""What can be read of an experiment."""
from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING, Any, overload

from ._exits import computed
from ._library import c_text, check, ffi, lib, new_error, optional, read
from ._opened import Opened
from ._records import RunRecord, flatten, read_records
from ._runs import Run, id_of
from .errors import NotFoundError

if TYPE_CHECKING:
    from pandas import DataFrame

_ORDERS = {"id": 0, "-id": 1, "cost": 2}


class Reading(Opened):
    """An experiment whose runs can be looked at."""

    def runs(self, where: str | None = None, *, space: str | None = None, order: str = "id",
             limit: int | None = None) -> list[RunRecord]:
        """The runs, by id. where: a filter such as ``"config.C > 1 and status = COMPLETED"``.

        order: id, -id, or cost (completed ones only, the best first).
        """
        if order not in _ORDERS:
            raise ValueError(f"the order is one of {', '.join(_ORDERS)}, not {order!r}")
        if limit is not None and limit < 1:
            raise ValueError(f"the limit is a number of runs, from 1, not {limit}")
        return self._query({"order": _ORDERS[order], "limit": limit or 0}, space, where)

    def _open_runs(self, space: str | None = None) -> list[RunRecord]:
        """Those without an outcome: what is asked for again and again does not read what has ended."""
        return self._query({"open_only": True}, space, None)

    def run(self, id: int | Run | RunRecord) -> RunRecord:
        """What is known of a run."""
        number = id_of(id)
        ids = ffi.new("int64_t[]", [number])
        found = self._query({"ids": ids, "n_ids": 1, "limit": 1}, None, None)
        if not found:
            raise NotFoundError(f"there is no run {number} of the experiment {self.name!r}")
        return found[0]

    def _query(self, query: dict[str, Any], space: str | None, where: str | None) -> list[RunRecord]:
        return read_records(self, query, where, space, self._originals, self._described["has_own_seed"])

    @overload
    def best(self, n: None = None) -> RunRecord: ...

    @overload
    def best(self, n: int) -> list[RunRecord]: ...

    def best(self, n: int | None = None) -> RunRecord | list[RunRecord]:
        """The completed run with the best result, or a list of the n best ones. NotFoundError if there is none."""
        if n is not None and n < 1:
            raise ValueError(f"how many of the best runs? A number from 1, not {n}")
        found = self.runs(order="cost", limit=1 if n is None else n)
        if n is not None:
            return found
        if not found:
            raise NotFoundError(f"no run of the experiment {self.name!r} is completed")
        return found[0]

    @property
    def standing(self) -> dict[str, Any]:
        """budget, used, finished, open, by_status, best_id, best_result, paused, target_reached."""
        error = new_error()
        out: dict[str, Any] = read(lib.core_standing(self._handle, error), error)
        return out

    def model(self, space: str | None = None) -> dict[str, Any]:
        """What the optimizer's model believes of the results."""
        error = new_error()
        assistant, named = self._handle, optional(space)
        out: dict[str, Any] = read(computed(lambda: lib.core_model(assistant, named, error)), error)
        return out

    def replay(self, run: int | Run | RunRecord) -> dict[str, Any]:
        """Makes a run's suggestion again from its recorded view: verdict, recorded, again, reason."""
        error = new_error()
        assistant, number = self._handle, id_of(run)
        out: dict[str, Any] = read(computed(lambda: lib.core_replay(assistant, number, error)), error)
        return out

    def _document(self, run: int) -> dict[str, Any]:
        error = new_error()
        out: dict[str, Any] = read(lib.core_run_document(self._store, run, error), error)
        return out

    def _metrics(self, run: int) -> dict[str, list[tuple[int, float]]]:
        error = new_error()
        found = read(lib.core_metrics(self._store, run, error), error)
        return {name: [(step, float(value)) for step, value in zip(metric["steps"], metric["values"])]
                for name, metric in found.items()}

    def files(self, run: int | Run | RunRecord) -> list[dict[str, Any]]:
        """The files that are kept with a run: kind (artifact or source), name, size."""
        error = new_error()
        out: list[dict[str, Any]] = read(lib.core_files(self._store, id_of(run), error), error)
        return out

    def save_file(self, run: int | Run | RunRecord, name: str, path: str | os.PathLike[str], *,
                  source: bool = False) -> None:
        """Writes a file that is kept with a run to the disk."""
        error = new_error()
        written = f"{os.fspath(path)}.{os.getpid()}-{threading.get_ident()}"
        try:
            check(lib.core_file_get(self._store, id_of(run), source, c_text(name), os.fsencode(written), error), error)
            os.replace(written, path)  # what is there stays until all is written
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.remove(written)

    def to_pandas(self, where: str | None = None) -> DataFrame:
        """The runs as a table, a column for each parameter."""
        try:
            import pandas
        except ImportError as missing:
            raise ImportError("to_pandas needs pandas: pip install pandas") from missing
        return pandas.DataFrame([record.flat() for record in self.runs(where)])

    def _repr_html_(self) -> str:
        from ._html import table

        standing = self.standing
        rows = [{"run": record.id, "result": record.result, **flatten(record.config)} for record in self.best(10)]
        columns = list(dict.fromkeys(key for row in rows for key in row)) or ["run", "result"]
        budget = f" of {standing['budget']}" if standing["budget"] else ""
        caption = f"{self.name}: {standing['used']}{budget} runs, {standing['open']} open; the best ones"
        return table(rows, columns, caption)
