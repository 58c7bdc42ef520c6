"""What programs for Optuna say, in labwatch's words; or the sentence that tells what to say instead."""
from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from ._parameters import Categorical, Parameter, UniformFloat, UniformInt

_RANGES: dict[str, type[UniformFloat | UniformInt]] = {"FloatDistribution": UniformFloat, "IntDistribution": UniformInt}

#: Members of Optuna's objects that have no place here.
INSTEAD = {
    "add_trial": "study.experiment.observe_config(params, value) records a result from elsewhere",
    "add_trials": "python -m labwatch.convert brings whole studies",
    "best_trials": "a study has one objective: use best_trial",
    "pruner": "trials are not pruned",
    "sampler": "study.experiment.optimizer names the optimizer",
    "set_user_attr": "a trial keeps attributes (trial.set_user_attr), a study has none",
    "suggest_discrete_uniform": "use suggest_float(name, low, high, step=q)",
    "suggest_loguniform": "use suggest_float(name, low, high, log=True)",
    "suggest_uniform": "use suggest_float(name, low, high)",
    "user_attrs": "a trial keeps attributes (trial.set_user_attr), a study has none",
}


def missing(owner: object, name: str) -> AttributeError:
    """Why an object has no such attribute."""
    told = f"{type(owner).__name__!r} object has no attribute {name!r}"
    return AttributeError(f"{told}: {INSTEAD[name]}" if name in INSTEAD else told)


def check_sampler_and_pruner(sampler: Any, pruner: Any) -> None:
    """Neither is there: what stands in a sampler's place is named in another way."""
    if sampler is not None:
        raise TypeError(f"labwatch has no samplers such as {type(sampler).__name__}: leave sampler out, and choose an "
                        'optimizer by its name, such as optimizer="tpe" (see labwatch.list_optimizers())')
    if pruner is not None:
        raise TypeError(f"labwatch does not prune trials: leave pruner={type(pruner).__name__}(…) out")


def store_of(storage: Any) -> str:
    """The store's URL. None is in memory, as with Optuna."""
    if storage is None:
        return "memory:"
    if not isinstance(storage, str):
        raise TypeError('a storage is the URL of a store, such as "sqlite:labwatch.db" or "mongodb://host/db", '
                        f"not a {type(storage).__name__}")
    return storage


def goal_of(direction: Any, directions: Sequence[Any] | None) -> str:
    """minimize or maximize."""
    if directions is not None:
        if direction is not None:
            raise ValueError("give direction, or directions with one entry, and not both")
        if len(directions) != 1:
            raise ValueError(f"a study has one objective, not {len(directions)}: keep the others with "
                             "trial.set_user_attr, or take their weighted sum")
        direction = directions[0]
    if isinstance(direction, enum.Enum):
        direction = direction.name.lower()
    return "minimize" if direction is None else str(direction)


def number_of(values: Any) -> float:
    """What an objective returned, as a number."""
    if isinstance(values, Sequence) and not isinstance(values, (str, bytes)):
        if len(values) != 1:
            raise ValueError(f"the objective returned {len(values)} values, and a study has one objective")
        values = values[0]
    try:
        return float(values)
    except OverflowError:
        raise ValueError("the objective returned more than any floating-point number") from None
    except (TypeError, ValueError):
        raise ValueError(f"the objective returned {values!r}, which is no number") from None


def parameters_of(distributions: Mapping[str, Any]) -> dict[str, Parameter]:
    """labwatch's parameters, and what Optuna's distributions mean, as parameters."""
    return {name: _parameter_of(name, told) for name, told in distributions.items()}


def _parameter_of(name: str, told: Any) -> Parameter:
    if isinstance(told, Parameter):
        return told
    kind = type(told).__name__
    if kind == "CategoricalDistribution":
        return Categorical(list(told.choices))
    if kind in _RANGES:
        step = None if kind == "IntDistribution" and told.step == 1 else told.step
        return _RANGES[kind](told.low, told.high, log_scale=told.log, step=step)
    raise TypeError(f"the distribution of {name!r} is one of labwatch's parameters or of Optuna's Float-, Int- and "
                    f"CategoricalDistribution, not a {kind}")
