"""A search space that is found by looking at what programs ask for.

Each evaluation asks for parameters by name, one after the other, some of them only in a branch. From which
evaluations asked for a parameter, and which did not, follows its condition, as far as the values of one other
parameter with choices or whole numbers tell them apart. More evaluations may show another condition: the space follows.
"""
from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from ._parameters import Categorical, Gaussian, Ordinal, Parameter, UniformFloat, UniformInt, key_of
from ._spaces import SearchSpace

#: Kinds whose values a condition may look at.
_DISCRETE = (Categorical, Ordinal, UniformInt)
_KINDS: dict[str, type[Parameter]] = {
    kind.kind: kind for kind in (Categorical, Gaussian, Ordinal, UniformFloat, UniformInt)
}


class _Evidence:
    """Who asked for a parameter, by the values of others. Values are kept by their JSON."""

    def __init__(self) -> None:
        self.asked = 0
        #: For each that was asked for before it: how often, and which values it had then.
        self.before: dict[str, tuple[int, dict[str, Any]]] = {}
        #: Values of others in evaluations that did not ask for it.
        self.without: dict[str, dict[str, Any]] = {}


class FoundSpace:
    """The parameters that were asked for, each with its condition."""

    def __init__(self) -> None:
        self._parameters: dict[str, Parameter] = {}
        self._evidence: dict[str, _Evidence] = {}
        #: Conditions that nobody here has found: those of a space that was there before.
        self._given: dict[str, Any] = {}
        #: Evaluations: what each asked for, in its order, with the values that a condition may look at.
        self._seen: dict[str, dict[str, Any]] = {}

    @classmethod
    def of(cls, space: SearchSpace) -> FoundSpace:
        """Begins with the parameters of a space."""
        found = cls()
        for told in space.parameters:
            attributes = {**_attributes(told), "default": told["default"]}
            found._parameters[told["name"]] = _with(_KINDS[told["kind"]], attributes)
            if told["condition"]:
                found._given[told["name"]] = told["condition"]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def default(self, name: str) -> Any:
        """What a parameter counts at where it is missing: settled when it was first asked for."""
        return self._parameters[name].attributes["default"]

    def ask(self, name: str, parameter: Parameter) -> None:
        """Adds a parameter, or widens its range. ValueError if it was another one before."""
        known = self._parameters.get(name)
        if known is None:
            default = SearchSpace({"x": parameter}).default()["x"]
            SearchSpace({**self._parameters, name: parameter})  # whether the name is one, beside the others
            self._parameters[name] = _with(type(parameter), {**parameter.attributes, "default": default})
        else:
            self._parameters[name] = _widened(name, known, parameter)

    def reach(self, name: str, value: Any) -> None:
        """Widens a range that is known, so that the value is in it. ValueError if it cannot be."""
        known = self._parameters[name]
        if "lower" in known.attributes:
            ends = {end: value for end in ("lower", "upper")}
            self._parameters[name] = _widened(name, known, _with(type(known), {**known.attributes, **ends}))

    def include(self, other: FoundSpace) -> None:
        """Adds what another one has: its parameters, and the conditions of those that are new here."""
        for name, parameter in other._parameters.items():
            if name not in self._parameters:
                self._parameters[name] = parameter
                if name in other._given:
                    self._given[name] = other._given[name]
            elif "lower" in parameter.attributes:
                self._parameters[name] = _widened(name, self._parameters[name], parameter)

    def is_asked_everywhere(self, name: str) -> None:
        """Forgets a condition that was there before: the parameter was asked for where it does not hold."""
        self._given.pop(name, None)

    def add(self, asked: Mapping[str, Any]) -> None:
        """Learns from what one whole evaluation asked for: values by name, in its order."""
        values = {name: value if isinstance(self._parameters[name], _DISCRETE) else None
                  for name, value in asked.items() if name in self._parameters}
        key = key_of(list(values.items()))
        if key in self._seen:
            return
        for name in values.keys() - self._evidence.keys():
            self._evidence[name] = _Evidence()
            for earlier in self._seen.values():
                self._tell(name, earlier)
        self._seen[key] = values
        for name in self._evidence:
            self._tell(name, values)

    def _tell(self, name: str, values: dict[str, Any]) -> None:
        evidence = self._evidence[name]
        evidence.asked += name in values
        for other, value in values.items():
            if other == name:
                return
            if isinstance(self._parameters[other], _DISCRETE):
                if name in values:
                    n, known = evidence.before.setdefault(other, (0, {}))
                    known[key_of(value)] = value
                    evidence.before[other] = (n + 1, known)
                else:
                    evidence.without.setdefault(other, {})[key_of(value)] = value

    def space(self) -> SearchSpace:
        """The space as far as it is known."""
        return SearchSpace({name: self._conditioned(name) for name in self._parameters})

    def _conditioned(self, name: str) -> Parameter:
        parameter = self._parameters[name]
        condition = self._condition(name)
        return parameter if condition is None else _with(type(parameter), {**parameter.attributes, "when": condition})

    def _condition(self, name: str) -> Any:
        evidence = self._evidence.get(name)
        if evidence is None or not evidence.without:
            return self._given.get(name)
        for other in reversed(evidence.before):  # what was asked for last before it is the likeliest
            n, values = evidence.before[other]
            without = evidence.without.get(other)
            if n == evidence.asked and without and not values.keys() & without.keys():
                return _telling_apart(other, list(values.values()), list(without.values()))
        return None


