"""The parameters of a search space, under Labwatch's names.

    UniformFloat(1e-5, 1, log_scale=True, default=0.01)
    UniformInt(1, 8, when={"method": "net"})
    Categorical(["sgd", "adam"])

What they mean, and what is a mistake, the library says: these are no more than the words for it.
"""
from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Union

from ._values import is_plain, plain

#: A condition: values by parameter, or an expression such as ``"batch > 64 and method in [sgd, adam]"``.
Condition = Union[str, Mapping[str, Any]]


class _Missing:
    def __repr__(self) -> str:
        return "(none)"


_MISSING: Any = _Missing()


class Parameter:
    """Something that is searched. Parameters are values: equal if they say the same."""

    kind: ClassVar[str] = ""

    def __init__(self, **attributes: Any) -> None:
        self.attributes: dict[str, Any] = {
            name: value for name, value in attributes.items() if value is not _MISSING and value is not None
        }

    def document(self) -> dict[str, Any]:
        """The long form of the experiment file: {"type": "UniformFloat", "lower": …}."""
        return {"type": self.kind, **self.attributes}

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value!r}' for name, value in self.attributes.items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameter) and self.document() == other.document()

    def __hash__(self) -> int:
        return hash((self.kind, tuple(self.attributes)))  # 0 and 0.0 are equal


class _Range(Parameter):
    def __init__(
        self,
        lower: float,
        upper: float,
        *,
        log_scale: bool = False,
        default: Any = None,
        step: float | None = None,
        when: Condition | None = None,
    ) -> None:
        super().__init__(
            lower=lower, upper=upper, log_scale=log_scale or None, default=default, step=step, when=when
        )


class UniformFloat(_Range):
    """Numbers from lower to upper, both included; with log_scale, uniform in the logarithm."""

    kind = "UniformFloat"


class UniformInt(_Range):
    """Whole numbers from lower to upper, both included."""

    kind = "UniformInt"


class UniformNumber(_Range):
    """Whole numbers if all that is given is whole, else numbers."""

    kind = "UniformNumber"


class Gaussian(Parameter):
    """Numbers with a normal distribution; with log_scale mu is the median, sigma the deviation of the logarithm."""

    kind = "Gaussian"

    def __init__(
        self,
        mu: float,
        sigma: float,
        *,
        log_scale: bool = False,
        default: Any = None,
        lower: float | None = None,
        upper: float | None = None,
        when: Condition | None = None,
    ) -> None:
        super().__init__(
            mu=mu, sigma=sigma, log_scale=log_scale or None, default=default, lower=lower, upper=upper, when=when
        )


class _Choices(Parameter):
    def __init__(
        self,
        choices: Sequence[Any],
        default: Any = _MISSING,
        *,
        weights: Sequence[float] | None = None,
        when: Condition | None = None,
    ) -> None:
        if isinstance(choices, (str, bytes)):
            raise TypeError(f"the choices are a list: {self.kind}([{choices!r}, …])")
        if isinstance(choices, (set, frozenset)):
            raise TypeError("the choices are a list: a set has another order in each process")
        super().__init__(choices=list(choices), weights=None if weights is None else list(weights), when=when)
        if default is not _MISSING:  # None is a choice like any other
            self.attributes["default"] = default


class Categorical(_Choices):
    """One of several choices: numbers, texts, booleans, None, lists, mappings, enums, paths, …"""

    kind = "Categorical"


class Ordinal(_Choices):
    """One of several choices that have an order."""

    kind = "Ordinal"


class Constant(Parameter):
    """One value. Only needed for a value that looks like a parameter, or one with a condition."""

    kind = "Constant"

    def __init__(self, value: Any, *, when: Condition | None = None) -> None:
        super().__init__(when=when)
        self.attributes["value"] = value


#: What a choice became: by its JSON, the object that the user gave.
Originals = dict[str, dict[str, Any]]


def key_of(value: Any) -> str:
    """A choice's JSON: 1, 1.0, "1" and True differ."""
    return json.dumps(value, default=plain, sort_keys=True)


def originals_of(value: Any, name: str = "") -> Originals:
    """Choices and constants that do not come back from JSON as what they are, by dotted name."""
    found: Originals = {}
    if isinstance(value, (_Choices, Constant)):
        choices = value.attributes.get("choices", [value.attributes.get("value")])
        if not all(is_plain(choice) for choice in choices):
            found[name] = {key_of(choice): choice for choice in choices}
    elif isinstance(value, Parameter):
        pass
    elif isinstance(value, Mapping):
        for key, item in value.items():
            found.update(originals_of(item, f"{name}.{key}" if name else str(key)))
    elif isinstance(value, (list, tuple)) and any(holds_parameter(item) for item in value):
        for i, item in enumerate(value):
            found.update(originals_of(item, f"{name}.{i}"))
    elif not is_plain(value):
        found[name] = {key_of(value): value}
    return found


def holds_parameter(value: Any) -> bool:
    """Whether there is a parameter in it, at any depth."""
    if isinstance(value, Mapping):
        return any(holds_parameter(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(holds_parameter(item) for item in value)
    return isinstance(value, Parameter)


def document_of(value: Any) -> Any:
    """A space as a document of mappings, lists and scalars."""
    if isinstance(value, Parameter):
        return {key: plain_deep(item) for key, item in value.document().items()}
    if isinstance(value, Mapping):
        return {str(key): document_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [document_of(item) for item in value]
    return plain_deep(value)


def plain_deep(value: Any) -> Any:
    """As JSON has it."""
    try:
        return json.loads(json.dumps(value, default=plain, allow_nan=False))
    except ValueError as error:
        if "JSON compliant" in str(error):
            raise ValueError(f"NaN and infinity cannot be part of a search space: {value!r}") from None
        raise


def restore(config: dict[str, Any], originals: Originals) -> None:
    """Puts the user's own objects in place of what JSON made of them."""
    for name, choices in originals.items():
        holder: Any = config
        *path, last = name.split(".")
        for part in path:
            holder = holder[int(part)] if isinstance(holder, list) else holder.get(part)
            if holder is None:
                break
        index: Any = int(last) if isinstance(holder, list) else last
        if holder is not None and (index in holder if isinstance(holder, dict) else index < len(holder)):
            key = key_of(holder[index])
            if key in choices:  # a copy: what an objective does to an array is not done to the next configuration
                holder[index] = copy.deepcopy(choices[key])
