"""Labwatch's hyperparameters, for functions that describe a search space to a LabAssistant.

They are dictionaries, as Sacred keeps nothing else in a configuration: each has a `_class` and a `uid`, which tells it
from others, so that the same one may stand in several places and has the same value in all of them.

    width = UniformInt(lower=32, upper=64, default=32, log_scale=True)
    dropout = UniformFloat(0.2, 0.8) | Condition(layers, [2])      # only where layers is 2
"""
from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

_uids = itertools.count()


class Hyperparameter(dict[str, Any]):
    """Something that is searched. Two are equal if they have the same uid."""

    kinds: ClassVar[dict[str, type[Hyperparameter]]] = {}

    def __init_subclass__(cls) -> None:
        Hyperparameter.kinds[cls.__name__] = cls

    def __init__(self, uid: int | None = None, **attributes: Any) -> None:
        super().__init__(_class=type(self).__name__, uid=next(_uids) if uid is None else uid, **attributes)

    def __or__(self, condition: Any) -> Any:
        if not isinstance(condition, Condition):
            raise ValueError("behind | stands a Condition(parameter, [choices])")
        if condition["uid"] == self["uid"]:
            raise ValueError("a hyperparameter cannot depend on itself")
        if isinstance(self, ConditionResult):
            raise ValueError("a hyperparameter has one condition: combine them in an experiment file")
        return ConditionResult(self, condition)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hyperparameter) and self["uid"] == other["uid"]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return int(self["uid"])

    def described(self) -> dict[str, Any]:
        """The long form of the experiment file."""
        raise NotImplementedError


def _without(**attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


class Constant(Hyperparameter):
    """One value."""

    def __init__(self, value: Any, uid: int | None = None) -> None:
        super().__init__(uid, value=value)

    def described(self) -> dict[str, Any]:
        return {"type": "Constant", "value": self["value"]}


def value_of(choice: Any) -> Any:
    """A choice itself; a Constant stands for its value."""
    return choice["value"] if isinstance(choice, Mapping) and choice.get("_class") == "Constant" else choice


class Categorical(Hyperparameter):
    """One of several choices; the first one is the default."""

    def __init__(self, choices: Sequence[Any], uid: int | None = None) -> None:
        super().__init__(uid, choices=list(choices))

    def described(self) -> dict[str, Any]:
        return {"type": "Categorical", "choices": [value_of(choice) for choice in self["choices"]]}


class UniformNumber(Hyperparameter):
    """A number from lower to upper: a whole one if type is int."""

    def __init__(self, lower: float, upper: float, type: Any = None, default: float | None = None,
                 log_scale: bool = False, uid: int | None = None) -> None:
        kind = type if type is not None else (int if isinstance(lower, int) and isinstance(upper, int) else float)
        name = kind if isinstance(kind, str) else kind.__name__
        if name not in ("int", "float"):
            raise ValueError(f"the type of a number is int or float, not {name}")
        number: Any = int if name == "int" else float
        super().__init__(uid, lower=number(lower), upper=number(upper), type=name, log_scale=bool(log_scale),
                         default=None if default is None else number(default))

    def described(self) -> dict[str, Any]:
        kind = "UniformInt" if self["type"] == "int" else "UniformFloat"
        return {"type": kind, **_without(lower=self["lower"], upper=self["upper"], default=self["default"],
                                         log_scale=self["log_scale"] or None)}


class UniformFloat(UniformNumber):
    """A number from lower to upper."""

    def __init__(self, lower: float, upper: float, default: float | None = None, log_scale: bool = False,
                 uid: int | None = None) -> None:
        super().__init__(lower, upper, float, default, log_scale, uid)


class UniformInt(UniformNumber):
    """A whole number from lower to upper."""

    def __init__(self, lower: int, upper: int, default: int | None = None, log_scale: bool = False,
                 uid: int | None = None) -> None:
        super().__init__(lower, upper, int, default, log_scale, uid)


class Gaussian(Hyperparameter):
    """A number with a normal distribution; with log_scale, its logarithm has it (mu and sigma are the logarithm's)."""

    def __init__(self, mu: float, sigma: float, log_scale: bool = False, uid: int | None = None) -> None:
        super().__init__(uid, mu=float(mu), sigma=float(sigma), type="float", log_scale=bool(log_scale))

    def described(self) -> dict[str, Any]:
        try:
            mu = math.exp(self["mu"]) if self["log_scale"] else self["mu"]
        except OverflowError:
            raise ValueError(f"mu is the logarithm's with log_scale: exp({self['mu']}) is too large") from None
        return {"type": "Gaussian", **_without(mu=mu, sigma=self["sigma"], log_scale=self["log_scale"] or None)}


class Condition(dict[str, Any]):
    """Holds where a hyperparameter has one of these values."""

    def __init__(self, param: Any, choices: Sequence[Any]) -> None:
        uid = param["uid"] if isinstance(param, Mapping) else int(param)
        super().__init__(_class="Condition", uid=uid, choices=list(choices))

    def values_held(self) -> list[Any]:
        """The values themselves."""
        return [value_of(choice) for choice in self["choices"]]


class ConditionResult(Hyperparameter):
    """A hyperparameter that is active under a condition: what `parameter | condition` gives."""

    def __init__(self, result: Hyperparameter, condition: Condition, uid: int | None = None) -> None:
        super().__init__(result["uid"] if uid is None else uid, condition=condition, result=result)

    def described(self) -> dict[str, Any]:
        described: dict[str, Any] = self["result"].described()
        return described


_ARGUMENTS = {
    "Constant": ("value",),
    "Categorical": ("choices",),
    "UniformNumber": ("lower", "upper", "type", "default", "log_scale"),
    "UniformFloat": ("lower", "upper", "default", "log_scale"),
    "UniformInt": ("lower", "upper", "default", "log_scale"),
    "Gaussian": ("mu", "sigma", "log_scale"),
}


def decode_param_or_op(storage: Mapping[str, Any]) -> Any:
    """The hyperparameter (or condition) that a dictionary describes; ValueError if it is none."""
    kind = storage.get("_class")
    if isinstance(storage, Hyperparameter):
        return storage
    if kind == "Condition":
        return Condition(storage["uid"], storage["choices"])
    if kind == "ConditionResult":
        return ConditionResult(decode_param_or_op(storage["result"]), decode_param_or_op(storage["condition"]),
                               storage["uid"])
    if not isinstance(kind, str) or kind not in _ARGUMENTS:
        raise ValueError("this is no hyperparameter")
    lacking = [name for name in (*_ARGUMENTS[kind], "uid") if name not in storage]
    if lacking:
        raise ValueError(f"this {kind} lacks {', '.join(lacking)}")
    return Hyperparameter.kinds[kind](**{name: storage[name] for name in _ARGUMENTS[kind]}, uid=storage["uid"])


def hyperparameter_of(value: Any) -> Hyperparameter | None:
    """The hyperparameter that a part of a configuration is, as an object or as the dictionary of one; else None."""
    if not isinstance(value, Mapping) or "_class" not in value:
        return None
    try:
        found = decode_param_or_op(value)
    except ValueError:
        return None
    return found if isinstance(found, Hyperparameter) else None
