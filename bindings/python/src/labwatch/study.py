"""Define-by-run: an objective asks a trial for its parameters, as with Optuna.

    def objective(trial):
        kernel = trial.suggest_categorical("kernel", ["rbf", "poly"])
        degree = trial.suggest_int("degree", 2, 5) if kernel == "poly" else None
        return error_of(kernel, degree, trial.suggest_float("C", 1e-3, 1e3, log=True))

    study = create_study(study_name="svm", storage="sqlite:labwatch.db")
    study.optimize(objective, n_trials=50)

The search space is found by running the objective. What a trial asks for and the space does not have counts at its
default in this trial, and is searched from the next one on, as a new version of the space. A parameter that is asked
for only where another one has certain values gets that condition.

Trials are never pruned: there is no early stopping yet, so `should_prune` always says no.
"""
from __future__ import annotations

import functools
import os
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._experiments import Experiment
from ._found_space import FoundSpace
from ._parameters import Parameter
from ._records import RunRecord
from ._runs import Run, describe, failure_of, trace_of
from ._spaces import SearchSpace
from ._trials import FrozenTrial, Trial, TrialPruned, TrialState
from .errors import Exhausted, NotFoundError, NothingToSuggest

__all__ = ["FrozenTrial", "Study", "Trial", "TrialPruned", "TrialState", "create_study", "load_study"]

_MISSING: Any = object()
_PAUSE_S = 0.2


