"""Experiments: a search space, an objective and an optimizer, and a store that keeps every run."""
from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._library import LATE, bytes_of, check, failure, ffi, lib, new_error, optional, read, text_of, text_taken
from .errors import ForkedError, NotFoundError
from ._parameters import Originals, restore
from ._runs import FAILURES, Run, RunRecord, records
from ._spaces import SearchSpace, space_of

if TYPE_CHECKING:
    from pandas import DataFrame

#: Settings of the experiment file that are taken as they are.
_SETTINGS = ("command", "runs", "timeout", "max_time", "retries", "lease", "memory", "target", "repeats", "seed")
_ORDERS = {"id": 0, "-id": 1, "cost": 2}
_COMPLETED, _FAILED, _VOID = 1, 2, 3
_NO_TIME = -(2**63)


class Experiment:
    """An experiment in a store. Made there if it is not there; without a space, as the store has it.

    optimizer: a name, a mapping with a name and options, or an optimizer written in Python. store: a URL
    (``sqlite:FILE``, ``mongodb://…/DB``, ``memory:``); $LABWATCH_STORE, else sqlite:labwatch.db. goal: minimize or
    maximize. objective: the name of the cost in results that are mappings. The others are those of the experiment
    file: runs (the budget), seed, timeout, retries, lease, memory, target, repeats, max_time, command.

    Safe in threads. After a fork it must be opened again in the child.
    """

    def __init__(
        self,
        name: str,
        space: SearchSpace | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        *,
        optimizer: Any = None,
        store: str | None = None,
        goal: str | None = None,
        objective: str | None = None,
        spaces: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        new_version: bool = False,
        read_only: bool = False,
        **settings: Any,
    ) -> None:
        unknown = set(settings) - set(_SETTINGS)
        if unknown:
            raise TypeError(f"an experiment has no {sorted(unknown)[0]!r}; it has {', '.join(_SETTINGS)}")
        if space is None and spaces is None:
            given = {"optimizer": optimizer, "goal": goal, "objective": objective, "config": config, **settings}
            if any(value is not None for key, value in given.items() if key != "runs"):
                raise TypeError("an experiment that the store has is opened as it is: give a space to change it")
            self._setup(None, name, store, settings.get("runs"), new_version, read_only, [], {})
            return
        types = _python_types(optimizer)
        document: dict[str, Any] = {"experiment": name, **_cost(goal, objective), **_optimizer(optimizer, types)}
        document.update({key: value for key, value in settings.items() if value is not None})
        originals = _add_spaces(document, space, spaces, config)
        self._setup(bytes_of(document).decode(), f"experiment {name!r}", store, None, new_version, read_only, types, originals)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, store: str | None = None, runs: int | None = None,
                  new_version: bool = False, read_only: bool = False) -> Experiment:
        """Opens an experiment file, as the `labwatch` command does."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        experiment = cls.__new__(cls)
        experiment._setup(text, os.fspath(path), store, runs, new_version, read_only, [], {})
        return experiment

    # ---- opening and closing ----

    def _setup(self, text: str | None, source: str, store: str | None, runs: int | None, new_version: bool,
               read_only: bool, types: list[Any], originals: dict[str, Originals]) -> None:
        self._opened_as = (text, source, store, runs, new_version, read_only, types, originals)
        self._originals = originals
        self._pid = os.getpid()
        #: The store's URL.
        self.store: str = store or os.environ.get("LABWATCH_STORE") or "sqlite:labwatch.db"
        self._store_handle = _open_store(self.store, read_only)
        try:
            self._assistant, self.warnings = self._open_assistant(runs)
        except BaseException:
            lib.lw_store_close(self._store_handle)
            raise
        self._close = weakref.finalize(self, _close, self._assistant, self._store_handle)
        self._beater: _Beater | None = None
        self._described: dict[str, Any] = read(lib.core_experiment(self._assistant, error := new_error()), error)

    def _open_assistant(self, runs: int | None) -> tuple[Any, list[str]]:
        text, source, _, _, new_version, read_only, types, _ = self._opened_as
        keep: list[Any] = [optional(source)]
        opening = ffi.new("core_opening *", {"new_version": new_version, "read_only": read_only, "runs": runs or 0,
                                             "source": keep[0], "name": keep[0]})
        if text is not None:
            data = text.encode("utf-8", "surrogateescape")
            keep.append(ffi.from_buffer("char[]", data))
            opening.text = keep[-1]
            opening.length = len(data)
        if types:
            keep.append(ffi.new("lw_optimizer_type *[]", [t.pointer for t in types] + [ffi.NULL]))
            opening.optimizers = ffi.cast("const lw_optimizer_type *const *", keep[-1])
        error = new_error()
        out = ffi.new("lw_assistant **")
        warnings = ffi.new("char **")
        code = lib.core_open(out, self._store_handle, opening, warnings, error)
        told = text_taken(warnings[0]).splitlines() if warnings[0] != ffi.NULL else []
        check(code, error)
        return out[0], told

    @property
    def _handle(self) -> Any:
        if not self._close.alive:
            raise ValueError(f"the experiment {self.name!r} is closed")
        if os.getpid() != self._pid:
            raise ForkedError(f"the experiment {self.name!r} was opened before a fork: open it anew in the child "
                              "(experiment.reopen())")
        return self._assistant

    @property
    def _store(self) -> Any:
        return self._handle and self._store_handle

    def reopen(self) -> Experiment:
        """The same experiment, opened anew: for a child process."""
        text, source, store, runs, _, read_only, types, originals = self._opened_as
        if self.store == "memory:":
            raise ValueError("a store in memory is its process's own: it cannot be opened again")
        again = type(self).__new__(type(self))
        again._setup(text, source, store or self.store, runs, False, read_only, types, originals)
        return again

    def __reduce__(self) -> Any:
        if self.store == "memory:":
            raise TypeError("an experiment in memory cannot be given to another process: use a file, sqlite:NAME.db")
        return _reopened, (type(self), self._opened_as[:6], self._originals, self.store)

    def close(self) -> None:
        """Closes it; runs that it gave out stay as they are."""
        if self._beater is not None and os.getpid() == self._pid:
            self._beater.stop()
        self._close()

    def __enter__(self) -> Experiment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    # ---- what it is ----

    @property
    def name(self) -> str:
        return str(self._described["name"])

    @property
    def goal(self) -> str:
        """minimize or maximize."""
        return str(self._described["goal"])

    @property
    def seed(self) -> int:
        return int(self._described["seed"])

    @property
    def optimizer(self) -> str:
        return str(self._described["optimizer"])

    @property
    def objective(self) -> str | None:
        """The name of the cost in results that are mappings."""
        name: str | None = self._described["objective"]
        return name

    @property
    def text(self) -> str:
        """The experiment file's text, as the store has it."""
        return str(self._described["text"])

    @property
    def space_names(self) -> list[str]:
        return [name for name, _ in self._described["spaces"]]

    def space(self, name: str | None = None) -> SearchSpace:
        """A search space of it; the first one without a name."""
        error = new_error()
        out = ffi.new("lw_space **")
        data = self.text.encode()
        check(lib.core_space(out, data, len(data), b"experiment", optional(name), error), error)
        return SearchSpace._of(out[0], self._originals.get(name or self.space_names[0]))

    # ---- suggesting ----

    def suggest(self, *, space: str | None = None, config: Mapping[str, Any] | None = None, default: bool = False,
                lease: float | None = None) -> Run:
        """Suggests a configuration and reserves a run for it, which stays pending until its end is recorded.

        config: this configuration instead (what is missing counts at its default); default: the default one. lease:
        give the run up after so many seconds. Raises NothingToSuggest when the budget is used or the space exhausted.
        """
        return self._assign(space=space, config=config, default_config=default, lease_s=lease or 0.0)

    def take(self, run: int | None = None, *, space: str | None = None) -> Run:
        """For workers: a queued run, or one that died and may be tried again, or else a suggestion; or this run.

        A thread of this process says that it goes on, until its end is recorded.
        """
        taken = self._assign(space=space, worker=True, take=True, run=run or 0)
        if self._beater is None:
            self._beater = _Beater(self)
        self._beater.add(taken)
        return taken

    def enqueue(self, config: Mapping[str, Any] | None = None, *, default: bool = False, space: str | None = None) -> int:
        """Queues a run for workers: this configuration, the default one, or a suggestion. Its id."""
        return self._assign(space=space, config=config, default_config=default, queue=True).id

    def _assign(self, space: str | None = None, config: Mapping[str, Any] | None = None, default_config: bool = False,
                queue: bool = False, worker: bool = False, take: bool = False, lease_s: float = 0.0,
                run: int = 0) -> Run:
        assistant = self._handle
        named = optional(space)
        wish = ffi.new("core_wish *", {"space": named, "default_config": default_config, "queue": queue,
                                       "worker": worker, "take": take, "lease_s": lease_s, "run": run})
        if config is not None:
            data = bytes_of(config)
            wish.config = kept = ffi.from_buffer("char[]", data)  # noqa: F841 (kept alive)
            wish.config_length = len(data)
        error = new_error()
        code = ffi.new("int *")
        out = ffi.new("lw_assignment *")
        try:
            text = lib.core_assign(assistant, wish, out, code, error)
            if text == ffi.NULL:
                raise failure(error, code[0])
            try:
                document = json.loads(ffi.string(text))
            finally:
                lib.lw_free(text)
            if self._originals:
                restore(document, self._originals.get(space or self.space_names[0], {}))
            return Run(self, document, out)
        except BaseException:
            if out.id and not queue:  # Ctrl-C came after the reservation: nobody has the run
                lib.lw_assistant_release(assistant, out.id, ffi.addressof(out, "token"), ffi.NULL)
            raise

    # ---- results ----

    def observe(self, run: int | Run, result: Any, *, info: Mapping[str, Any] | None = None,
                duration: float | None = None, output: str | None = None, force: bool = False) -> None:
        """Records a run's result, by its id: a number, or a mapping with the objective in it."""
        if isinstance(run, Run):
            run.observe(result, info=info, duration=duration, output=output, force=force)
        else:
            self._observe(run, result, None, info, duration, output, force)

    def fail(self, run: int, reason: str | None = None, kind: str = "crash") -> None:
        """Records that a run failed."""
        self._fail(run, kind, reason, None, None)

    def observe_config(self, config: Mapping[str, Any], result: Any = None, *, failure: str | None = None,
                       reason: str | None = None, space: str | None = None, counts: bool = True,
                       start_ms: int | None = None, stop_ms: int | None = None, info: Mapping[str, Any] | None = None,
                       duration: float | None = None) -> int:
        """Records a configuration that was run elsewhere, as a run of its own; its id.

        counts: False for what was imported, which is outside the budget.
        """
        keep: list[Any] = []
        given = self._failure(failure, reason, keep) if failure else self._result(result, keep)
        self._more(given, keep, info, duration, None, False)
        given.counts = counts
        if start_ms is not None or stop_ms is not None:
            given.has_past = True
            given.start_ms = _NO_TIME if start_ms is None else start_ms
            given.stop_ms = _NO_TIME if stop_ms is None else stop_ms
            given.seed = -1
        data = bytes_of(config)
        error = new_error()
        run = ffi.new("int64_t *")
        check(lib.core_observe_config(self._handle, optional(space), data, len(data), given, run, error), error)
        return int(run[0])

    def _result(self, result: Any, keep: list[Any]) -> Any:
        given = ffi.new("core_result *", {"outcome": _COMPLETED, "duration_s": float("nan")})
        if not isinstance(result, Mapping):
            given.value = float(result)
            return given
        data = _finite(result)
        keep.append(ffi.from_buffer("char[]", data))
        given.document = keep[-1]
        given.document_length = len(data)
        objective = result.get(self.objective or "result")
        if isinstance(objective, float) and not isfinite(objective):  # JSON has no word for it
            given.has_value = True
            given.value = objective
        return given

    def _failure(self, kind: str, reason: str | None, keep: list[Any]) -> Any:
        if kind not in FAILURES:
            raise ValueError(f"a run cannot fail by {kind!r}; it can by {', '.join(FAILURES)}")
        keep += [ffi.new("char[]", kind.encode()), optional(reason)]
        return ffi.new("core_result *", {"outcome": _FAILED, "failure": keep[-2], "reason": keep[-1],
                                         "duration_s": float("nan")})

    @staticmethod
    def _more(given: Any, keep: list[Any], info: Mapping[str, Any] | None, duration: float | None,
              output: str | None, force: bool) -> None:
        given.force = force
        if duration is not None:
            given.duration_s = duration
        if output is not None:
            keep.append(_text(output))
            given.captured_out = keep[-1]
        if info is not None:
            data = _finite(info)
            keep.append(ffi.from_buffer("char[]", data))
            given.info = keep[-1]
            given.info_length = len(data)

    def _send(self, run: int, given: Any, token: bytes | None, keep: list[Any]) -> None:
        if token is not None:
            keep.append(ffi.from_buffer("uint8_t[]", token))
            given.token = keep[-1]
        error = new_error()
        if check(lib.core_observe(self._handle, run, given, error), error) == LATE:
            import warnings

            warnings.warn(text_of(error.message), RuntimeWarning, stacklevel=4)

    def _observe(self, run: int, result: Any, token: bytes | None, info: Mapping[str, Any] | None,
                 duration: float | None, output: str | None, force: bool) -> None:
        keep: list[Any] = []
        given = self._result(result, keep)
        if info is not None or duration is not None or output is not None or force:
            self._more(given, keep, info, duration, output, force)
        self._send(run, given, token, keep)

    def _fail(self, run: int, kind: str, reason: str | None, token: bytes | None, output: str | None) -> None:
        keep: list[Any] = []
        given = self._failure(kind, reason, keep)
        self._more(given, keep, None, None, output, False)
        self._send(run, given, token, keep)

    def _interrupt(self, run: int, reason: str | None, token: bytes | None) -> None:
        keep: list[Any] = [optional(reason)]
        given = ffi.new("core_result *", {"outcome": _VOID, "reason": keep[0], "duration_s": float("nan")})
        self._send(run, given, token, keep)

    def _release(self, run: int, token: bytes) -> None:
        error = new_error()
        check(lib.lw_assistant_release(self._handle, run, ffi.new("lw_token *", {"bytes": list(token)}), error), error)

    def _log(self, run: int, name: str, value: float, step: int) -> None:
        error = new_error()
        named = ffi.new("char[]", name.encode())
        check(lib.core_log(self._handle, run, ffi.new("char *[]", [named]), ffi.new("double[]", [float(value)]), 1,
                           step, error), error)

    def _beat(self, run: int, token: bytes, output: str | None) -> None:
        error = new_error()
        told = _text(output)
        beat = ffi.new("lw_beat *", {"id": run, "token": {"bytes": list(token)}, "captured_out": told})
        check(lib.lw_assistant_beat(self._handle, beat, 1, error), error)

    def _annotate(self, run: int, annotation: Mapping[str, Any]) -> None:
        error = new_error()
        data = bytes_of(annotation)
        check(lib.core_annotate(self._store, run, data, len(data), error), error)

    def _file_put(self, run: int, path: str | os.PathLike[str], name: str | None, source: bool) -> None:
        error = new_error()
        kind = lib.LW_FILE_SOURCE if source else lib.LW_FILE_ARTIFACT
        check(lib.lw_assistant_attach(self._handle, run, kind, os.fsencode(path), optional(name), error), error)

    def _forget(self, run: Run) -> None:
        if self._beater is not None:
            self._beater.remove(run)

    # ---- looking ----

    def runs(self, where: str | None = None, *, space: str | None = None, order: str = "id",
             limit: int | None = None) -> list[RunRecord]:
        """The runs, by id. where: a filter such as ``"config.C > 1 and status = COMPLETED"``.

        order: id, -id, or cost (completed ones only, the best first).
        """
        if order not in _ORDERS:
            raise ValueError(f"the order is one of {', '.join(_ORDERS)}, not {order!r}")
        return self._query({"order": _ORDERS[order], "limit": limit or 0}, space, where)

    def run(self, id: int) -> RunRecord:
        """What is known of a run."""
        ids = ffi.new("int64_t[]", [id])
        found = self._query({"ids": ids, "n_ids": 1, "limit": 1}, None, None)
        if not found:
            raise NotFoundError(f"there is no run {id} of the experiment {self.name!r}")
        return found[0]

    def _query(self, query: dict[str, Any], space: str | None, where: str | None) -> list[RunRecord]:
        keep = [optional(space), optional(where)]
        asked = ffi.new("core_query *", {"space": keep[0], "where": keep[1], **query})
        error = new_error()
        rows = read(lib.core_runs(self._handle, asked, ffi.new("size_t *"), error), error)
        return records(self, rows, self._originals)

    def best(self, n: int | None = None) -> Any:
        """The completed run with the best result, or a list of the n best ones. NotFoundError if there is none."""
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
        out: dict[str, Any] = read(lib.core_model(self._handle, optional(space), error), error)
        return out

    def replay(self, run: int) -> dict[str, Any]:
        """Makes a run's suggestion again from its recorded view: verdict, recorded, again, reason."""
        error = new_error()
        out: dict[str, Any] = read(lib.core_replay(self._handle, run, error), error)
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

    def files(self, run: int) -> list[dict[str, Any]]:
        """The files that are kept with a run: kind (artifact or source), name, size."""
        error = new_error()
        out: list[dict[str, Any]] = read(lib.core_files(self._store, run, error), error)
        return out

    def save_file(self, run: int, name: str, path: str | os.PathLike[str], *, source: bool = False) -> None:
        """Writes a file that is kept with a run to the disk."""
        error = new_error()
        check(lib.core_file_get(self._store, run, source, name.encode(), os.fsencode(path), error), error)

    def to_pandas(self, where: str | None = None) -> DataFrame:
        """The runs as a table, a column for each parameter."""
        try:
            import pandas
        except ImportError as missing:
            raise ImportError("to_pandas needs pandas: pip install pandas") from missing
        return pandas.DataFrame([record.flat() for record in self.runs(where)])

    # ---- changing ----

    def release(self, run: int) -> None:
        """Gives a run back to the queue, whoever has it."""
        error = new_error()
        check(lib.lw_assistant_release(self._handle, run, ffi.NULL, error), error)

    def retry(self, run: int) -> None:
        """Queues another attempt of a run that failed, died or was interrupted."""
        error = new_error()
        check(lib.lw_assistant_retry(self._handle, run, error), error)

    def remove(self, run: int) -> None:
        """Removes a run; its id is not used again."""
        error = new_error()
        check(lib.lw_assistant_remove(self._handle, run, error), error)

    def remove_all(self) -> None:
        """Removes the experiment with all its runs, and closes it."""
        error = new_error()
        check(lib.lw_assistant_remove_all(self._handle, error), error)
        self.close()

    def pause(self) -> None:
        """Workers take nothing new until it is resumed."""
        error = new_error()
        check(lib.lw_assistant_set_paused(self._handle, True, error), error)

    def resume(self) -> None:
        error = new_error()
        check(lib.lw_assistant_set_paused(self._handle, False, error), error)

    def recover(self) -> int:
        """Finds runs whose process died, and marks them; how many."""
        error = new_error()
        n = ffi.new("size_t *")
        check(lib.lw_assistant_recover(self._handle, n, error), error)
        return int(n[0])

    def copy_to(self, store: str) -> int:
        """Copies the experiment with all its runs to another store; how many runs."""
        error = new_error()
        other = _open_store(store, False)
        try:
            n = ffi.new("int64_t *")
            check(lib.lw_copy_experiment(self._store, self.name.encode(), other, n, ffi.NULL, error), error)
            return int(n[0])
        finally:
            lib.lw_store_close(other)

    # ---- the loop ----

    def minimize(self, objective: Callable[..., Any], runs: int | None = None, *, jobs: int = 1,
                 space: str | None = None, timeout: float | None = None, catch: bool = True,
                 progress: bool | Callable[[dict[str, Any]], None] | None = None) -> RunRecord:
        """Runs the objective until the experiment has so many runs (its own budget without a number): the best run.

        The objective gets a configuration, and a run as the second argument if it takes two; it returns a number or a
        mapping, smaller being better unless the experiment's goal is maximize. jobs: so many processes; 1 is this
        one. timeout: seconds for one run, in processes only. An exception is a failed run (catch=False: it ends the
        loop). progress: a line on the terminal, none, or a function that is told of each run's end. Others may work
        on the same experiment in the same store.
        """
        from ._minimizing import Loop

        return Loop(self, objective, runs, jobs, space, timeout, catch, progress).run()

    def _with_budget(self, runs: int) -> Experiment:
        """The same experiment with another budget, on a store of its own (the same one, if it is in memory)."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._assistant, _ = self._open_assistant(runs)
        other._close = weakref.finalize(other, _close, other._assistant, None)
        other._beater = None
        return other

    def __repr__(self) -> str:
        return f"Experiment({self.name!r}, store={_public(self.store)!r})"

    def _repr_html_(self) -> str:
        from ._html import table
        from ._runs import flatten

        standing = self.standing
        rows = [{"run": record.id, "result": record.result, **flatten(record.config, "")} for record in self.best(10)]
        rows = [{key.lstrip("."): value for key, value in row.items()} for row in rows]
        columns = list(dict.fromkeys(key for row in rows for key in row)) or ["run", "result"]
        budget = f" of {standing['budget']}" if standing["budget"] else ""
        return table(rows, columns, f"{self.name}: {standing['used']}{budget} runs, {standing['open']} open; the best ones")


class _Beater:
    """The thread that says for all runs of this process that they go on."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = weakref.ref(experiment)
        self._lock = threading.Lock()
        self._runs: dict[int, bytes] = {}
        self._wake = threading.Event()
        self._stopped = False
        self._interval = max(0.05, float(experiment._described["lease"]) / 4)
        self._thread = threading.Thread(target=self._work, name="labwatch beats", daemon=True)
        self._thread.start()

    def add(self, run: Run) -> None:
        with self._lock:
            self._runs[run.id] = run._token

    def remove(self, run: Run) -> None:
        with self._lock:
            self._runs.pop(run.id, None)

    def stop(self) -> None:
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._wake.wait(self._interval) and not self._stopped:
            experiment = self._experiment()
            if experiment is None or not experiment._close.alive:
                return
            self._beat(experiment)
            del experiment

    def _beat(self, experiment: Experiment) -> None:
        with self._lock:
            runs = dict(self._runs)
        if not runs:
            return
        beats = ffi.new("lw_beat[]", [{"id": run, "token": {"bytes": list(token)}} for run, token in runs.items()])
        lib.lw_assistant_beat(experiment._assistant, beats, len(runs), ffi.NULL)
        lost = {beat.id for beat in beats if text_of(lib.lw_code_name(beat.refusal.code)) in ("LW_ECONFLICT", "LW_ENOTFOUND")}
        with self._lock:  # somebody else has them: their results will be late, and are kept as such
            for run in lost:
                self._runs.pop(run, None)


