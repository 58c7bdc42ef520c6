"""Define-by-run: an objective asks a trial for its parameters, as with Optuna.

    def objective(trial):
        kernel = trial.suggest_categorical("kernel", ["rbf", "poly"])
        degree = trial.suggest_int("degree", 2, 5) if kernel == "poly" else None
        return error_of(kernel, degree, trial.suggest_float("C", 1e-3, 1e3, log=True))

    study = create_study(study_name="svm", storage="sqlite:labwatch.db")
    study.optimize(objective, n_trials=50)

The search space is found by running the objective. What a trial asks for and the space does not have is at its default
in the first trial that asks, drawn at random in others that have begun meanwhile, and searched from the next one on, as
a new version of the space. A parameter that is asked for only where another one has certain values gets that condition.
Where a range is narrower than what was proposed, a value within it is drawn. A run's configuration is what it ran with.

Programs for Optuna mostly run with ``import labwatch.study as optuna``; what is not there says what to use instead.
Trials are never pruned: there is no early stopping yet, so `should_prune` always says no.
"""
from __future__ import annotations

import contextlib
import json
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._experiments import Experiment
from ._growing_experiment import GrowingExperiment
from ._optuna_words import check_sampler_and_pruner, goal_of, missing, number_of, parameters_of, store_of
from ._parameters import Parameter
from ._patience import patiently, record
from ._reconfiguring import reconfigure
from ._records import RunRecord
from ._results import Given
from ._runs import Run, describe
from ._spaces import SearchSpace
from ._study_loop import Loop, Wishes
from ._trials import FrozenTrial, Trial, TrialPruned, TrialState
from ._trials_table import COLUMNS, table
from ._warnings import warn
from .errors import ConflictError, Exhausted, InvalidError, NotFoundError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["FrozenTrial", "Study", "Trial", "TrialPruned", "TrialState", "create_study", "delete_study", "load_study"]

_MISSING: Any = object()
_Waiting = Callable[[], Any]


