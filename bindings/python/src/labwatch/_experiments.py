"""Experiments: a search space, an objective and an optimizer, and a store that keeps every run."""
from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Union

from ._beats import Beater
from ._documents import add_spaces, cost, optimizer_document, python_types, settings_kept
from ._exits import computed
from ._library import bytes_of, c_text, check, failure, ffi, lib, new_error, optional, parsed, read, text_of
from ._opened import Opening
from ._parameters import restore
from ._reading import Reading
from ._records import RunRecord
from ._results import Given, printable
from ._runs import Run, id_of
from ._spaces import SearchSpace
from ._stores import Store, chosen
from ._warnings import warn
from .errors import ConflictError

#: Seconds, or a text such as "90s", "10m", "1h30m".
Duration = Union[float, str]
#: Bytes, or a text such as "500M", "4G".
Size = Union[int, str]


class Experiment(Reading):
    """An experiment in a store. Made there if it is not there; without a space, as the store has it.

    space: a SearchSpace, a mapping of parameters, or a file with one; or spaces: several by name. config: constants of
    all spaces. optimizer: a name, a mapping with a name and options, or an optimizer's class that is written in
    Python. store: a URL (``sqlite:FILE``, ``mongodb://…/DB``, ``memory:``); $LABWATCH_STORE, else sqlite:labwatch.db.
    goal: minimize or maximize. objective: the name of the cost in results that are mappings. runs: the budget. timeout
    and memory bound one run, max_time one loop. lease: how long a worker may be silent. retries: how often a run whose
    machine failed is tried again. target: stop at a result as good as this. repeats: of each configuration. command:
    what `labwatch run` executes. new_version: accept another goal, objective or seed than the store's. Of an experiment
    that the store has, settings that are not given stay as they are.

    Safe in threads. After a fork it must be opened again in the child.
    """

    def __init__(
        self,
        name: str,
        space: SearchSpace | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        *,
        optimizer: str | Mapping[str, Any] | type | None = None,
        store: str | os.PathLike[str] | None = None,
        goal: str | None = None,
        objective: str | None = None,
        spaces: Mapping[str, Any] | None = None,
        config: Mapping[str, Any] | None = None,
        runs: int | None = None,
        seed: int | None = None,
        timeout: Duration | None = None,
        max_time: Duration | None = None,
        memory: Size | None = None,
        lease: Duration | None = None,
        retries: int | None = None,
        target: float | None = None,
        repeats: int | None = None,
        command: str | Sequence[str] | None = None,
        new_version: bool = False,
        read_only: bool = False,
    ) -> None:
        settings: dict[str, Any] = {
            "runs": runs, "seed": seed, "timeout": timeout, "max_time": max_time, "memory": memory, "lease": lease,
            "retries": retries, "target": target, "repeats": repeats, "command": command}
        types = python_types(optimizer)
        opening = Opening(chosen(store), name, new_version=new_version, read_only=read_only, types=types)
        if space is None and spaces is None:
            given = {"goal": goal, "objective": objective, "config": config, **settings, "runs": None}
            given["optimizer"] = None if types else optimizer  # one in Python must be brought by whoever opens it
            named = sorted(key for key, value in given.items() if value is not None)
            if named:
                raise TypeError(f"without a space an experiment is opened as the store has it: give a space, too, "
                                f"to change {', '.join(named)}")
            self._open(opening._replace(runs=runs or 0))
            return
        if not isinstance(name, str):
            raise TypeError(f"an experiment's name is a text, and comes first, not {name!r}")
        document: dict[str, Any] = {"experiment": name, **cost(goal, objective), **optimizer_document(optimizer, types)}
        document.update({key: value for key, value in settings.items() if value is not None})
        originals = add_spaces(document, space, spaces, config)
        self._open_store(opening.store, read_only)
        stored = self._as_stored(name)
        if stored is not None:
            document.update(settings_kept(stored["text"], document))
            self._check_optimizer(document, types)
        text = bytes_of(document).decode("utf-8", "surrogateescape")
        self._use(opening._replace(source=f"experiment {name!r}", text=text, originals=originals))
        if not isinstance(space, SearchSpace):
            for told in self.warnings:
                warn(told, UserWarning)
        if stored is not None:
            self._warn_of_changes(stored)

    @staticmethod
    def _check_optimizer(document: Mapping[str, Any], types: Sequence[Any]) -> None:
        kept = document.get("optimizer")
        if isinstance(kept, str) and not types and not lib.lw_optimizer_type_by_name(c_text(kept), ffi.NULL, ffi.NULL):
            raise ValueError(f"the experiment {document['experiment']!r} has the optimizer {kept!r}, which is written "
                             "in Python: give optimizer=its class; or leave the space out, to look at what is there")

    def _warn_of_changes(self, stored: Mapping[str, Any]) -> None:
        """Another space than before may be meant, or another experiment."""
        versions = dict(stored["spaces"])
        for name, version in self._described["spaces"]:
            if version > versions.get(name, version):
                before = SearchSpace.from_yaml(stored["text"] + "\n", name)
                warn(f"the space of the experiment {self.name!r} is not the one that the store had; version "
                     f"{version} of it:\n{before.difference(self.space(name))}", UserWarning)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, store: str | os.PathLike[str] | None = None,
                  runs: int | None = None, new_version: bool = False, read_only: bool = False) -> Experiment:
        """Opens an experiment file, as the `labwatch` command does."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        experiment = cls.__new__(cls)
        experiment._open(Opening(chosen(store), os.fspath(path), text, runs or 0, new_version, read_only))
        return experiment

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
        out = ffi.new("lw_assignment *")
        space_index = ffi.new("int *")

        def assign() -> Any:
            error = new_error()
            code = ffi.new("int *")
            text = lib.core_assign(assistant, wish, out, space_index, code, error)
            if text == ffi.NULL:
                raise failure(error, code[0])
            return text

        def give_back() -> None:  # Ctrl-C came after the reservation: nobody has the run
            if out.id and take:
                lib.lw_assistant_release(assistant, out.id, ffi.addressof(out, "token"), ffi.NULL)
            elif out.id and not queue:
                lib.lw_assistant_remove(assistant, out.id, ffi.NULL)

        try:
            is_slow = self._described["is_slow"] and config is None and not default_config
            text = computed(assign, give_back, waiting) if is_slow else assign()
            assigned = Run(self, *self._config_of(text, space_index[0]), out)
            if beater is not None:
                beater.add(assigned)
            return assigned
        except BaseException:
            give_back()
            raise

    def _config_of(self, text: Any, space_index: int) -> tuple[dict[str, Any], str]:
        try:
            config: dict[str, Any] = parsed(text)
        finally:
            lib.lw_free(text)
        space = self.space_names[space_index]
        if self._originals:
            restore(config, self._originals.get(space, {}))
        return config, space

    # ---- results ----

    def observe(self, run: int | Run | RunRecord, result: Any, *, info: Mapping[str, Any] | None = None,
                duration: float | None = None, output: str | None = None, force: bool = False) -> None:
        """Records a run's result, by its id: a number, or a mapping with the objective in it."""
        if isinstance(run, Run):
            run.observe(result, info=info, duration=duration, output=output, force=force)
        else:
            self._send(id_of(run), Given.value(result, self.objective, info, duration, output, force), None)

    def fail(self, run: int | Run | RunRecord, reason: str | None = None, kind: str = "crash") -> None:
        """Records that a run failed."""
        if isinstance(run, Run):
            run.fail(reason, kind)
        else:
            self._send(id_of(run), Given.failure(kind, reason), None)

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
            warn(text_of(error.message))

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
            self._beater.remove(run.id)

    # ---- changing ----

    def release(self, run: int | Run | RunRecord) -> None:
        """Gives a run back to the queue, whoever has it."""
        error = new_error()
        check(lib.lw_assistant_release(self._handle, id_of(run), ffi.NULL, error), error)

    def retry(self, run: int | Run | RunRecord) -> None:
        """Queues another attempt of a run that failed, died or was interrupted."""
        error = new_error()
        check(lib.lw_assistant_retry(self._handle, id_of(run), error), error)

    def remove(self, run: int | Run | RunRecord) -> None:
        """Removes a run; its id is not used again."""
        error = new_error()
        check(lib.lw_assistant_remove(self._handle, id_of(run), error), error)

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

    def _held(self, space: str | None) -> int:
        """How many runs somebody works on, or is about to take."""
        error = new_error()
        n = ffi.new("int64_t *")
        check(lib.lw_assistant_held(self._handle, optional(space), n, ffi.NULL, error), error)
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

        The objective gets a configuration, and a run if it takes a second argument, or one called run; it returns a
        number or a mapping, smaller being better unless the experiment's goal is maximize. jobs: so many processes, -1
        for one on each processor; 1 is this process, if there is no timeout (the seconds that one run may take) and no
        memory limit. An exception is a failed run, and a warning (catch=False: it ends the loop); if the first five
        runs all fail so, RuntimeError ends the loop. NotFoundError: no run was completed. progress: a line on the
        terminal, none, or a function that is told of each run's end. Others may work on the same experiment in the
        same store.
        """
        from ._minimizing import Loop

        return Loop(self, objective, runs, jobs, space, timeout, catch, progress).run()

    def _with_budget(self, runs: int) -> Experiment:
        """The same experiment with another budget, on the same open store."""
        other = self._on_the_same_store(self._opening._replace(runs=runs))
        if other._described["spaces"] != self._described["spaces"]:
            other.close()
            raise ConflictError(f"the experiment {self.name!r} has got another space since it was opened here: open it "
                                "again to go on with that")
        return other

    def _with_space(self, space: SearchSpace) -> Experiment:
        """The same experiment with another search space, a new version of it, on the same open store."""
        try:
            document = json.loads(self.text)
        except ValueError:
            raise ValueError(f"{self.name!r} was made from a file, in which its space must be changed") from None
        document.pop("constraints", None)
        document.update(space._document)
        return self._on_the_same_store(self._opening._replace(
            text=bytes_of(document).decode("utf-8", "surrogateescape"),
            originals={"default": space._originals} if space._originals else {}))


def list_optimizers() -> list[dict[str, Any]]:
    """All optimizers: name, summary, source, options."""
    error = new_error()
    found: list[dict[str, Any]] = read(lib.core_optimizers(error), error)
    return found