def list_experiments(store: str | None = None) -> list[str]:
    """Names of the experiments in a store."""
    error = new_error()
    handle = _open_store(store or os.environ.get("LABWATCH_STORE") or "sqlite:labwatch.db", True)
    try:
        names: list[str] = read(lib.core_experiments(handle, error), error)
        return names
    finally:
        lib.lw_store_close(handle)


def list_optimizers() -> list[dict[str, Any]]:
    """All optimizers: name, summary, source, options."""
    error = new_error()
    found: list[dict[str, Any]] = read(lib.core_optimizers(error), error)
    return found


def _open_store(url: str, read_only: bool) -> Any:
    error = new_error()
    out = ffi.new("lw_store **")
    setup = ffi.new("lw_store_setup *", {"read_only": read_only})
    check(lib.lw_store_open(out, url.encode(), setup, ffi.NULL, error), error)
    return out[0]


def _close(assistant: Any, store: Any) -> None:
    lib.lw_assistant_close(assistant)
    if store is not None:
        lib.lw_store_close(store)


def _text(output: str | None) -> Any:
    """What a program printed: bytes that no text has are shown."""
    return optional(None if output is None else output.replace("\0", "\\0").encode("utf-8", "replace").decode())


def _public(url: str) -> str:
    pointer = lib.lw_store_public_url(url.encode())
    if pointer == ffi.NULL:
        raise MemoryError
    return text_taken(pointer)


