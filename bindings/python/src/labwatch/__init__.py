"""labwatch finds good hyperparameters for any program.

    import labwatch

    space = labwatch.SearchSpace({"x": labwatch.UniformFloat(-5, 5), "method": labwatch.Categorical(["a", "b"])})
    with labwatch.Experiment("parabola", space, store="sqlite:labwatch.db", runs=30) as experiment:
        best = experiment.minimize(lambda config: config["x"] ** 2)
"""
from __future__ import annotations

from . import errors
from ._library import lib as _lib
from ._library import text_of as _text_of
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
from ._experiments import Experiment, list_experiments, list_optimizers
from ._parameters import (
    Categorical,
    Constant,
    Gaussian,
    Ordinal,
    Parameter,
    UniformFloat,
    UniformInt,
    UniformNumber,
)
from ._runs import Run, RunRecord
from ._spaces import SearchSpace

__version__: str = _text_of(_lib.lw_version())
