"""Labwatch on Sacred: an assistant that suggests the configurations of a Sacred experiment, and keeps their runs.

    ex = Experiment("branin")
    assistant = LabAssistant(ex, "branin", optimizer=RandomSearch)

    @assistant.search_space
    def search_space():
        x = (UniformFloat(-5, 10), UniformFloat(0, 15))

    @ex.automain
    def branin(x): ...

`python branin.py with search_space` runs a suggestion, as does ``ex.run(named_configs=["search_space"])`` or
``assistant.run_suggestion()``. The run lies in Sacred's collections, with what Sacred knows of it; the `labwatch`
command sees it, and its runs teach this assistant.
"""
from __future__ import annotations

import atexit
import contextlib
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit, urlunsplit

from ._experiments import Experiment
from ._runs import Run
from ._sacred import LabwatchObserver, mongo_url
from .errors import ConflictError, NotFoundError
from .searchspace import SearchSpace, build_search_space

#: The objective in a result that is a mapping.
TARGET = "optimization_target"


class LabAssistant:
    """Suggests configurations for a Sacred experiment.

    experiment: Sacred's. database_name: the MongoDB database with its runs; without one, that of a MongoObserver of the
    experiment, or of the option -m. url: a host, a mongodb:// address, or another store of labwatch (sqlite:FILE).
    optimizer: one of labwatch.optimizers, the name of one of labwatch's, a mapping with options, or a class with
    Labwatch's methods; the default one if it is not given. prefix: the collection of runs. always_inject_observer: keep
    runs without a search space, too.
    """

    def __init__(self, experiment: Any, database_name: str | None = None, url: str = "localhost", optimizer: Any = None,
                 prefix: str = "runs", always_inject_observer: bool = False) -> None:
        self.ex = experiment
        self.db_name = database_name
        self.url = url
        self.prefix = prefix
        self.always_inject_observer = always_inject_observer
        self.spaces: dict[str, SearchSpace] = {}
        self.current_search_space_name: str | None = None
        self._optimizer = optimizer
        self._store: str | None = None
        self._opened: Experiment | None = None
        self._held: list[tuple[Run, dict[str, Any]]] = []
        self._observer = LabwatchObserver(self)
        experiment.option_hook(self._hear_options)
        if database_name is not None or "://" in url or url.startswith("sqlite:") or url == "memory:":
            self._store = store_of(url, database_name, prefix)
            if always_inject_observer:
                self._inject()

    @property
    def optimizer(self) -> Any:
        """Which optimizer suggests; it may be changed at any time, as each learns from all runs."""
        return self._optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Any) -> None:
        self._close()
        self._optimizer = optimizer

    # ---- spaces ----

    def search_space(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Decorator: the function's local variables describe a search space, which is a named config of its name."""
        name = function.__name__
        self.spaces[name] = build_search_space(function)
        self.ex._add_named_config(name, _SpaceConfig(self, name))
        if self.current_search_space_name is None:
            self.current_search_space_name = name
        self._close()  # it is opened anew with all spaces
        return function

    searchspace = search_space

    @property
    def current_search_space(self) -> SearchSpace | None:
        return self.spaces.get(self.current_search_space_name or "")

    def _space(self) -> SearchSpace:
        space = self.current_search_space
        if space is None:
            raise ValueError("the assistant has no search space: decorate a function with @assistant.search_space")
        return space

    # ---- the store ----

    @property
    def experiment(self) -> Experiment:
        """The experiment in the store, with everything that labwatch can do with it."""
        if self._opened is None:
            self._space()
            name = self.ex.get_experiment_info()["name"]
            spaces = {key: space.space for key, space in self.spaces.items()}
            self._opened = Experiment(name, spaces=spaces, optimizer=self._chosen_optimizer(), store=self._store_url(),
                                      objective=TARGET)
            atexit.unregister(self._give_back)
            atexit.register(self._give_back)  # before the experiment is closed: what is registered last comes first
        return self._opened

    def _store_url(self) -> str:
        if self._store is None:
            self._store = self._store_of_observers()
        return self._store

    def _store_of_observers(self) -> str:
        observers = [one for one in self.ex.observers if hasattr(one, "runs") and hasattr(one, "fs")]
        if not observers:
            raise RuntimeError("no database: give the LabAssistant a database_name, the experiment a MongoObserver, "
                               "or use -m")
        chosen = max(observers, key=lambda observer: observer.priority)
        self.ex.observers.remove(chosen)  # the run is recorded once: in the same place, by the assistant's observer
        self._observer.plain = chosen
        return mongo_url(chosen)

    def set_database(self, database: Any, url: str | None = None) -> None:
        """Goes on with another database: its name, or pymongo's Database."""
        self._close()
        self.db_name = database if isinstance(database, str) else database.name
        if url is not None:
            self.url = url
        elif not isinstance(database, str):
            host, port = database.client.address
            self.url = f"mongodb://{host}:{port}"
        self._store = store_of(self.url, self.db_name, self.prefix)

    def _close(self) -> None:
        if self._opened is not None:
            self._give_back()
            self._opened.close()
            self._opened = None

    def _chosen_optimizer(self) -> Any:
        optimizer: Any = self._optimizer
        if not isinstance(optimizer, type):
            return optimizer
        name = getattr(optimizer, "labwatch_name", "")
        options = getattr(optimizer, "labwatch_options", {})
        if name:
            return {"name": name, **options} if options else name
        from ._sacred import adapted

        return adapted(optimizer, self.spaces)

    # ---- suggestions ----

    def get_suggestion(self) -> dict[str, Any]:
        """A suggested configuration. `run_config` runs it; if nobody does, the next worker gets it."""
        return self._hold(lambda: self.experiment.take(space=self.current_search_space_name))

    def _hold(self, take: Callable[[], Run]) -> dict[str, Any]:
        """Takes a run, and keeps it until Sacred begins with it."""
        run = take()
        config = self._space().fill(run.config)
        self._held.append((run, config))
        return config

    def _held_run(self, config: Mapping[str, Any]) -> Run | None:
        """The run that was taken for a configuration that Sacred begins with now."""
        for i, (run, held) in enumerate(self._held):
            active = {key: value for key, value in held.items() if value is not None}
            if all(key in config and _equal(config[key], value) for key, value in active.items()):
                del self._held[i]
                return run
        return None

    def _give_back(self) -> None:
        """What was suggested and not run goes to the next worker."""
        held, self._held = self._held, []
        for run, _ in held:
            with contextlib.suppress(Exception):
                run.release()

    def get_current_best(self, return_job_info: bool = False) -> Any:
        """The best configuration and its result (None, None if there is none), and the run's document if wanted."""
        best = self.experiment.best(1)
        if not best:
            return (None, None, None) if return_job_info else (None, None)
        space = self.spaces[best[0].space] if best[0].space in self.spaces else self._space()
        found = (space.fill(best[0].config), best[0].result)
        return (*found, best[0].document) if return_job_info else found

    def update_optimizer(self) -> None:
        """Looks for runs that died. Every suggestion reads all results that the store has."""
        self.experiment.recover()

    # ---- running ----

    def run_suggestion(self, command: str | None = None) -> Any:
        """Runs a suggestion; Sacred's run."""
        return self.run_config(self.get_suggestion(), command)

    def run_random(self, command: str | None = None) -> Any:
        """Runs a configuration that is drawn at random."""
        space = self._space()
        return self.run_config(space.fill(space.sample()), command)

    def run_default(self, command: str | None = None) -> Any:
        """Runs the default configuration."""
        space = self._space()
        return self.run_config(space.fill(space.default()), command)

    def run_config(self, config: Mapping[str, Any], command: str | None = None) -> Any:
        """Runs a configuration. What of the search space it does not have is at its default."""
        if config is None:
            raise RuntimeError("None is no configuration")
        if not any(_equal(config, held) for _, held in self._held):
            values = self._space().values(config)
            space = self.current_search_space_name
            self._hold(lambda: self.experiment._assign(space=space, config=values, worker=True))
        return self._run(dict(config), command)

    def _run(self, config: dict[str, Any], command: str | None, seed: int | None = None) -> Any:
        self._inject()
        updates = {key: value for key, value in config.items() if value is not None}
        run = next((run for run, held in self._held if _equal(held, config)), None)
        if run is not None:
            updates.setdefault("seed", run.seed)
        return self.ex.run(command, config_updates=updates) if command else self.ex.run(config_updates=updates)

    def enqueue_suggestion(self, command: str = "main") -> int:
        """Queues a suggestion for whoever works next; its id."""
        return self.experiment.enqueue(space=self.current_search_space_name)

    def run_from_queue(self, wait_time_in_s: float = 600, sleep_time: float = 5) -> Any:
        """Runs a queued run, waiting for one so long; None if there was none."""
        until = time.monotonic() + wait_time_in_s
        while True:
            run = self._take_queued()
            if run is not None:
                return self._run(self._hold(lambda taken=run: taken), None)  # type: ignore[misc]
            if time.monotonic() >= until:
                return None
            time.sleep(min(sleep_time, max(0.0, until - time.monotonic())))

    def _take_queued(self) -> Run | None:
        for record in self.experiment._open_runs(self.current_search_space_name):
            if record.status != "QUEUED":
                continue
            with contextlib.suppress(ConflictError, NotFoundError):
                return self.experiment.take(int(record.id))
        return None

    # ---- Sacred's side ----

    def _hear_options(self, options: dict[str, Any]) -> None:
        """The option -m names the database; the run is then recorded by the assistant's observer, once."""
        given = options.get("--mongo_db")
        if not given:
            if self.always_inject_observer and self._store is not None:
                self._inject()
            return
        from sacred.observers.mongo import MongoObserver, parse_mongo_db_arg

        observer = MongoObserver(**parse_mongo_db_arg(given))
        self._close()
        self._store = mongo_url(observer)
        self._observer.plain = observer
        options["--mongo_db"] = None
        self._inject()

    def _inject(self) -> None:
        self._store_url()
        if self._observer not in self.ex.observers:
            self.ex.observers.append(self._observer)


class _SpaceConfig:
    """A named config whose values are suggested when it is asked for."""

    def __init__(self, assistant: LabAssistant, name: str) -> None:
        self._assistant = assistant
        self._name = name
        self.__doc__ = "a search space: its values are suggested"

    def __call__(self, fixed: Any = None, preset: Any = None, fallback: Any = None) -> dict[str, Any]:
        assistant = self._assistant
        assistant.current_search_space_name = self._name
        space = assistant.spaces[self._name]
        assistant._give_back()
        config = assistant.get_suggestion()
        given = {key: value for key, value in (fixed or {}).items() if key in config}
        if given and any(not _equal(config[key], value) for key, value in given.items()):
            config = self._with_given(space, {**config, **given})
        run = assistant._held[-1][0]
        assistant._inject()
        values = {key: value for key, value in config.items() if value is not None}
        return {**(preset or {}), "seed": run.seed, **values, **(fixed or {})}

    def _with_given(self, space: SearchSpace, config: dict[str, Any]) -> dict[str, Any]:
        """Values from the command line stand: another run is made for the configuration that has them."""
        assistant = self._assistant
        suggested, _ = assistant._held.pop()
        experiment = assistant.experiment
        values = space.values(config)
        experiment.remove(suggested.id)
        experiment._forget(suggested)
        assistant._hold(lambda: experiment._assign(space=self._name, config=values, worker=True))
        return config


def _equal(a: Any, b: Any) -> bool:
    """Whether two configurations are the same; Sacred makes its own kinds of lists and mappings of them."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b))
    return bool(a == b)


def store_of(url: str, database: str | None, collection: str) -> str:
    """A store's URL from a host or address, a database and a collection of runs."""
    if url.startswith(("sqlite:", "memory:")):
        return url
    address = url if "://" in url else f"mongodb://{url}"
    scheme, place, path, query, _ = urlsplit(address)
    name = database or path.strip("/")
    if not name:
        raise ValueError("which database? Give the LabAssistant a database_name")
    options = [query] if query else []
    if collection != "runs":
        options.append(f"runsCollection={quote_plus(collection)}")
    return urlunsplit((scheme, place, "/" + quote_plus(name), "&".join(options), ""))