class Study:
    """An experiment whose space is found by running its objective. Made by `create_study` and `load_study`.

    Safe in threads; several processes may work on one in the same store.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._found = FoundSpace.of(experiment.space())
        self._lock = threading.RLock()
        self._ended = threading.Condition(self._lock)
        self._taking = 0
        self._open = 0
        self._enqueued: list[dict[str, Any]] = []
        self._stopped = False
        self._space = experiment.space()
        if self._found.space() != self._space:
            raise ValueError(f"{experiment.name!r} is no study: its space has constants or constraints")
        self._learn(experiment)

    # ---- running ----

    def optimize(self, func: Callable[[Trial], float], n_trials: int | None = None, timeout: float | None = None,
                 n_jobs: int = 1, catch: type[Exception] | tuple[type[Exception], ...] = (),
                 callbacks: Iterable[Callable[[Study, FrozenTrial], None]] = ()) -> None:
        """Runs the objective n_trials times, or until timeout (s), `stop`, Ctrl-C or the end of the space.

        n_jobs: that many threads; -1 is one for each processor. An exception of the objective is a failed trial; it
        also ends the optimization, unless it is one of catch. callbacks are called after each trial.
        """
        loop = _Loop(self, func, n_trials, timeout, catch if isinstance(catch, tuple) else (catch,), tuple(callbacks))
        self._stopped = False
        loop.run(n_jobs if n_jobs > 0 else os.cpu_count() or 1)

    def stop(self) -> None:
        """Begins no new trial: for callbacks and objectives."""
        self._stopped = True

    def enqueue_trial(self, params: Mapping[str, Any]) -> None:
        """Lets the next trial that this object begins have these values."""
        with self._lock:
            self._enqueued.append(dict(params))

    def ask(self) -> Trial:
        """Begins a trial whose end `tell` records. NothingToSuggest if the space has no more."""
        return self._begin(lambda experiment, config: experiment.suggest(config=config))

    def tell(self, trial: Trial, value: float | None = None, state: TrialState = TrialState.COMPLETE) -> FrozenTrial:
        """Records a trial's value; or that it failed or was pruned."""
        if state is TrialState.COMPLETE:
            self._complete(trial, value)
        elif state is TrialState.PRUNED:
            self._end(trial, lambda run: run.interrupt("pruned"))
        elif state is TrialState.FAIL:
            self._end(trial, lambda run: run.fail("told so", "user"))
        else:
            raise ValueError(f"a trial ends as COMPLETE, PRUNED or FAIL, not as {state.name}")
        return self._frozen(self._experiment.run(trial.id))

    # ---- looking ----

    @property
    def experiment(self) -> Experiment:
        """labwatch's experiment, with the space as it is known now."""
        return self._experiment

    @property
    def study_name(self) -> str:
        return self._experiment.name

    @property
    def direction(self) -> str:
        """minimize or maximize."""
        return self._experiment.goal

    @property
    def best_trial(self) -> FrozenTrial:
        """The completed trial with the best value. ValueError if there is none."""
        try:
            record: RunRecord = self._experiment.best()
        except NotFoundError as none:
            raise ValueError("no trials are completed yet") from none
        return self._frozen(record)

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

    def get_trials(self, states: Iterable[TrialState] | None = None) -> list[FrozenTrial]:
        """All trials, or those in certain states."""
        wanted = set(TrialState if states is None else states)
        return [trial for trial in map(self._frozen, self._experiment.runs()) if trial.state in wanted]

    def __repr__(self) -> str:
        return f"Study({self.study_name!r}, {self.direction})"

    # ---- trials ----

    def _begin(self, take: Callable[[Experiment, dict[str, Any] | None], Run]) -> Trial:
        with self._lock:
            fixed = self._enqueued.pop(0) if self._enqueued else {}
            known = {name: value for name, value in fixed.items() if name in self._found}
        return Trial(self, self._take(take, known if fixed else None), fixed)

    def _take(self, take: Callable[[Experiment, dict[str, Any] | None], Run], config: dict[str, Any] | None) -> Run:
        """A run. If the space has no more, it may still grow by a trial that is under way."""
        while True:
            with self._lock:
                experiment = self._experiment
                self._taking += 1
            run = None
            try:
                run = take(experiment, config)
                return run
            except Exhausted:
                pass
            finally:
                with self._lock:
                    self._taking -= 1
                    self._open += run is not None
                    self._ended.notify_all()
            with self._lock:
                while self._experiment is experiment and self._open + self._taking:
                    self._ended.wait()
                if self._experiment is experiment and not self._catch_up():
                    if len(self._found):
                        raise Exhausted(f"every configuration of the study {self.study_name!r} was tried")
                    config = {}  # another process has the only one that is known so far: look for more beside it

    def _value(self, trial: Trial, name: str, parameter: Parameter) -> Any:
        """What a trial has for a parameter; the space learns of it."""
        with self._lock:
            is_new = name not in self._found
            self._found.ask(name, parameter)
            value = _look_up(trial.run.config, name)
            if value is _MISSING and not is_new:
                self._found.is_asked_everywhere(name)
            if name in trial._fixed:
                return SearchSpace({"x": parameter}).read({"x": trial._fixed[name]})["x"]
            return self._found.default(name) if value is _MISSING else value

    def _complete(self, trial: Trial, value: float | None) -> None:
        result: dict[str, Any] = {self._experiment.objective or "result": _number(value),
                                  "asked": [[name, asked] for name, asked in trial.params.items()]}
        if trial.user_attrs:
            result["user_attrs"] = trial.user_attrs
        with self._lock:
            self._found.add(trial.params)
            self._grow()
            self._end(trial, lambda _: self._record(trial, result))

    def _record(self, trial: Trial, result: dict[str, Any]) -> None:
        """Records a result under the configuration that it is of."""
        searched = {name: value for name, value in trial.params.items() if name in self._found}
        had = {name: _look_up(trial.run.config, name, self._found.default(name)) for name in searched}
        if had == searched:
            trial.run.observe(result)
        else:
            trial.id = self._experiment.observe_config(searched, result)
            trial.run.interrupt(f"it ran with other values, as run {trial.id}")

    def _grow(self) -> None:
        """Makes what is known of the space a new version, if it is another one than before."""
        if self._found.space() != self._space:
            self._include_stored()
            self._use(self._found.space())

    def _catch_up(self) -> bool:
        """Takes in what others have found of the space. Whether that makes it another one."""
        self._include_stored()
        space = self._found.space()
        if space == self._space:
            return False
        self._use(space)
        return True

    def _include_stored(self) -> None:
        if self._experiment.store != "memory:":
            with Experiment(self.study_name, store=self._experiment.store) as stored:
                self._found.include(FoundSpace.of(stored.space()))
                self._learn(stored)

    def _use(self, space: SearchSpace) -> None:
        self._space = space
        self._experiment = self._experiment._with_space(space)

    def _end(self, trial: Trial, record: Callable[[Run], None]) -> None:
        try:
            record(trial.run)
        finally:
            self._one_less()

    def _one_less(self) -> None:
        with self._lock:
            self._open -= 1
            self._ended.notify_all()

    def _frozen(self, record: RunRecord) -> FrozenTrial:
        asked = (record.results or {}).get("asked") or [[name, _MISSING] for name in self._found]
        params = {name: _look_up(record.config, name, value) for name, value in asked}
        return FrozenTrial(record, {name: value for name, value in params.items() if value is not _MISSING})

    def _learn(self, experiment: Experiment) -> None:
        """Learns from completed trials which parameters go together."""
        for record in experiment.runs("status = COMPLETED"):
            self._found.add(dict((record.results or {}).get("asked", [])))