def _reopened(cls: type[Experiment], opened_as: tuple[Any, ...], originals: dict[str, Originals], store: str) -> Experiment:
    text, source, _, runs, _, read_only = opened_as
    experiment = cls.__new__(cls)
    experiment._setup(text, source, store, runs, False, read_only, [], originals)
    return experiment


def _cost(goal: str | None, objective: str | None) -> dict[str, Any]:
    cost = {key: value for key, value in (("goal", goal), ("name", objective)) if value is not None}
    return {"cost": cost} if cost else {}


def _python_types(optimizer: Any) -> list[Any]:
    if optimizer is None or isinstance(optimizer, (str, Mapping)):
        return []
    from ._optimizing import type_of

    return [type_of(optimizer)]


def _optimizer(optimizer: Any, types: Sequence[Any]) -> dict[str, Any]:
    if optimizer is None:
        return {}
    return {"optimizer": types[0].name if types else optimizer}


def _add_spaces(document: dict[str, Any], space: Any, spaces: Mapping[str, Any] | None,
                config: Mapping[str, Any] | None) -> dict[str, Originals]:
    if space is not None and spaces is not None:
        raise TypeError("give a space or spaces, not both")
    if config is not None:
        document["config"] = dict(config)
    if spaces is None:
        one = space_of(space)
        document.update(one._document)
        return {"default": one._originals} if one._originals else {}
    several = {name: space_of(value) for name, value in spaces.items()}
    document["spaces"] = {name: one._document["space"] for name, one in several.items()}
    constraints: Iterable[str] = [c for one in several.values() for c in one.constraints]
    if constraints:
        document["constraints"] = list(dict.fromkeys(constraints))
    return {name: one._originals for name, one in several.items() if one._originals}


def _finite(value: Mapping[str, Any]) -> bytes:
    """JSON has neither NaN nor infinity: in a result or info they are null, in the objective's place a failure."""
    try:
        return bytes_of(value)
    except ValueError:
        return bytes_of(_without_infinities(json.loads(bytes_of_any(value))))


def bytes_of_any(value: Any) -> str:
    from ._values import plain

    return json.dumps(value, default=plain)


def _without_infinities(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_infinities(item) for key, item in value.items()}
    return [_without_infinities(item) for item in value] if isinstance(value, list) else value
