"""labwatch finds good hyperparameters for any program.

    import labwatch

    space = labwatch.SearchSpace({"x": labwatch.UniformFloat(-5, 5), "method": labwatch.Categorical(["a", "b"])})
    with labwatch.Experiment("parabola", space, store="sqlite:labwatch.db", runs=30) as experiment:
        best = experiment.minimize(lambda config: config["x"] ** 2)
"""
from __future__ import annotations

from typing import Any

from . import errors
from ._experiments import Experiment, list_optimizers
from ._library import lib as _lib
from ._library import text_of as _text_of
from ._optimizing import History, Request, Suggestion
from ._parameters import Categorical, Constant, Gaussian, Ordinal, Parameter, UniformFloat, UniformInt, UniformNumber
from ._records import RunRecord
from ._runs import Run
from ._spaces import SearchSpace
from ._stores import list_experiments
from .errors import (
    BudgetReached,
    ConflictError,
    Error,
    Exhausted,
    ForkedError,
    InterruptedRunError,
    InvalidError,
    IOFailedError,
    NotFoundError,
    NothingToSuggest,
    NumericError,
    ParseError,
    Paused,
    StoreError,
    UnavailableError,
    UnsatisfiableError,
    UnsupportedError,
)

_ADAPTERS = ("assistant", "configspace", "convert", "hyperparameters", "optimizers", "searchspace", "sklearn", "study")


def __getattr__(name: str) -> Any:
    """Adapters to other packages are imported when they are used."""
    if name in _ADAPTERS:
        import importlib

        return importlib.import_module(f"labwatch.{name}")
    raise AttributeError(f"module 'labwatch' has no attribute {name!r}")


__version__: str = _text_of(_lib.lw_version())

__all__ = [
    "BudgetReached",
    "Categorical",
    "ConflictError",
    "Constant",
    "Error",
    "Exhausted",
    "Experiment",
    "ForkedError",
    "Gaussian",
    "History",
    "IOFailedError",
    "InterruptedRunError",
    "InvalidError",
    "NotFoundError",
    "NothingToSuggest",
    "NumericError",
    "Ordinal",
    "Parameter",
    "ParseError",
    "Paused",
    "Request",
    "Run",
    "RunRecord",
    "SearchSpace",
    "StoreError",
    "Suggestion",
    "UnavailableError",
    "UniformFloat",
    "UniformInt",
    "UniformNumber",
    "UnsatisfiableError",
    "UnsupportedError",
    "errors",
    "list_experiments",
    "list_optimizers",
]