class Study:
    """An experiment whose space is found by running its objective. Made by `create_study` and `load_study`.

    Safe in threads; several processes may work on one in the same store. A store that goes away is waited for.
    """

    def __init__(self, experiment: Experiment, optimizer: type | None = None) -> None:
        """optimizer: one that is written in Python, without which the experiment cannot be opened again."""
        self._growing = GrowingExperiment(experiment, optimizer)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        #: Threads of `optimize` that are about to begin a trial.
        self._taking = 0
        #: Trials that were begun here and have not ended, by the ids of their runs.
        self._open: dict[int, Trial] = {}
        #: Values and attributes of trials to come.
        self._enqueued: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._stopped = False
        self._thread = threading.local()

    # ---- running ----

    def optimize(self, func: Callable[[Trial], Any], n_trials: int | None = None, timeout: float | None = None,
                 n_jobs: int = 1, catch: type[Exception] | Iterable[type[Exception]] = (),
                 callbacks: Iterable[Callable[[Study, FrozenTrial], None]] | None = None,
                 gc_after_trial: bool = False, show_progress_bar: bool = False) -> None:
        """Runs the objective n_trials times, or until timeout (s), `stop`, Ctrl-C or the end of the space.

        n_jobs: that many threads; -1 is one for each processor. An exception of the objective is a failed trial; it
        also ends the optimization, unless it is one of catch. callbacks are called after each trial. gc_after_trial:
        collect garbage then, too. show_progress_bar: a line on the terminal. RuntimeError within an objective.
        """
        loop = Loop(self, Wishes(func, n_trials, timeout, n_jobs, catch, callbacks, gc_after_trial, show_progress_bar))
        self._check_not_working()
        self._stopped = False
        loop.run()

    def stop(self) -> None:
        """Begins no new trial: for callbacks and objectives."""
        self._stopped = True

    def enqueue_trial(self, params: Mapping[str, Any], user_attrs: Mapping[str, Any] | None = None,
                      skip_if_exists: bool = False) -> None:
        """Lets the next trial that this object begins have these values; what else it asks for has its default.

        skip_if_exists: not if a trial has all of these values, whatever became of it.
        """
        with self._lock:
            if not (skip_if_exists and self._has(params)):
                self._enqueued.append((dict(params), dict(user_attrs or {})))

    def ask(self, fixed_distributions: Mapping[str, Any] | None = None) -> Trial:
        """Begins a trial whose end `tell` records. Never waits for other trials: any number may be open.

        Before anything is known of the space, and when it has no more configurations but trials are open which may
        show more of it, the trial draws its values at random. NothingToSuggest if every configuration was tried.
        fixed_distributions: parameters that the trial asks for at once, by name; labwatch's, or Optuna's distributions.
        """
        parameters = parameters_of(fixed_distributions or {})
        trial = self._begin(False)
        for name, parameter in parameters.items():
            trial._suggest(name, parameter)
        return trial

    def tell(self, trial: Trial | int, values: float | Sequence[float] | None = None,
             state: TrialState | None = None, skip_if_finished: bool = False) -> FrozenTrial:
        """Records a trial's value; or that it failed or was pruned. trial: also by its number, if it was begun here.

        Without a value and a state it has failed. ValueError if it has ended, unless skip_if_finished.
        """
        number = trial.number if isinstance(trial, Trial) else trial
        if isinstance(trial, Trial) and trial._study is not self:
            raise ValueError(f"trial {number} was begun by another study object: tell it there what became of it")
        begun = self._open.get(number + 1)
        if begun is None:
            return self._ended_already(number, skip_if_finished)
        ends_as = _state_of(state, values)
        if ends_as is TrialState.COMPLETE:
            self._end(begun, self._result_of(begun, values), is_complete=True)
        elif ends_as is TrialState.PRUNED:
            self._end(begun, Given.interruption("pruned"))
        elif ends_as is TrialState.FAIL:
            self._end(begun, Given.failure("user", "told so"))
        else:
            raise ValueError(f"a trial ends as COMPLETE, PRUNED or FAIL, not as {ends_as.name}")
        return patiently(lambda: self._frozen(self.experiment.run(number + 1)))

    # ---- looking ----

    @property
    def experiment(self) -> Experiment:
        """labwatch's experiment, with the space as it is known now."""
        return self._growing.now

    @property
    def study_name(self) -> str:
        return self.experiment.name

    @property
    def direction(self) -> str:
        """minimize or maximize."""
        return self.experiment.goal

    @property
    def directions(self) -> list[str]:
        """The direction, in a list."""
        return [self.direction]

    @property
    def best_trial(self) -> FrozenTrial:
        """The completed trial with the best value. ValueError if there is none."""
        try:
            found: RunRecord = self.experiment.best()
        except NotFoundError as none:
            raise ValueError("no trials are completed yet") from none
        return self._frozen(found)

    @property
    def best_params(self) -> dict[str, Any]:
        return self.best_trial.params

    @property
    def best_value(self) -> float:
        value = self.best_trial.value
        assert value is not None  # it is completed
        return value

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials, in the order of their numbers."""
        return self.get_trials()

    def get_trials(self, deepcopy: bool = True, states: Iterable[TrialState] | None = None) -> list[FrozenTrial]:
        """All trials, or those in certain states. deepcopy: they are the caller's own, whatever it says."""
        wanted = {state.name for state in (TrialState if states is None else states)}
        return [trial for trial in map(self._frozen, self.experiment.runs()) if trial.state.name in wanted]

    def trials_dataframe(self, attrs: Sequence[str] = COLUMNS) -> DataFrame:
        """All trials as a table. A mapping such as params has a column for each key: params_NAME."""
        return table(self.trials, attrs)

    def __getattr__(self, name: str) -> Any:
        raise missing(self, name)

    def __repr__(self) -> str:
        return f"Study({self.study_name!r}, {self.direction})"

    # ---- beginning trials ----

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        """This thread runs trials in a loop."""
        self._thread.works = True
        try:
            yield
        finally:
            self._thread.works = False

    def _check_not_working(self) -> None:
        if getattr(self._thread, "works", False):
            raise RuntimeError("an objective or a callback cannot call optimize of its own study")

    def _begin(self, in_loop: bool, waiting: _Waiting = contextlib.nullcontext) -> Trial:
        """A new trial. in_loop: `optimize` ends it, so others of `optimize` may wait for what it shows of the space."""
        with self._lock:
            fixed, user_attrs = self._enqueued.pop(0) if self._enqueued else ({}, {})
            config = {name: value for name, value in fixed.items() if name in self._growing.names} if fixed else None
        is_drawn = False
        while True:
            with self._lock:
                experiment, space = self.experiment, self._growing.space
                self._taking += in_loop
            trial = None
            try:
                run = _take(experiment, config, in_loop, waiting)
                trial = Trial(self, run, space, fixed, user_attrs, is_drawn, in_loop)
                return trial
            except Exhausted:
                pass
            finally:
                self._taken(trial, in_loop)
            if not self._has_grown(experiment, in_loop, waiting):
                config, is_drawn = {}, True

    def _taken(self, trial: Trial | None, in_loop: bool) -> None:
        with self._lock:
            self._taking -= in_loop
            if trial is not None:
                self._open[trial.run.id] = trial
            self._changed.notify_all()

    def _has_grown(self, experiment: Experiment, in_loop: bool, waiting: _Waiting) -> bool:
        """Whether the space is another one than that of the experiment, which has no more configurations.

        `optimize` waits for trials of its own, which may show more. Exhausted if nothing can be expected.
        """
        with self._lock:
            while in_loop and self.experiment is experiment and self._others_work():
                with waiting():
                    self._changed.wait()
            if self.experiment is not experiment or patiently(self._growing.catch_up, waiting):
                return True
            if self._growing.names and (in_loop or not self._open):
                raise Exhausted(f"every configuration of the study {self.study_name!r} was tried")
            return False

    def _others_work(self) -> bool:
        return self._taking > 0 or any(trial._in_loop for trial in self._open.values())

    def _has(self, params: Mapping[str, Any]) -> bool:
        known = [values for values, _ in self._enqueued]
        known += [{**trial._fixed, **trial.params} for trial in self._open.values()]
        known += [trial.params for trial in self.trials if trial.number + 1 not in self._open]
        return any(all(name in values and values[name] == value for name, value in params.items()) for values in known)

    # ---- what trials ask for ----

    def _value(self, trial: Trial, name: str, parameter: Parameter) -> Any:
        """What a trial has for a parameter; the space learns of it."""
        with self._lock:
            is_new = name not in self._growing.found
            self._growing.found.ask(name, parameter)
            if name in trial._fixed:
                return SearchSpace({"x": parameter}).read({"x": trial._fixed[name]})["x"]
            had = _look_up(trial.run.config, name)
            if had is _MISSING and name in trial._space:
                self._growing.found.is_asked_everywhere(name)
            if trial._is_drawn:
                return trial._draw(name, parameter)
            if had is _MISSING:  # the first one that asks has the default; others need not try it again
                return self._growing.found.default(name) if is_new or trial._fixed else trial._draw(name, parameter)
            return had if _is_within(parameter, had) else trial._draw(name, parameter)

    def _reach(self, name: str, value: Any) -> None:
        """A trial has this value for a parameter, of which there was no other in its place."""
        with self._lock:
            if name in self._growing.found:
                self._growing.found.reach(name, value)

    # ---- ending trials ----

    def _result_of(self, trial: Trial, values: Any) -> Given:
        """A trial's end with a value, which is what an objective returned. TypeError or ValueError if it is none."""
        result: dict[str, Any] = {self.experiment.objective or "result": number_of(values),
                                  "asked": [[name, asked] for name, asked in trial.params.items()]}
        if trial.user_attrs:
            result["user_attrs"] = trial.user_attrs
        return trial.run._given(result)

    def _end(self, trial: Trial, given: Given, waiting: _Waiting = contextlib.nullcontext,
             is_complete: bool = False) -> None:
        """Records what became of a trial, under the values that it had."""
        try:
            with self._lock:
                if is_complete:
                    self._growing.found.add(trial.params)
                self._settle(trial, given if is_complete else None, waiting)
            record(trial.run, given, waiting)
        except Exception as error:
            if not trial.run.ended:
                record(trial.run, Given.failure("user", describe(error)), waiting)
            raise
        finally:
            self._close(trial)

    def _close(self, trial: Trial) -> None:
        with self._lock:
            self._open.pop(trial.run.id, None)
            self._changed.notify_all()

    def _settle(self, trial: Trial, result: Given | None, waiting: _Waiting) -> None:
        """Lets the store have the space, and the run the values, of which the trial is. result: if it completed."""
        try:
            patiently(self._growing.grow, waiting)
            patiently(lambda: self._reconfigure(trial), waiting)
        except (ConflictError, NotFoundError):
            pass  # somebody else has the run by now, or has removed it
        except InvalidError:
            if result is not None:
                raise
            # It ended before it had told all: what it told is no configuration.
        except BaseException as error:
            if result is not None and not isinstance(error, Exception) and self._has_its_config(trial):
                trial.run._spool(result)
            raise

    def _reconfigure(self, trial: Trial) -> None:
        if not self._has_its_config(trial):
            searched = {name: value for name, value in trial.params.items() if name in self._growing.names}
            reconfigure(self.experiment, trial.run, searched)

    def _has_its_config(self, trial: Trial) -> bool:
        return all(_look_up(trial.run.config, name) == value
                   for name, value in trial.params.items() if name in self._growing.names)

    def _ended_already(self, number: int, skip: bool) -> FrozenTrial:
        try:
            frozen = patiently(lambda: self._frozen(self.experiment.run(number + 1)))
        except NotFoundError:
            raise ValueError(f"the study {self.study_name!r} has no trial {number}") from None
        if not frozen.state.is_finished():
            raise ValueError(f"trial {number} was not begun by this object: whoever asked for it tells what became "
                             f"of it, or study.experiment.observe({number + 1}, value)")
        if not skip:
            raise ValueError(f"trial {number} has ended already, as {frozen.state.name}")
        return frozen

    def _frozen(self, found: RunRecord) -> FrozenTrial:
        asked = (found.results or {}).get("asked") or [[name, _MISSING] for name in self._growing.found]
        params = {name: _look_up(found.config, name, value) for name, value in asked}
        return FrozenTrial(found, {name: value for name, value in params.items() if value is not _MISSING})