def parameter_of(told: Mapping[str, Any]) -> Parameter:
    """A parameter from what a space tells of it, without its default and condition."""
    return _with(_KINDS[told["kind"]], _attributes(told))


def _attributes(told: Mapping[str, Any]) -> dict[str, Any]:
    numbers = ("lower", "upper", "step", "mu", "sigma")
    attributes = {key: told[key] for key in numbers if told.get(key) is not None}
    if attributes.get("step") == 1 and told["kind"] == "UniformInt":
        del attributes["step"]
    if told["choices"]:
        attributes["choices"] = told["choices"]
    if told["log_scale"]:
        attributes["log_scale"] = True
    return attributes


def _telling_apart(name: str, values: list[Any], others: list[Any]) -> Any:
    """A condition that holds for the values and not for the others."""
    if "`" not in name and all(type(value) is int for value in [*values, *others]):
        if min(values) > max(others):
            return f"`{name}` >= {min(values)}"
        if max(values) < min(others):
            return f"`{name}` <= {max(values)}"
    return {name: values}


def _with(kind: type[Parameter], attributes: dict[str, Any]) -> Parameter:
    parameter = kind.__new__(kind)
    parameter.attributes = attributes
    return parameter


def _on_the_steps(attributes: Mapping[str, Any], value: Any) -> bool:
    """Whether a range with steps has a value, if it goes on that far."""
    step = attributes.get("step")
    if step is None:
        return True
    steps = (value - attributes["lower"]) / step
    return bool(steps > -0.5 and abs(steps - round(steps)) < 1e-6)


def _widened(name: str, known: Parameter, parameter: Parameter) -> Parameter:
    """One that has the values of both."""
    old = {key: value for key, value in known.attributes.items() if key != "default"}
    new = dict(parameter.attributes)
    if type(known) is type(parameter) and isinstance(parameter, Categorical):
        if [key_of(choice) for choice in old["choices"]] == [key_of(choice) for choice in new["choices"]]:
            return known
        raise ValueError(f"the choices of {name!r} changed from {old['choices']} to {new['choices']}: they must stay")
    if type(known) is not type(parameter) or old.get("log_scale") != new.get("log_scale"):
        raise ValueError(f"{name!r} is {known!r}, and cannot become {parameter!r}")
    wide = copy.copy(known.attributes)
    wide["lower"], wide["upper"] = min(old["lower"], new["lower"]), max(old["upper"], new["upper"])
    if old.get("step") != new.get("step") or not _on_the_steps(old, new["lower"]):
        raise ValueError(f"the steps of {name!r} changed: they are {known!r}, and cannot become {parameter!r}")
    return known if wide == known.attributes else _with(type(known), wide)
