"""Experiments: a search space, an objective and an optimizer, and a store that keeps every run."""
from __future__ import annotations

import contextlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, overload

from ._beats import Beater
from ._documents import add_spaces, check_settings, cost, optimizer_document, python_types
from ._interrupts import in_main_thread, interruptible
from ._library import bytes_of, c_text, check, failure, ffi, lib, new_error, optional, parsed, read, text_of, text_taken
from ._parameters import Originals, restore
from ._records import RunRecord, flatten, read_records
from ._results import Given, printable
from ._runs import Run
from ._spaces import SearchSpace
from ._stores import Store, assistant_of, chosen, public
from .errors import ForkedError, NotFoundError

if TYPE_CHECKING:
    from pandas import DataFrame

_ORDERS = {"id": 0, "-id": 1, "cost": 2}


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
        check_settings(settings)
        types = python_types(optimizer)
        if space is None and spaces is None:
            given = {"goal": goal, "objective": objective, "config": config, **settings}
            given["optimizer"] = None if types else optimizer  # one in Python must be brought by whoever opens it
            if any(value is not None for key, value in given.items() if key != "runs"):
                raise TypeError("an experiment that the store has is opened as it is: give a space to change it")
            self._setup(None, name, store, settings.get("runs"), new_version, read_only, types, {})
            return
        document: dict[str, Any] = {"experiment": name, **cost(goal, objective), **optimizer_document(optimizer, types)}
        document.update({key: value for key, value in settings.items() if value is not None})
        originals = add_spaces(document, space, spaces, config)
        text = bytes_of(document).decode("utf-8", "surrogateescape")
        self._setup(text, f"experiment {name!r}", store, None, new_version, read_only, types, originals)

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
        #: The store's URL.
        self.store: str = chosen(store)
        self._opened_as = (text, source, runs, new_version, read_only, types)
        self._originals = originals
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._beater: Beater | None = None
        self._assistant: Any = None
        self._opened_store: Any = Store(self.store, read_only)
        self._open_assistant(runs)
        error = new_error()
        self._described: dict[str, Any] = read(lib.core_experiment(self._assistant, error), error)

    def _open_assistant(self, runs: int | None) -> None:
        text, source, _, new_version, read_only, types = self._opened_as
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
        code = lib.core_open(out, self._opened_store.handle, opening, warnings, error)
        #: What the library warned of in the experiment's text.
        self.warnings: list[str] = text_taken(warnings[0]).splitlines() if warnings[0] != ffi.NULL else []
        check(code, error)
        self._assistant = assistant_of(out[0], (self._opened_store, keep))
        # At the end of the interpreter, too: what was written is then in the store's one file.
        self._finalizer = weakref.finalize(self, _let_go, self.__dict__)

    @property
    def _handle(self) -> Any:
        """The assistant. Whoever calls the library with it keeps it open meanwhile."""
        if os.getpid() != self._pid:
            raise ForkedError(f"the experiment {self.name!r} was opened before a fork: open it anew in the child "
                              "(experiment.reopen())")
        assistant = self._assistant
        if assistant is None:
            raise ValueError(f"the experiment {self.name!r} is closed")
        return assistant

    @property
    def _store(self) -> Any:
        store = self._opened_store
        if self._handle is None or store is None:
            raise ValueError(f"the experiment {self.name!r} is closed")
        return store.handle

    def reopen(self) -> Experiment:
        """The same experiment, opened anew: for a child process."""
        if self.store == "memory:":
            raise ValueError("a store in memory is its process's own: it cannot be opened again")
        again = type(self).__new__(type(self))
        text, source, runs, _, read_only, types = self._opened_as
        again._setup(text, source, self.store, runs, False, read_only, types, self._originals)
        return again

    def __reduce__(self) -> Any:
        if self.store == "memory:":
            raise TypeError("an experiment in memory cannot be given to another process: use a file, sqlite:NAME.db")
        text, source, runs, _, read_only, types = self._opened_as
        if types:
            raise TypeError("an experiment whose optimizer is written in Python cannot be given to another process")
        return _reopened, (type(self), text, source, runs, read_only, self._originals, self.store)

    def close(self) -> None:
        """Closes it; runs that it gave out stay as they are. A call in another thread that is under way still ends."""
        if self._beater is not None and os.getpid() == self._pid:
            self._beater.stop()
        self._assistant = None
        self._opened_store = None

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
        return self._take(run, space, contextlib.nullcontext)

    def _take(self, run: int | None, space: str | None, waiting: Callable[[], Any]) -> Run:
        with self._lock:
            if self._beater is None:
                self._beater = Beater(self, float(self._described["lease"]))
        return self._assign(space=space, worker=True, take=True, run=run or 0, beater=self._beater, waiting=waiting)

    def enqueue(self, config: Mapping[str, Any] | None = None, *, default: bool = False,
                space: str | None = None) -> int:
        """Queues a run for workers: this configuration, the default one, or a suggestion. Its id."""
        return self._assign(space=space, config=config, default_config=default, queue=True).id

    def _assign(self, space: str | None = None, config: Mapping[str, Any] | None = None, default_config: bool = False,
                queue: bool = False, worker: bool = False, take: bool = False, lease_s: float = 0.0,
                run: int = 0, beater: Beater | None = None, waiting: Callable[[], Any] = contextlib.nullcontext) -> Run:
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

        def give_back() -> None:  # Ctrl-C came after the reservation: nobody has the run
            if out.id and not queue:
                lib.lw_assistant_release(assistant, out.id, ffi.addressof(out, "token"), ffi.NULL)

        try:
            if self._described["is_slow"] and config is None and not default_config and in_main_thread():
                text = interruptible(lambda: lib.core_assign(assistant, wish, out, code, error), give_back, waiting)
            else:
                text = lib.core_assign(assistant, wish, out, code, error)
            if text == ffi.NULL:
                raise failure(error, code[0])
            assigned = Run(self, self._config_of(text, space), out)
            if beater is not None:
                beater.add(assigned)
            return assigned
        except BaseException:
            give_back()
            raise

    def _config_of(self, text: Any, space: str | None) -> dict[str, Any]:
        try:
            config: dict[str, Any] = parsed(text)
        finally:
            lib.lw_free(text)
        if self._originals:
            restore(config, self._originals.get(space or self.space_names[0], {}))
        return config

    # ---- results ----

    def observe(self, run: int | Run, result: Any, *, info: Mapping[str, Any] | None = None,
                duration: float | None = None, output: str | None = None, force: bool = False) -> None:
        """Records a run's result, by its id: a number, or a mapping with the objective in it."""
        if isinstance(run, Run):
            run.observe(result, info=info, duration=duration, output=output, force=force)
        else:
            self._send(run, Given.value(result, self.objective, info, duration, output, force), None)

    def fail(self, run: int, reason: str | None = None, kind: str = "crash") -> None:
        """Records that a run failed."""
        self._send(run, Given.failure(kind, reason), None)

    def observe_config(self, config: Mapping[str, Any], result: Any = None, *, failure: str | None = None,
                       reason: str | None = None, space: str | None = None, counts: bool = True,
                       start_ms: int | None = None, stop_ms: int | None = None, info: Mapping[str, Any] | None = None,
                       duration: float | None = None) -> int:
        """Records a configuration that was run elsewhere, as a run of its own; its id.

        counts: False for what was imported, which is outside the budget.
        """
        given = Given.failure(failure, reason) if failure else Given.value(result, self.objective)
        given.add(info, duration, None, False)
        given.pointer.counts = counts
        if start_ms is not None or stop_ms is not None:
            given.set_past(start_ms, stop_ms)
        data = bytes_of(config)
        error = new_error()
        run = ffi.new("int64_t *")
        check(lib.core_observe_config(self._handle, optional(space), data, len(data), given.pointer, run, error), error)
        return int(run[0])

    def _send(self, run: int, given: Given, token: bytes | None) -> None:
        if token is not None:
            given.set_token(token)
        error = new_error()
        if check(lib.core_observe(self._handle, run, given.pointer, error), error) == lib.LW_LATE:
            import warnings

            warnings.warn(text_of(error.message), RuntimeWarning, stacklevel=4)

    def _spool(self, run: int, given: Given, token: bytes) -> None:
        given.set_token(token)
        error = new_error()
        check(lib.core_spool(self._handle, c_text(self.store), run, given.pointer, error), error)

    def _deliver(self) -> None:
        """Records what waits in this machine's spool for this experiment, if the store takes it now."""
        error = new_error()
        lib.lw_spool_deliver(ffi.NULL, c_text(self.store), self._handle, ffi.NULL, ffi.NULL, error)

    def _release(self, run: int, token: bytes) -> None:
        error = new_error()
        check(lib.lw_assistant_release(self._handle, run, ffi.new("lw_token *", {"bytes": list(token)}), error), error)

    def _log(self, run: int, name: str, steps: Sequence[int], values: Sequence[float]) -> None:
        error = new_error()
        check(lib.core_log(self._handle, run, c_text(name), ffi.new("int64_t[]", steps),
                           ffi.new("double[]", values), len(values), error), error)

    def _beat(self, run: int, token: bytes, output: str | None) -> None:
        error = new_error()
        told = printable(output)
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

    def _open_runs(self, space: str | None = None) -> list[RunRecord]:
        """Those without an outcome: what is asked for again and again does not read what has ended."""
        return self._query({"open_only": True}, space, None)

    def run(self, id: int) -> RunRecord:
        """What is known of a run."""
        ids = ffi.new("int64_t[]", [id])
        found = self._query({"ids": ids, "n_ids": 1, "limit": 1}, None, None)
        if not found:
            raise NotFoundError(f"there is no run {id} of the experiment {self.name!r}")
        return found[0]

    def _query(self, query: dict[str, Any], space: str | None, where: str | None) -> list[RunRecord]:
        return read_records(self, query, where, space, self._originals, self._described["has_own_seed"])

    @overload
    def best(self, n: None = None) -> RunRecord: ...

    @overload
    def best(self, n: int) -> list[RunRecord]: ...

    def best(self, n: int | None = None) -> RunRecord | list[RunRecord]:
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
        assistant, named = self._handle, optional(space)
        out: dict[str, Any] = read(_patiently(lambda: lib.core_model(assistant, named, error)), error)
        return out

    def replay(self, run: int) -> dict[str, Any]:
        """Makes a run's suggestion again from its recorded view: verdict, recorded, again, reason."""
        error = new_error()
        assistant = self._handle
        out: dict[str, Any] = read(_patiently(lambda: lib.core_replay(assistant, run, error)), error)
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
        check(lib.core_file_get(self._store, run, source, c_text(name), os.fsencode(path), error), error)

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
        other = Store(store)
        error = new_error()
        n = ffi.new("int64_t *")
        check(lib.lw_copy_experiment(self._store, c_text(self.name), other.handle, n, ffi.NULL, error), error)
        return int(n[0])

    # ---- the loop ----

    def minimize(self, objective: Callable[..., Any], runs: int | None = None, *, jobs: int = 1,
                 space: str | None = None, timeout: float | None = None, catch: bool = True,
                 progress: bool | Callable[[dict[str, Any]], None] | None = None) -> RunRecord:
        """Runs the objective until the experiment has so many runs (its own budget without a number): the best run.

        The objective gets a configuration, and a run as the second argument if it takes two; it returns a number or a
        mapping, smaller being better unless the experiment's goal is maximize. jobs: so many processes; 1 is this one,
        if there is no timeout, the seconds that one run may take. An exception is a failed run (catch=False: it
        ends the loop). progress: a line on the terminal, none, or a function that is told of each run's end. Others may
        work on the same experiment in the same store.
        """
        from ._minimizing import Loop

        return Loop(self, objective, runs, jobs, space, timeout, catch, progress).run()

    def _with_budget(self, runs: int) -> Experiment:
        """The same experiment with another budget, on the same open store."""
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._lock = threading.Lock()
        other._beater = None
        other._open_assistant(runs)
        return other

    def _with_space(self, space: SearchSpace) -> Experiment:
        """The same experiment with another search space, a new version of it, on the same open store."""
        try:
            document = json.loads(self.text)
        except ValueError:
            raise ValueError(f"{self.name!r} was made from a file, in which its space must be changed") from None
        document.pop("constraints", None)
        document.update(space._document)
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._lock = threading.Lock()
        other._beater = None
        other._originals = {"default": space._originals} if space._originals else {}
        other._opened_as = (bytes_of(document).decode("utf-8", "surrogateescape"), *self._opened_as[1:])
        other._open_assistant(None)
        error = new_error()
        other._described = read(lib.core_experiment(other._assistant, error), error)
        return other

    def __repr__(self) -> str:
        return f"Experiment({self.name!r}, store={public(self.store)!r})"

    def _repr_html_(self) -> str:
        from ._html import table

        standing = self.standing
        rows = [{"run": record.id, "result": record.result, **flatten(record.config)} for record in self.best(10)]
        columns = list(dict.fromkeys(key for row in rows for key in row)) or ["run", "result"]
        budget = f" of {standing['budget']}" if standing["budget"] else ""
        caption = f"{self.name}: {standing['used']}{budget} runs, {standing['open']} open; the best ones"
        return table(rows, columns, caption)


def _patiently(work: Callable[[], Any]) -> Any:
    """What may take long and changes nothing: Ctrl-C need not wait for it."""
    return interruptible(work, lambda: None, contextlib.nullcontext) if in_main_thread() else work()


def _let_go(experiment: dict[str, Any]) -> None:
    experiment["_assistant"] = experiment["_opened_store"] = None


def _reopened(cls: type[Experiment], text: str | None, source: str, runs: int | None, read_only: bool,
              originals: dict[str, Originals], store: str) -> Experiment:
    experiment = cls.__new__(cls)
    experiment._setup(text, source, store, runs, False, read_only, [], originals)
    return experiment


def list_optimizers() -> list[dict[str, Any]]:
    """All optimizers: name, summary, source, options."""
    error = new_error()
    found: list[dict[str, Any]] = read(lib.core_optimizers(error), error)
    return found