class _Loop:
    """One call of Study.optimize."""

    def __init__(self, study: Study, func: Callable[[Trial], float], n_trials: int | None, timeout: float | None,
                 catch: tuple[type[Exception], ...],
                 callbacks: tuple[Callable[[Study, FrozenTrial], None], ...]) -> None:
        self._study = study
        self._func = func
        self._left = n_trials
        self._ends_s = None if timeout is None else time.monotonic() + timeout
        self._catch = catch
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._errors: list[BaseException] = []

    def run(self, n_jobs: int) -> None:
        if n_jobs == 1:
            self._work()
            return
        done = [threading.Event() for _ in range(n_jobs)]  # Thread.join, interrupted, may take a thread for ended
        for i, ended in enumerate(done):
            threading.Thread(target=self._work_and_tell, args=(ended,), name=f"labwatch trial {i}").start()
        try:
            for ended in done:
                while not ended.wait(_PAUSE_S):
                    pass  # a signal that another thread got does not end a wait
        except BaseException:
            self._study.stop()
            for ended in done:
                ended.wait()
            raise
        if self._errors:
            raise self._errors[0]

    def _work_and_tell(self, ended: threading.Event) -> None:
        try:
            self._work()
        except BaseException as error:
            self._errors.append(error)
            self._study.stop()
        finally:
            ended.set()

    def _work(self) -> None:
        while self._goes_on():
            try:
                trial = self._study._begin(_take)
            except NothingToSuggest as nothing:
                warnings.warn(f"the optimization ends early: {nothing}", RuntimeWarning, stacklevel=4)
                return
            self._one(trial)
            if self._callbacks:
                frozen = self._study._frozen(self._study.experiment.run(trial.id))
                for callback in self._callbacks:
                    callback(self._study, frozen)

    def _goes_on(self) -> bool:
        is_late = self._ends_s is not None and time.monotonic() > self._ends_s
        with self._lock:
            if self._study._stopped or self._left == 0 or is_late:
                return False
            if self._left is not None:
                self._left -= 1
            return True

    def _one(self, trial: Trial) -> None:
        try:
            value = self._func(trial)
        except TrialPruned:
            self._study._end(trial, lambda run: run.interrupt("pruned"))
        except BaseException as error:
            self._study._end(trial, functools.partial(_record_exception, error))
            if not isinstance(error, self._catch):
                raise
        else:
            self._tell(trial, value)

    def _tell(self, trial: Trial, value: Any) -> None:
        try:
            _number(value)
        except ValueError as error:
            told = str(error)
            self._study._end(trial, lambda run: run.fail(told, "user"))
            warnings.warn(f"trial {trial.number} failed: {told}", RuntimeWarning, stacklevel=5)
        else:
            self._study._complete(trial, value)


def create_study(*, study_name: str | None = None, storage: str = "memory:", direction: str = "minimize",
                 optimizer: Any = None, seed: int | None = None, load_if_exists: bool = False) -> Study:
    """A new study. ValueError if the storage has one of that name, unless load_if_exists.

    storage: a store's URL, as for Experiment. direction: minimize or maximize. optimizer: as for Experiment, in place
    of Optuna's sampler.
    """
    name = study_name or f"study-{uuid.uuid4().hex[:12]}"
    try:
        study = load_study(study_name=name, storage=storage)
    except NotFoundError:
        return Study(Experiment(name, SearchSpace({}), optimizer=optimizer, store=storage, goal=direction,
                                objective="value", seed=seed))
    if load_if_exists:
        return study
    raise ValueError(f"there is an experiment {name!r} already: load it with load_if_exists=True, or take another name")


def load_study(*, study_name: str, storage: str) -> Study:
    """A study that the storage has. NotFoundError if it has none of that name."""
    return Study(Experiment(study_name, store=storage))


def _take(experiment: Experiment, config: dict[str, Any] | None) -> Run:
    return experiment.take() if config is None else experiment.suggest(config=config)


def _record_exception(error: BaseException, run: Run) -> None:
    if isinstance(error, Exception):
        run.fail(describe(error), failure_of(error), output=trace_of(error))
    else:
        run.interrupt(type(error).__name__)


def _number(value: Any) -> float:
    """What an objective returned, as a number."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"the objective returned {value!r}, which is no number") from None


def _look_up(config: Any, name: str, default: Any = _MISSING) -> Any:
    """The value of a dotted name in a nested configuration."""
    for part in name.split("."):
        if not isinstance(config, dict) or part not in config:
            return default
        config = config[part]
    return config