def create_study(*, storage: str | None = None, sampler: None = None, pruner: None = None,
                 study_name: str | None = None, direction: Any = None, load_if_exists: bool = False,
                 directions: Sequence[Any] | None = None, optimizer: Any = None, seed: int | None = None) -> Study:
    """A new study. ValueError if the storage has one of that name, unless load_if_exists.

    storage: a store's URL, as for Experiment; None is in memory. direction: minimize or maximize; directions: a list
    with one of them. optimizer: as for Experiment, in place of a sampler; sampler and pruner are None. A study that is
    loaded keeps its direction and seed.
    """
    check_sampler_and_pruner(sampler, pruner)
    store, goal = store_of(storage), goal_of(direction, directions)
    written_here = optimizer if isinstance(optimizer, type) else None
    name = study_name or f"study-{uuid.uuid4().hex[:12]}"
    try:
        study = load_study(study_name=name, storage=store, optimizer=optimizer)
    except NotFoundError:
        return Study(Experiment(name, SearchSpace({}), optimizer=optimizer, store=store, goal=goal, objective="value",
                                seed=seed), written_here)
    if load_if_exists:
        if (direction or directions) and study.direction != goal:
            warn(f"the study {name!r} is to {study.direction}, and stays so", UserWarning)
        return study
    raise ValueError(f"there is an experiment {name!r} already: load it with load_if_exists=True, or take another name")


