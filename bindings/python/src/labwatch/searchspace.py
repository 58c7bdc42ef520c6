"""Search spaces as Labwatch's functions describe them: nested dictionaries and lists with hyperparameters in them."""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ._spaces import SearchSpace as _Space
from .hyperparameters import ConditionResult, Hyperparameter, decode_param_or_op


def _join(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


def _better(name: str, other: str) -> bool:
    """Of several places the one with the shortest name gives a hyperparameter its name, the first one among equals."""
    return (len(name), name) < (len(other), other)


def _as_hyperparameter(value: Any) -> Hyperparameter | None:
    if not isinstance(value, Mapping) or "_class" not in value:
        return None
    try:
        found = decode_param_or_op(value)
    except ValueError:
        return None
    return found if isinstance(found, Hyperparameter) else None


def collect_hyperparameters(search_space: Any, path: str = "") -> dict[int, Hyperparameter]:
    """The hyperparameters in a space by their uid; each gets a `name`: where it stands."""
    found: dict[int, Hyperparameter] = {}
    hyperparameter = _as_hyperparameter(search_space)
    if hyperparameter is not None:
        hyperparameter["name"] = path or ""
        return {hyperparameter["uid"]: hyperparameter}
    if isinstance(search_space, Mapping):
        parts = [(value, _join(path or "", key)) for key, value in search_space.items()]
    elif isinstance(search_space, (list, tuple)):
        parts = [(value, f"{path}[{i}]") for i, value in enumerate(search_space)]
    else:
        parts = []
    for value, name in parts:
        for uid, one in collect_hyperparameters(value, name).items():
            if uid not in found or _better(one["name"], found[uid]["name"]):
                found[uid] = one
    return found


def fill_in_values(search_space: Any, values: Mapping[Any, Any], fill_by: str = "uid") -> Any:
    """The space with values in the place of its hyperparameters, by uid or by name; None for what has no value."""
    hyperparameter = _as_hyperparameter(search_space)
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
        hyperparameter = _as_hyperparameter(part)
        if hyperparameter is not None:
            here = self.hyperparameters[hyperparameter["uid"]]["name"] == path
            return self._with_condition(hyperparameter) if here else None
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
        """The configuration with values by name (as the library gives them: nested or not); None elsewhere."""
        by_uid = {uid: values[one["name"]] if one["name"] in values else _find(values, _plain_name(one["name"]))
                  for uid, one in self.hyperparameters.items()}
        filled: dict[str, Any] = fill_in_values(self.search_space, by_uid)
        return filled

    def values(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the parameters in a configuration, under the library's names; what is None is left out."""
        found = {}
        for name in self.parameters:
            try:
                value = get_by_path(config, name)
            except (KeyError, IndexError, TypeError):
                continue
            if value is not None:
                found[_plain_name(name)] = value
        return found

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
        found = ((name, _find(values, _plain_name(name))) for name in self.parameters)
        return {name: value for name, value in found if value is not None}

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


def _find(values: Mapping[str, Any], name: str) -> Any:
    current: Any = values
    if name in values:
        return values[name]
    for part in name.split("."):
        if isinstance(current, Mapping):
            current = current.get(part)
        elif isinstance(current, (list, tuple)) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        else:
            return None
    return current


def build_search_space(function: Callable[[], Any]) -> SearchSpace:
    """The space that a function describes by its local variables."""
    from sacred.config import ConfigScope

    return SearchSpace(dict(ConfigScope(function)()))


build_searchspace = build_search_space
