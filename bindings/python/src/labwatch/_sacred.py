"""The observer that lets Sacred's runs be labwatch's."""
from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from numbers import Number
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlencode, urlsplit, urlunsplit

from sacred.observers import RunObserver

from ._optimizing import Request
from ._runs import Run
from ._values import plain
from .searchspace import _plain_name

if TYPE_CHECKING:
    from .assistant import LabAssistant


#: Options in a store's URL that are labwatch's, not the server's.
_OWN_OPTIONS = ("collectionPrefix", "runsCollection", "metricsCollection", "gridfsPrefix")


def writable(value: Any) -> Any:
    """What a document can hold of anything; the rest as text."""
    if isinstance(value, Mapping):
        return {str(key): writable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [writable(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
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

    def __init__(self, assistant: LabAssistant) -> None:
        self._assistant = assistant
        self._run: Run | None = None
        self._info: dict[str, Any] = {}
        self._output = ""
        #: Sacred's own observer of the same collection, for runs without a search space.
        self.plain: Any = None
        self._now_plain: Any = None

    def _experiment(self) -> Any:
        return self._assistant.experiment

    def queued_event(self, *arguments: Any, **named: Any) -> Any:
        return self._plain_observer().queued_event(*arguments, **named)

    def started_event(self, ex_info: Any, command: Any, host_info: Any, start_time: Any, config: Any, meta_info: Any,
                      _id: Any) -> Any:
        self._run = self._assistant._held_run(config) if self._assistant.spaces else None
        self._info, self._output, self._now_plain = {}, "", None
        if self._run is None:
            self._now_plain = self._plain_observer()
            return self._now_plain.started_event(ex_info, command, host_info, start_time, config, meta_info, _id)
        info = {key: value for key, value in ex_info.items() if key not in ("name", "sources")}
        self._experiment()._annotate(self._run.id, {
            "experiment": writable(info), "host": writable(host_info), "meta": writable(meta_info),
            "config": writable({**_without_seed(config), "seed": config.get("seed", self._run.seed)}),
            "command": str(command)})
        for name, _ in ex_info.get("sources", []):
            path = os.path.join(ex_info.get("base_dir", ""), name)
            if os.path.isfile(path):
                self._experiment()._file_put(self._run.id, path, name, True)
        return self._run.id

    def _plain_observer(self) -> Any:
        """Sacred's own, made anew: a MongoObserver observes one run."""
        assistant = self._assistant
        if self.plain is not None:
            found = self.plain
            self.plain = type(found).create_from(found.runs, found.fs, metrics_collection=found.metrics,
                                                 failure_dir=found.failure_dir, priority=found.priority)
            return found
        store = assistant._store_url()
        if not store.startswith("mongodb"):
            return RunObserver()  # a file has no place for runs that are not labwatch's
        from sacred.observers import MongoObserver

        scheme, place, path, query, _ = urlsplit(store)
        options = [(key, value) for key, value in parse_qsl(query) if key not in _OWN_OPTIONS]
        return MongoObserver(url=urlunsplit((scheme, place, "/", urlencode(options), "")),
                             db_name=unquote_plus(path[1:]),
                             collection=dict(parse_qsl(query)).get("runsCollection", "runs"))

    def heartbeat_event(self, info: Any, captured_out: str, beat_time: Any, result: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.heartbeat_event(info, captured_out, beat_time, result)
        elif self._run is not None and not self._run.ended:
            self._info = {key: writable(value) for key, value in info.items() if key != "metrics"}
            self._output = captured_out
            self._run.beat(captured_out)

    def completed_event(self, stop_time: Any, result: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.completed_event(stop_time, result)
        elif self._run is not None:
            self._complete(self._run, result)

    def _complete(self, run: Run, result: Any) -> None:
        value = plain(result) if hasattr(result, "item") else result
        target = value.get("optimization_target") if isinstance(value, Mapping) else value
        if (isinstance(target, Number) and not isinstance(target, (bool, complex))) or hasattr(target, "item"):
            run.observe(value, info=self._info or None, output=self._output)
            return
        wrong = (f"the result is a {type(result).__name__}: labwatch needs a number, or a dictionary with "
                 "optimization_target, a number")
        run.fail(wrong, "user", output=self._output)
        logging.getLogger("labwatch").warning(wrong)

    def interrupted_event(self, interrupt_time: Any, status: str) -> None:
        if self._now_plain is not None:
            self._now_plain.interrupted_event(interrupt_time, status)
        elif self._run is not None and status == "INTERRUPTED":
            self._run.interrupt("interrupted")
        elif self._run is not None:
            self._run.fail(f"ended with the status {status}", "timeout" if status == "TIMEOUT" else "user",
                           output=self._output)

    def failed_event(self, fail_time: Any, fail_trace: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.failed_event(fail_time, fail_trace)
        elif self._run is not None:
            self._experiment()._annotate(self._run.id, {"fail_trace": [str(line) for line in fail_trace]})
            lines = "".join(fail_trace).strip().splitlines()
            self._run.fail(lines[-1] if lines else None, "crash", output=self._output)

    def resource_event(self, filename: str) -> None:
        if self._now_plain is not None:
            self._now_plain.resource_event(filename)
        elif self._run is not None:
            self._experiment()._file_put(self._run.id, filename, os.path.abspath(filename), True)

    def artifact_event(self, name: str, filename: str, metadata: Any = None, content_type: Any = None) -> None:
        if self._now_plain is not None:
            self._now_plain.artifact_event(name, filename, metadata, content_type)
        elif self._run is not None:
            self._run.artifact(filename, name)

    def log_metrics(self, metrics_by_name: Any, info: Any) -> None:
        if self._now_plain is not None:
            self._now_plain.log_metrics(metrics_by_name, info)
        elif self._run is not None:
            for name, points in metrics_by_name.items():
                steps, values = [int(step) for step in points["steps"]], [float(value) for value in points["values"]]
                self._experiment()._log(self._run.id, name, steps, values)

    def join(self) -> None:
        if self._now_plain is not None:
            self._now_plain.join()


def _without_seed(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "seed"}


def mongo_url(observer: Any) -> str:
    """The store that a MongoObserver writes to."""
    database = observer.runs.database
    client = database.client
    options = client.options
    credentials = getattr(options, "_ClientOptions__credentials", None) or getattr(options, "_credentials", None)
    user = f"{quote_plus(credentials.username)}:{quote_plus(credentials.password)}@" if credentials else ""
    source = f"authSource={quote_plus(credentials.source)}" if credentials else ""
    hosts = ",".join(f"{host}:{port}" for host, port in (client.nodes or [client.address]))
    query = [source] if source else []
    if options.replica_set_name:
        query.append(f"replicaSet={quote_plus(options.replica_set_name)}")
    if observer.runs.name != "runs":
        query.append(f"runsCollection={quote_plus(observer.runs.name)}")
    if observer.metrics is not None and observer.metrics.name != "metrics":
        query.append(f"metricsCollection={quote_plus(observer.metrics.name)}")
    return f"mongodb://{user}{hosts}/{quote_plus(database.name)}" + ("?" + "&".join(query) if query else "")


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
    return Adapted
