"""A search for scikit-learn. Needs scikit-learn 1.3 or newer: ``pip install "./bindings/python[sklearn]"``.

    space = {"C": UniformFloat(1e-3, 1e3, log_scale=True), "kernel": ["rbf", "poly"]}
    search = LabwatchSearchCV(SVC(), space, n_iter=30)
    search.fit(X, y).best_params_
"""
from __future__ import annotations

import json
import numbers
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import check_random_state

from ._experiments import Experiment
from ._parameters import Categorical, Ordinal, Parameter, UniformFloat, UniformInt
from ._patience import patiently, record
from ._results import Given
from ._runs import Run, describe
from ._spaces import SearchSpace
from ._stopping import interrupt
from ._values import plain
from ._warnings import warn
from .errors import NotFoundError, NothingToSuggest

_IN_MEMORY = "memory:"


class LabwatchSearchCV(BaseSearchCV):
    """Searches hyperparameters by cross-validation, as RandomizedSearchCV does, with suggestions that learn.

    estimator: as everywhere in scikit-learn. space: a SearchSpace, or a mapping of the estimator's parameters
    (``svc__C``; nested mappings mean the same) to labwatch's parameters, lists of choices, or scipy's uniform,
    loguniform and randint; anything else is a constant. n_iter: how many configurations are tried. optimizer: as for
    Experiment. n_jobs: that many configurations are under way at once; each suggestion knows of the others.

    store and name: where the runs are kept, and under which name; without them they are forgotten after `fit`. Runs
    that are kept there already teach from the beginning, and others may fit at the same time; each `fit` adds n_iter.
    random_state seeds the first fit; those that follow go on with its seed. A store that goes away is waited for.

    scoring, refit, cv, verbose, pre_dispatch, random_state, error_score, return_train_score and what `fit` leaves in
    best_params_, best_score_, best_estimator_, cv_results_, … are those of RandomizedSearchCV. With several metrics
    the one that `refit` names is maximised; the first one if it names none.
    """

    def __init__(
        self,
        estimator: Any,
        space: Any,
        *,
        n_iter: int = 10,
        optimizer: Any = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[..., int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        store: str = _IN_MEMORY,
        name: str | None = None,
    ) -> None:
        self.space = space
        self.n_iter = n_iter
        self.optimizer = optimizer
        self.random_state = random_state
        self.store = store
        self.name = name
        super().__init__(estimator=estimator, scoring=scoring, n_jobs=n_jobs, refit=refit, cv=cv, verbose=verbose,
                         pre_dispatch=pre_dispatch, error_score=error_score, return_train_score=return_train_score)

    def fit(self, X: Any, y: Any = None, **params: Any) -> LabwatchSearchCV:  # noqa: N803 (scikit-learn's name)
        """Tries n_iter configurations, and fits the estimator with the best one on everything."""
        if not isinstance(self.n_iter, numbers.Integral) or self.n_iter < 1:
            raise ValueError(f"n_iter is a number of configurations, from 1, not {self.n_iter!r}")
        if self.store != _IN_MEMORY and self.name is None:
            raise ValueError("runs that are kept need a name: one that means this data and this estimator")
        self._failed: list[tuple[int, dict[str, Any]]] = []
        try:
            super().fit(X, y, **params)
            _add_failed(self, self._failed)
        finally:
            del self._failed
        return self

    def _run_search(self, evaluate_candidates: Callable[[list[dict[str, Any]]], dict[str, Any]]) -> None:
        space = _Space(self.space)
        budget: dict[str, Any] = {"runs": int(self.n_iter)} if self.store == _IN_MEMORY else {}
        name = self.name or type(self.estimator).__name__
        seed = None if self.random_state is None else int(check_random_state(self.random_state).randint(2**31 - 1))
        if seed is not None and _is_there(name, self.store):
            seed = None
        with Experiment(name, space.space, optimizer=self.optimizer, store=self.store, goal="maximize",
                        objective="score", seed=seed, **budget) as experiment:
            self._search(experiment, space, evaluate_candidates)

    def _search(self, experiment: Experiment, space: _Space, evaluate: Callable[..., dict[str, Any]]) -> None:
        done = 0
        nothing_fits: BaseException | None = None
        while done < self.n_iter:
            runs = _take(experiment, min(effective_n_jobs(self.n_jobs), self.n_iter - done))
            if not runs:
                break
            candidates = [space.params(run.config) for run in runs]
            try:
                results = _evaluate(runs, candidates, evaluate)
            except _NothingFitsError as error:
                nothing_fits = error.told
                self._failed += [(done + i, params) for i, params in enumerate(candidates)]
            else:
                for i, run in enumerate(runs):
                    record(run, run._given(_result(results, len(results["params"]) - len(runs) + i, self.refit)))
            done += len(runs)
        if nothing_fits is not None and len(self._failed) == done:
            raise nothing_fits
        if done == 0:
            raise ValueError(f"every configuration of the space was tried before: {experiment.name!r} in {self.store}")
        if done < self.n_iter:
            warnings.warn(f"the space has no more than {done} configurations: n_iter={self.n_iter} is not reached",
                          UserWarning, stacklevel=2)


class _NothingFitsError(Exception):
    def __init__(self, told: BaseException) -> None:
        super().__init__(str(told))
        self.told = told


def _is_there(name: str, store: str) -> bool:
    """Whether the store has the experiment: its seed then counts."""
    if store == _IN_MEMORY:
        return False
    try:
        Experiment(name, store=store, read_only=True).close()
    except NotFoundError:
        return False
    return True


def _take(experiment: Experiment, n: int) -> list[Run]:
    """Up to n runs, each suggested with those before pending."""
    runs: list[Run] = []
    try:
        while len(runs) < n:
            runs.append(patiently(experiment.take))
    except NothingToSuggest:
        pass
    except BaseException:
        for run in runs:
            run.release()
        raise
    return runs


def _evaluate(runs: list[Run], candidates: list[dict[str, Any]],
              evaluate: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The results of all candidates so far. Where it raises, the runs are recorded as what they came to."""
    try:
        return evaluate(candidates)
    except BaseException as error:
        nothing_fits = isinstance(error, ValueError) and str(error).lstrip().startswith("All the ")  # … fits failed
        for run in runs:
            if nothing_fits:
                record(run, Given.failure("crash", str(error).rstrip().splitlines()[-1]))
            elif isinstance(error, Exception):
                record(run, Given.failure("crash", describe(error)))
            else:
                interrupt([run], error)
        if nothing_fits:
            warn(str(error), FitFailedWarning)
            raise _NothingFitsError(error) from error
        raise


def _result(results: dict[str, Any], row: int, refit: Any) -> dict[str, float]:
    """What the store keeps of a candidate: the score, and what else was measured."""
    means = {name[len("mean_test_"):]: float(column[row]) for name, column in results.items()
             if name.startswith("mean_test_")}
    metric = refit if isinstance(refit, str) and refit in means else next(iter(means))
    spread = {"std": float(results[f"std_test_{metric}"][row]), "fit_time": float(results["mean_fit_time"][row])}
    others = {name: value for name, value in means.items() if name not in (metric, "score", *spread)}
    return {"score": means[metric], **spread, **others}


class _Space:
    """A search space, and the way from its configurations to an estimator's parameters."""

    def __init__(self, given: Any) -> None:
        #: Choices that no document can hold, such as estimators, by parameter and text.
        self._objects: dict[str, dict[str, Any]] = {}
        if isinstance(given, SearchSpace):
            self.space = given
        elif isinstance(given, Mapping):
            self.space = SearchSpace({name: self._parameter(str(name), value) for name, value in given.items()})
        else:
            raise TypeError(f"a search space is a SearchSpace or a mapping of parameters, not a {type(given).__name__}")
        self._names = set(self.space)

    def _parameter(self, name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._parameter(f"{name}.{key}", item) for key, item in value.items()}
        if hasattr(value, "rvs"):
            return _of_scipy(name, value)
        if isinstance(value, (list, tuple, np.ndarray)):
            value = Categorical(list(value))
        if isinstance(value, (Categorical, Ordinal)) and not all(_is_document(c) for c in value.attributes["choices"]):
            return self._named(name, value)
        return value if isinstance(value, Parameter) or _is_document(value) else self._named(name, Categorical([value]))

    def _named(self, name: str, parameter: Parameter) -> Parameter:
        """The parameter with texts in place of its choices."""
        def text(choice: Any) -> str:
            return choice if isinstance(choice, str) else repr(choice)

        attributes = dict(parameter.attributes)
        choices = attributes.pop("choices")
        self._objects[name] = {text(choice): choice for choice in choices}
        if len(self._objects[name]) < len(choices):
            raise ValueError(f"two choices of {name} look the same: give each a name, and set it in the estimator")
        if "default" in attributes:
            attributes["default"] = text(attributes["default"])
        return type(parameter)(choices=list(self._objects[name]), **attributes)

    def params(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """An estimator's parameters: nested names are joined by two underscores."""
        return {name.replace(".", "__"): value for name, value in self._leaves(config, "")}

    def _leaves(self, config: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        for key, value in config.items():
            name = prefix + key
            if isinstance(value, dict) and any(other.startswith(name + ".") for other in self._names):
                found += self._leaves(value, name + ".")
            else:
                objects = self._objects.get(name)
                found.append((name, objects[value] if objects else value))
        return found


def _is_document(value: Any) -> bool:
    try:
        json.dumps(value, default=plain, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _of_scipy(name: str, frozen: Any) -> Parameter:
    """The parameter that one of scipy's distributions means."""
    known = getattr(getattr(frozen, "dist", None), "name", type(frozen).__name__)
    if known not in ("uniform", "loguniform", "reciprocal", "randint"):
        raise ValueError(f"the distribution {known!r} of {name} is none of uniform, loguniform and randint: "
                         "use labwatch.Gaussian or another of labwatch's parameters")
    lower, upper = frozen.support()
    if known == "randint":
        return UniformInt(int(lower), int(upper))
    return UniformFloat(float(lower), float(upper), log_scale=known != "uniform")


def _add_failed(search: Any, failed: list[tuple[int, dict[str, Any]]]) -> None:
    """Puts candidates of which no fit succeeded into cv_results_, at their places, with the error score."""
    if not failed:
        return
    results = search.cv_results_
    n = len(results["params"])
    places = np.array([i - k for k, (i, _) in enumerate(failed)])  # where they belong among the others
    search.cv_results_ = {name: _column(name, column, places, [p for _, p in failed], search.error_score)
                          for name, column in results.items()}
    for name, column in search.cv_results_.items():
        if name.startswith("rank_"):
            column[:] = _ranks(search.cv_results_["mean_" + name[len("rank_"):]])
    if hasattr(search, "best_index_"):
        kept = np.setdiff1d(np.arange(n + len(failed)), [i for i, _ in failed])
        search.best_index_ = int(kept[search.best_index_])


def _column(name: str, column: Any, places: Any, params: list[dict[str, Any]], error_score: Any) -> Any:
    if name == "params":
        out = list(column)
        for k, place in enumerate(places):
            out.insert(place + k, params[k])
        return out
    if name.startswith("param_"):
        values = [p.get(name[len("param_"):], np.ma.masked) for p in params]
        whole = np.ma.MaskedArray(np.empty(len(column) + len(values), dtype=object), mask=True)
        at = np.array([place + k for k, place in enumerate(places)])
        rest = np.setdiff1d(np.arange(len(whole)), at)
        for i, value in zip([*rest, *at], [*column, *values]):
            whole[i] = value
        return whole
    if name.startswith("rank_"):
        return np.insert(column, places, 0)
    if name.endswith(("_fit_time", "_score_time")):
        return np.insert(column, places, np.nan)
    return np.insert(column, places, error_score - error_score if name.startswith("std_") else error_score)


def _ranks(means: Any) -> Any:
    """1 for the best; the same for equal ones; what is no number last."""
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    filled = np.where(np.isnan(means), np.nanmin(means) - 1, means)
    return np.array([1 + np.count_nonzero(filled > mean) for mean in filled], dtype=np.int32)
