"""Search spaces as Labwatch's functions describe them: nested dictionaries and lists with hyperparameters in them."""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

from ._nested_configs import MISSING, Inactive, active, completed, find, given_at, shown
from ._spaces import SearchSpace as _Space
from .hyperparameters import ConditionResult, Hyperparameter, hyperparameter_of, value_of


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


def _better(name: str, other: str) -> bool:
    """Of several places the one with the shortest name gives a hyperparameter its name; the alphabet among equals."""
    return (len(name), name) < (len(other), other)


def _places(part: Any, path: str) -> Iterator[tuple[str, Hyperparameter]]:
    """Where each hyperparameter stands, once for each place."""
    hyperparameter = hyperparameter_of(part)
    if hyperparameter is not None:
        yield path, hyperparameter
    elif isinstance(part, Mapping):
        for key, value in part.items():
            yield from _places(value, _join(path, key))
    elif isinstance(part, (list, tuple)):
        for i, value in enumerate(part):
            yield from _places(value, f"{path}[{i}]")


def collect_hyperparameters(search_space: Any, path: str = "") -> dict[int, Hyperparameter]:
    """The hyperparameters in a space by their uid: copies, each with a `name`: where it stands."""
    found: dict[int, Hyperparameter] = {}
    for name, one in _places(search_space, path or ""):
        uid = one["uid"]
        if uid not in found or _better(name, found[uid]["name"]):
            found[uid] = copy(one)  # the same object may stand in another place, or space, under another name
            found[uid]["name"] = name
    return found


def fill_in_values(search_space: Any, values: Mapping[Any, Any], fill_by: str = "uid") -> Any:
    """The space with values in the place of its hyperparameters, by uid or by name; None for what has no value."""
    hyperparameter = hyperparameter_of(search_space)
    if hyperparameter is not None and fill_by in search_space:
        return values.get(search_space[fill_by])
    if isinstance(search_space, Mapping):
        return {key: fill_in_values(value, values, fill_by) for key, value in search_space.items()}
    if isinstance(search_space, (list, tuple)):
        return type(search_space)(fill_in_values(value, values, fill_by) for value in search_space)
    return search_space


def get_by_path(config: Any, path: str) -> Any:
    """The entry of a configuration at a path such as `net.sizes[0]`."""
    for part in filter(None, re.split(r"[.\[\]]", path)):
        config = config[int(part)] if isinstance(config, (list, tuple)) else config[part]
    return config


def get_values_from_config(config: Any, hyperparameters: Mapping[int, Hyperparameter]) -> dict[str, Any]:
    """The values of hyperparameters in a configuration, by name."""
    return {one["name"]: get_by_path(config, one["name"]) for one in hyperparameters.values()}


