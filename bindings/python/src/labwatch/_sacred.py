"""The observer that lets Sacred's runs be labwatch's."""
from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

from sacred.observers import RunObserver
from sacred.observers.mongo import force_valid_bson_key
from sacred.utils import convert_to_nested_dict

from ._mongo_addresses import collections_of
from ._optimizing import Request
from ._patience import given_of, patiently, record
from ._results import Given
from ._runs import Run
from ._stores import public
from ._values import plain
from .errors import ConflictError, NotFoundError, UnavailableError
from .searchspace import _plain_name

if TYPE_CHECKING:
    from .assistant import LabAssistant


#: The objective in a result that is a mapping.
TARGET = "optimization_target"

_log = logging.getLogger("labwatch")

_LARGEST = 2**63  # of the whole numbers that a document has


def writable(value: Any) -> Any:
    """What a document can hold of anything; the rest as text."""
    if isinstance(value, Mapping):
        return {force_valid_bson_key(key): writable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [writable(item) for item in value]
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    try:
        return writable(plain(value))
    except TypeError:
        return str(value)


class LabwatchObserver(RunObserver):
    """Records a run of Sacred in the run of labwatch that was taken for it; other runs by a MongoObserver."""

    priority = 30

    def __init__(self, assistant: LabAssistant, plain: Any = None) -> None:
        self._assistant = assistant
        self._run: Run | None = None
        self._info: dict[str, Any] = {}
        self._output = ""
        #: Sacred's own observer of the same collection, for runs without a search space.
        self.plain = plain
        self._now_plain: Any = None

    def _experiment(self) -> Any:
        return self._assistant.experiment

    def queued_event(self, ex_info: Any, command: Any, host_info: Any, queue_time: Any, config: Any, meta_info: Any,
                     _id: Any) -> Any:
        run = self._taken(meta_info)
        if run is None:
            return self._plain_observer().queued_event(ex_info, command, host_info, queue_time, config, meta_info, _id)
        self._annotate(run, ex_info, command, host_info, config, meta_info)
        patiently(run.release)
        return run.id

    def started_event(self, ex_info: Any, command: Any, host_info: Any, start_time: Any, config: Any, meta_info: Any,
                      _id: Any) -> Any:
        run = self._taken(meta_info)
        self._now_plain = self._plain_observer() if run is None else None
        self._assistant._renew(self)
        if run is None:
            return self._now_plain.started_event(ex_info, command, host_info, start_time, config, meta_info, _id)
        self._annotate(run, ex_info, command, host_info, config, meta_info)
        self._run = run
        return run.id

    def _taken(self, meta_info: Mapping[str, Any]) -> Run | None:
        return self._assistant._started(meta_info.get("named_configs") or ())

    def _annotate(self, run: Run, ex_info: Any, command: Any, host_info: Any, config: Any, meta_info: Any) -> None:
        """What Sacred knows of a run. If it cannot be kept, the run is given back."""
        info = {key: value for key, value in ex_info.items() if key not in ("name", "sources")}
        meta = {**meta_info, "config_updates": convert_to_nested_dict(meta_info.get("config_updates") or {})}
        meta.pop("queue_time", None)  # labwatch writes it, as a date
        annotation = {"experiment": writable(info), "host": writable(host_info), "meta": writable(meta),
                      "config": writable({**_without_seed(config), "seed": config.get("seed", run.seed)}),
                      "command": str(command)}
        try:
            patiently(lambda: self._experiment()._annotate(run.id, annotation))
            for name, _ in ex_info.get("sources", []):
                path = os.path.join(ex_info.get("base_dir", ""), name)
                if os.path.isfile(path):
                    self._keep_file(run, path, name, source=True)
        except BaseException:
            run.release()
            raise

    def _keep_file(self, run: Run, path: str, name: str, source: bool) -> None:
        patiently(lambda: self._experiment()._file_put(run.id, path, name, source))

    def _plain_observer(self) -> Any:
        """Sacred's own, made anew: a MongoObserver observes one run."""
        assistant = self._assistant
        if self.plain is not None:
            found = self.plain
            self.plain = type(found).create_from(found.runs, found.fs, metrics_collection=found.metrics,
                                                 failure_dir=found.failure_dir, priority=found.priority)
            return found
        store = assistant._store_url()
        if not store.startswith(("mongodb", "@")):
            _log.warning("This run has no search space and is not kept: %s keeps suggested runs alone", public(store))
            return RunObserver()
        from gridfs import GridFS
        from pymongo import MongoClient
        from sacred.observers import MongoObserver

        address, database, runs, metrics, files = collections_of(store)
        place: Any = MongoClient(address)[database]
        return MongoObserver.create_from(place[runs], GridFS(place, files), metrics_collection=place[metrics])

    def heartbeat_event(self, info: Any, captured_out: str, beat_time: Any, result: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.heartbeat_event(info, captured_out, beat_time, result)
        elif self._run is not None and not self._run.ended:
            self._info = {key: writable(value) for key, value in info.items() if key != "metrics"}
            self._output = captured_out
            with contextlib.suppress(UnavailableError, ConflictError):  # its end is recorded with all of it
                self._run.beat(captured_out)

    def completed_event(self, stop_time: Any, result: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.completed_event(stop_time, result)
        elif self._run is not None:
            record(self._run, self._given(self._run, result))

    def _given(self, run: Run, result: Any) -> Given:
        value = writable(result) if isinstance(result, Mapping) else result
        target = _number(result.get(TARGET) if isinstance(result, Mapping) else result)
        if target is not None:
            return given_of(run, {**value, TARGET: target} if isinstance(result, Mapping) else target,
                            self._info or None, self._output)
        wrong = (f"the result is a {type(result).__name__}: labwatch needs a number, or a dictionary with {TARGET}, "
                 "a number")
        _log.warning(wrong)
        return Given.failure("user", wrong, self._output)

    def interrupted_event(self, interrupt_time: Any, status: str) -> None:
        if self._now_plain is not None:
            self._now_plain.interrupted_event(interrupt_time, status)
        elif self._run is not None and status == "INTERRUPTED":
            record(self._run, Given.interruption("interrupted"))
        elif self._run is not None:
            kind = "timeout" if status == "TIMEOUT" else "user"
            record(self._run, Given.failure(kind, f"ended with the status {status}", self._output))

    def failed_event(self, fail_time: Any, fail_trace: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.failed_event(fail_time, fail_trace)
        elif self._run is not None:
            run, trace = self._run, {"fail_trace": [str(line) for line in fail_trace]}
            lines = "".join(fail_trace).strip().splitlines()
            with contextlib.suppress(ConflictError, NotFoundError):
                patiently(lambda: self._experiment()._annotate(run.id, trace))
            record(run, Given.failure("crash", lines[-1] if lines else None, self._output))

    def resource_event(self, filename: str) -> None:
        if self._now_plain is not None:
            self._now_plain.resource_event(filename)
        elif self._run is not None:
            self._keep_file(self._run, filename, os.path.abspath(filename), source=True)

    def artifact_event(self, name: str, filename: str, metadata: Any = None, content_type: Any = None) -> None:
        if self._now_plain is not None:
            self._now_plain.artifact_event(name, filename, metadata, content_type)
        elif self._run is not None:
            self._keep_file(self._run, filename, name, source=False)

    def log_metrics(self, metrics_by_name: Any, info: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.log_metrics(metrics_by_name, info)
        elif self._run is not None:
            for name, points in metrics_by_name.items():
                self._log(self._run, name, points)

    def _log(self, run: Run, name: str, points: Mapping[str, Any]) -> None:
        steps, values = [int(step) for step in points["steps"]], [float(value) for value in points["values"]]
        patiently(lambda: self._experiment()._log(run.id, name, steps, values))

    def join(self) -> None:
        if self._now_plain is not None:
            self._now_plain.join()


def _number(value: Any) -> float | None:
    """A result's number, which may be numpy's, or a tensor with one element; None if it is none."""
    if hasattr(value, "item"):
        try:
            value = value.item()
        except (TypeError, ValueError, RuntimeError):
            return None
    try:
        return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None
    except OverflowError:
        return None


def _without_seed(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "seed"}


def adapted(optimizer: Any, spaces: Mapping[str, Any]) -> Any:
    """An optimizer with Labwatch's methods as one of labwatch's, made anew for each suggestion and told of all runs."""
    by_digest = {space.space.digest: space for space in spaces.values()}

    class Adapted:
        name = optimizer.__name__.lower()

        def __init__(self, space: Any, seed: int) -> None:
            self._space = by_digest[space.digest]

        def suggest_configuration(self, request: Request) -> dict[str, Any]:
            made = optimizer(self._space)
            done = list(request.history.completed())
            if done:
                made.update([self._space._by_name(one["config"]) for one in done], [one["cost"] for one in done], done)
            values = made.suggest_configuration()
            if values is None:
                return request.sample()
            return {_plain_name(name): value for name, value in values.items()}

    Adapted.__doc__ = optimizer.__doc__
    Adapted.__name__ = optimizer.__name__
    return Adapted