def load_study(*, study_name: str, storage: str | None, sampler: None = None, pruner: None = None,
               optimizer: Any = None) -> Study:
    """A study that the storage has. NotFoundError if it has none of that name.

    optimizer: this one from now on; without it the study keeps its own.
    """
    check_sampler_and_pruner(sampler, pruner)
    store = store_of(storage)
    if isinstance(optimizer, type):  # it is not in the store: whoever opens the study brings it
        return Study(Experiment(study_name, store=store, optimizer=optimizer), optimizer)
    experiment = Experiment(study_name, store=store)
    return Study(experiment if optimizer is None else _with_optimizer(experiment, optimizer))


def delete_study(*, study_name: str, storage: str) -> None:
    """Removes a study with all its trials. NotFoundError if the storage has none of that name."""
    Experiment(study_name, store=store_of(storage)).remove_all()


def _with_optimizer(experiment: Experiment, optimizer: Any) -> Experiment:
    """The same experiment with another optimizer."""
    try:
        settings = json.loads(experiment.text)
    except ValueError:
        raise ValueError(f"{experiment.name!r} was made from a file, in which its optimizer must be changed") from None
    for key in ("experiment", "space", "spaces", "constraints", "cost", "optimizer"):
        settings.pop(key, None)
    with experiment:
        return Experiment(experiment.name, experiment.space(), optimizer=optimizer, store=experiment.store,
                          goal=experiment.goal, objective=experiment.objective, **settings)