class SearchSpace:
    """A space of Labwatch, and the library's that stands for it: one parameter for each uid, named by its place."""

    def __init__(self, search_space: Mapping[str, Any]) -> None:
        self.search_space = {key: value for key, value in search_space.items() if key not in ("_id", "_class")}
        self.hyperparameters = collect_hyperparameters(self.search_space)
        self.parameters = {one["name"]: one for one in self.hyperparameters.values()}
        self.conditions = [name for name, one in self.parameters.items() if isinstance(one, ConditionResult)]
        self.non_conditions = [name for name in self.parameters if name not in self.conditions]
        self.space = _Space(self._described())

    def _described(self, part: Any = None, path: str = "") -> Any:
        """The space as the library wants it: hyperparameters alone, each once; None where there is none."""
        part = self.search_space if not path else part
        hyperparameter = hyperparameter_of(part)
        if hyperparameter is not None:
            here = self.hyperparameters[hyperparameter["uid"]]["name"] == path
            return self._with_condition(self.hyperparameters[hyperparameter["uid"]]) if here else None
        if isinstance(part, Mapping):
            found = {key: self._described(value, _join(path, key)) for key, value in part.items()}
        elif isinstance(part, (list, tuple)):
            items = [self._described(value, f"{path}[{i}]") for i, value in enumerate(part)]
            if items and all(item is not None for item in items):
                return items
            found = {str(i): item for i, item in enumerate(items)}
        else:
            return None
        return {key: value for key, value in found.items() if value is not None} or (None if path else {})

    def _with_condition(self, one: Hyperparameter) -> dict[str, Any]:
        described = one.described()
        if isinstance(one, ConditionResult):
            parent = self.hyperparameters.get(one["condition"]["uid"])
            if parent is None:
                raise ValueError(f"{one['name']} depends on a hyperparameter that the space does not have")
            described["when"] = {_plain_name(parent["name"]): one["condition"].values_held()}
        return described

    def fill(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The configuration with values by name (as the library gives them: nested or not).

        None stands for what is not active, as for a choice that is None.
        """
        filled: dict[str, Any] = shown(self._marked(values))
        return filled

    def updates(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What Sacred's configuration is given of it: what is not active is left out, in a list it has its default."""
        found: dict[str, Any] = active(self._marked(values))
        return found

    def completed(self, config: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """As `updates`, with everything else that a configuration has."""
        whole: dict[str, Any] = completed(self.search_space, self.updates(values), config)
        return whole

    def _marked(self, values: Mapping[str, Any]) -> Any:
        by_uid = self._by_uid(values)
        defaults = {parameter["name"]: parameter["default"] for parameter in self.space.parameters}
        for uid, one in self.hyperparameters.items():
            if uid not in by_uid:
                by_uid[uid] = Inactive(defaults.get(_plain_name(one["name"])))
        return fill_in_values(self.search_space, by_uid)

    def _by_uid(self, values: Mapping[str, Any]) -> dict[int, Any]:
        """The values of what is active. In a list the library has None for what is not."""
        found = {}
        for uid, one in self.hyperparameters.items():
            value = values[one["name"]] if one["name"] in values else find(values, _plain_name(one["name"]))
            if value is not MISSING:
                found[uid] = value
        return {uid: value for uid, value in found.items()
                if self._is_active(self.hyperparameters[uid], found, unknown=False)}

    def _is_active(self, one: Hyperparameter, by_uid: Mapping[int, Any], unknown: bool) -> bool:
        """Whether its condition holds; unknown: what counts where the value that it depends on is not there."""
        condition = one.get("condition")
        if condition is None:
            return True
        parent = self.hyperparameters[condition["uid"]]
        if not self._is_active(parent, by_uid, unknown):
            return False
        value = by_uid.get(parent["uid"], MISSING)
        return unknown if value is MISSING else value in condition.values_held()

    def values(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the active parameters in a configuration, under the library's names.

        None counts only where it is a choice.
        """
        by_uid = {}
        for uid, one in self.hyperparameters.items():
            try:
                value = get_by_path(config, one["name"])
            except (KeyError, IndexError, TypeError):
                continue
            if value is not None or _can_be_none(one):
                by_uid[uid] = value
        return self._active_values(by_uid)

    def given(self, fixed: Mapping[str, Any]) -> dict[int, Any]:
        """The values that a part of a configuration has for parameters, by uid.

        ValueError if it cannot be a part of this space's: other values at two places of one hyperparameter, a value
        where the space has a mapping or a list with hyperparameters.
        """
        found: dict[int, Any] = {}
        for name, one in _places(self.search_space, ""):
            value = given_at(fixed, name)
            if value is MISSING:
                continue
            first = found.setdefault(one["uid"], value)
            if first != value:
                raise ValueError(f"{name} and {self.hyperparameters[one['uid']]['name']} are one hyperparameter in the "
                                 f"search space, and have one value: not {value!r} and {first!r}")
        return found

    def values_with(self, values: Mapping[str, Any], given: Mapping[int, Any]) -> dict[str, Any]:
        """Values (as the library gives them), with given ones by uid in their place, under the library's names."""
        return self._active_values({**self._by_uid(values), **given})

    def is_whole(self, given: Mapping[int, Any]) -> bool:
        """Whether there is a value for every hyperparameter that can be active."""
        return all(uid in given or not self._is_active(one, given, unknown=True)
                   for uid, one in self.hyperparameters.items())

    def _active_values(self, by_uid: Mapping[int, Any]) -> dict[str, Any]:
        return {_plain_name(one["name"]): by_uid[uid] for uid, one in self.hyperparameters.items()
                if uid in by_uid and self._is_active(one, by_uid, unknown=True)}

    def sample(self, seed: int | None = None) -> dict[str, Any]:
        """Values by name, drawn at random."""
        import random

        drawn = self.space.sample(seed=random.SystemRandom().getrandbits(63) if seed is None else seed)
        return self._by_name(drawn)

    def default(self) -> dict[str, Any]:
        """The default values by name."""
        return self._by_name(self.space.default())

    def valid(self, values: Mapping[str, Any]) -> bool:
        """Whether these are values of a configuration of the space, by name."""
        try:
            self.space.read({_plain_name(name): value for name, value in values.items()})
        except ValueError:
            return False
        return True

    def _by_name(self, values: Mapping[str, Any]) -> dict[str, Any]:
        marked = self._marked(values)
        found = ((name, get_by_path(marked, name)) for name in self.parameters)
        return {name: value for name, value in found if not isinstance(value, Inactive)}

    def to_json(self) -> dict[str, Any]:
        return {**self.search_space, "_class": "SearchSpace"}

    @classmethod
    def from_json(cls, son: Mapping[str, Any]) -> SearchSpace:
        return cls(son)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SearchSpace) and self.space == other.space

    def __hash__(self) -> int:
        return hash(self.space)


def _plain_name(name: str) -> str:
    """`net.sizes[0]` is `net.sizes.0` to the library."""
    return re.sub(r"\[(\d+)\]", r".\1", name)


def _can_be_none(one: Mapping[str, Any]) -> bool:
    described = one.get("result", one)
    return None in [value_of(choice) for choice in described.get("choices", [described.get("value", 0)])]


def build_search_space(function: Callable[[], Any]) -> SearchSpace:
    """The space that a function describes by its local variables."""
    from sacred.config import ConfigScope

    return SearchSpace(dict(ConfigScope(function)()))


build_searchspace = build_search_space
