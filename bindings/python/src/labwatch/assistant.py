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
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._experiments import Experiment
from ._mongo_addresses import names_store, same_runs, store_of, store_of_database, store_of_observer
from ._named_spaces import NamedSpace
from ._runs import Run
from ._sacred import TARGET, LabwatchObserver, adapted
from ._starts import GIVEN_LEASE_S, Start
from .errors import ConflictError, NotFoundError
from .searchspace import SearchSpace, build_search_space


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
        self._adapted: dict[tuple[Any, ...], Any] = {}
        self.always_inject_observer = always_inject_observer
        self.spaces: dict[str, SearchSpace] = {}
        self.current_search_space_name: str | None = None
        self._optimizer = optimizer
        self._store: str | None = None
        self._opened: Experiment | None = None
        self._held: list[Start] = []  # what get_suggestion gave
        self._next: Start | None = None  # what Sacred begins with next
        self._observer = LabwatchObserver(self)
        experiment.option_hook(self._hear_options)
        if database_name is not None or names_store(url):
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
        self.ex._add_named_config(name, NamedSpace(self, name))
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
        observers = self._mongo_observers()
        if not observers:
            raise RuntimeError("no database: give the LabAssistant a database_name, the experiment a MongoObserver, "
                               "or use -m")
        chosen = max(observers, key=lambda observer: observer.priority)
        store = store_of_observer(chosen)
        self._replace(chosen)
        return store

    def _mongo_observers(self) -> list[Any]:
        return [one for one in self.ex.observers if hasattr(one, "runs") and hasattr(one, "fs")]

    def _replace(self, observer: Any) -> None:
        """The run is recorded once: in the same place, by the assistant's observer."""
        self.ex.observers.remove(observer)
        self._observer.plain = observer

    def set_database(self, database: Any, url: str | None = None) -> None:
        """Goes on with another database: its name, or pymongo's Database."""
        name = database if isinstance(database, str) else database.name
        if url is None and isinstance(database, str) and not _has_databases(self.url):
            raise ValueError(f"{self.url} has no databases: give the url of a MongoDB server, too")
        if url is None and not isinstance(database, str):
            store = store_of_database(database, self.prefix)
        else:
            store = store_of(self.url if url is None else url, name, self.prefix)
        self._close()
        self._observer.plain = None
        self.url = self.url if url is None else url
        self.db_name = name
        self._store = store

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
        key = (optimizer, *sorted(space.space.digest for space in self.spaces.values()))
        if key not in self._adapted:  # the library keeps what it was given
            self._adapted[key] = adapted(optimizer, self.spaces)
        return self._adapted[key]

    # ---- suggestions ----

    def get_suggestion(self) -> dict[str, Any]:
        """A suggested configuration. `run_config` runs it; if nobody does, the next worker gets it."""
        start = self._suggested()
        self._held.append(start)
        return start.space.fill(start.run.config)

    def _suggested(self) -> Start:
        """A queued run, or one that is suggested."""
        space, name = self._space(), self.current_search_space_name
        return Start(space, self.experiment.take(space=name))

    def _begun(self, config: Mapping[str, Any]) -> Start:
        """A run for a configuration: what get_suggestion gave if it is that, or a new one."""
        space = self._space()
        values = space.space.read(space.values(config), fill=True)
        for i, start in enumerate(self._held):
            if start.space is space and start.values == values:
                return self._held.pop(i)
        return self._made(space, values)

    def _made(self, space: SearchSpace, values: Mapping[str, Any]) -> Start:
        """A new run for a configuration."""
        name = self.current_search_space_name
        made = self.experiment.suggest(space=name, config=values, lease=GIVEN_LEASE_S)
        return Start(space, self.experiment.take(int(made.id), space=name), is_own=True)

    def _give_back(self) -> None:
        """What was suggested and not run goes to the next worker."""
        self._drop_next()
        held, self._held = self._held, []
        for start in held:
            _let_go(start)

    def _drop_next(self) -> None:
        """What Sacred was to begin with, and has not."""
        start, self._next = self._next, None
        if start is not None:
            _let_go(start)

    def _started(self, named_configs: Sequence[str]) -> Run | None:
        """The run of labwatch that stands behind the one that Sacred begins with now; None: it is no suggestion."""
        spaces = [name for name in named_configs if name in self.spaces]
        if len(spaces) > 1:
            self._drop_next()
            raise ValueError(f"a run has one search space, not {' and '.join(spaces)}")
        start = self._next
        if start is None or (start.named is not None and start.named not in named_configs):
            return None
        self._next = None
        return start.run

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
        return self._run(self._suggested(), {}, command)

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
        return self._run(self._begun(config), config, command)

    def _run(self, start: Start, config: Mapping[str, Any], command: str | None) -> Any:
        """Lets Sacred run a configuration for the run that was taken for it."""
        self._drop_next()
        self._next = start
        try:
            self._inject()
            updates = {"seed": start.run.seed, **start.completed({**start.given(), **config})}
            return self.ex.run(command, config_updates=updates) if command else self.ex.run(config_updates=updates)
        finally:
            if self._next is start:
                self._drop_next()

    def enqueue_suggestion(self, command: str = "main") -> int:
        """Queues a suggestion for whoever works next; its id."""
        return self.experiment.enqueue(space=self.current_search_space_name)

    def run_from_queue(self, wait_time_in_s: float = 600, sleep_time: float = 5) -> Any:
        """Runs a queued run, waiting for one so long; None if there was none."""
        until = time.monotonic() + wait_time_in_s
        while True:
            run = self._take_queued()
            if run is not None:
                return self._run(Start(self._space(), run), {}, None)
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
        self._close()
        self._store, self._observer.plain = _named_by(given)
        options["--mongo_db"] = None
        self._inject()

    def _renew(self, observer: LabwatchObserver) -> None:
        """An observer has one run: the next one, which may be within it, gets another."""
        self._observer = LabwatchObserver(self, observer.plain)
        self.ex.observers[:] = [self._observer if one is observer else one for one in self.ex.observers]

    def _inject(self) -> None:
        store = self._store_url()
        if self._observer not in self.ex.observers:
            self.ex.observers.append(self._observer)
        for observer in self._mongo_observers():
            with contextlib.suppress(ValueError):  # what has no address is not in the assistant's place
                if same_runs(store_of_observer(observer), store):
                    self._replace(observer)


def _let_go(start: Start) -> None:
    try:
        start.give_back()
    except Exception as error:
        logging.getLogger("labwatch").warning("The run %s was suggested and not begun, and cannot be given back: %s",
                                              start.run.id, error)


def _named_by(option: str) -> tuple[str, Any]:
    """What the option -m names: the store, and Sacred's observer for it. It may be an address, with login and TLS."""
    if "://" in option or option.startswith("@"):
        return store_of(option, None), None
    from sacred.observers.mongo import MongoObserver, parse_mongo_db_arg

    observer = MongoObserver(**parse_mongo_db_arg(option))
    return store_of_observer(observer), observer


def _has_databases(url: str) -> bool:
    return not url.startswith(("sqlite:", "memory:", "@"))