def _take(experiment: Experiment, config: dict[str, Any] | None, in_loop: bool, waiting: _Waiting) -> Run:
    """A run. One of a loop has beats, so that it is known to have died if its process does."""
    if config is None and in_loop:
        return patiently(lambda: experiment._take(None, None, waiting), waiting)
    if not in_loop:
        return patiently(lambda: experiment.suggest(config=config), waiting)
    run = patiently(lambda: experiment.suggest(config=config, lease=_TAKEN_S), waiting)
    return patiently(lambda: experiment._take(run.id, None, waiting), waiting)


def _state_of(state: Any, values: Any) -> TrialState:
    """What is meant: also by Optuna's states, which have the same names."""
    if state is None:
        return TrialState.FAIL if values is None else TrialState.COMPLETE
    return TrialState[getattr(state, "name", str(state))]


def _is_within(parameter: Parameter, value: Any) -> bool:
    """Whether a value is in the range, which may be narrower than in other trials."""
    attributes = parameter.attributes
    return "lower" not in attributes or bool(attributes["lower"] <= value <= attributes["upper"])


def _look_up(config: Any, name: str, default: Any = _MISSING) -> Any:
    """The value of a dotted name in a nested configuration."""
    for part in name.split("."):
        if not isinstance(config, dict) or part not in config:
            return default
        config = config[part]
    return config


#: So long a run may lie between its suggestion and its first beat.
_TAKEN_S = 60.0

_ELSEWHERE = {
    "samplers": "an optimizer is given by its name: create_study(optimizer='tpe')",
    "pruners": "trials are not pruned: leave pruner out",
    "logging": "what goes wrong is a warning of Python's: see the module warnings",
    "storages": "a storage is the URL of a store: storage='sqlite:study.db'",
    "visualization": "study.trials_dataframe() is a table of the trials",
    "importance": "study.experiment.model() tells which parameters matter",
    "distributions": "a parameter is labwatch.UniformFloat, UniformInt or Categorical; Optuna's own are taken, too",
}


def __getattr__(name: str) -> Any:
    """Optuna's modules that a program names: what they have is here, or is said otherwise."""
    if name in ("trial", "exceptions"):
        return sys.modules[__name__]
    if name in _ELSEWHERE:
        raise AttributeError(f"labwatch.study has no {name!r}: {_ELSEWHERE[name]}")
    raise AttributeError(f"module 'labwatch.study' has no attribute {name!r}")
