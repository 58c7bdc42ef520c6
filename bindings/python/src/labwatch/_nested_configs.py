"""Nested configurations of which a part is searched: what is active, what is given, what else there is."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .hyperparameters import hyperparameter_of


class _Missing:
    """No value: None may be one."""


MISSING: Any = _Missing()


class Inactive:
    """Stands in a configuration for a hyperparameter whose condition does not hold: None may be a choice."""

    def __init__(self, default: Any) -> None:
        self.default = default


def find(values: Mapping[str, Any], name: str) -> Any:
    """The value of a name with dots, in the library's form: nested or not; MISSING if there is none."""
    current: Any = values
    if name in values:
        return values[name]
    for part in name.split("."):
        if isinstance(current, Mapping) and part in current:
            current = current[part]
        elif isinstance(current, (list, tuple)) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        else:
            return MISSING
    return current


def shown(part: Any) -> Any:
    """With None for what is not active."""
    if isinstance(part, Inactive):
        return None
    if isinstance(part, Mapping):
        return {key: shown(value) for key, value in part.items()}
    return type(part)(shown(value) for value in part) if isinstance(part, (list, tuple)) else part


def active(part: Any) -> Any:
    """Without what is not active; MISSING where nothing is left. In a list, others would move to its place."""
    if isinstance(part, Inactive):
        return MISSING
    if isinstance(part, Mapping):
        found = {key: active(value) for key, value in part.items()}
        left = {key: value for key, value in found.items() if value is not MISSING}
        return left if left or not part else MISSING
    if isinstance(part, (list, tuple)):
        return [value.default if isinstance(value, Inactive) else _active_item(value) for value in part]
    return part


def _active_item(part: Any) -> Any:
    found = active(part)
    return {} if found is MISSING else found


def completed(space: Any, filled: Any, config: Any) -> Any:
    """A configuration with what is filled in where the space has hyperparameters."""
    if hyperparameter_of(space) is not None:
        return filled
    if isinstance(space, Mapping) and isinstance(config, Mapping):
        inner = filled if isinstance(filled, Mapping) else {}
        keys = dict.fromkeys([*inner, *config])
        found = {key: completed(space.get(key), inner.get(key, MISSING), config.get(key, MISSING)) for key in keys}
        return {key: value for key, value in found.items() if value is not MISSING}
    if isinstance(space, (list, tuple)) and isinstance(config, (list, tuple)) and len(space) == len(config):
        items = filled if isinstance(filled, list) else config
        return [completed(*three) for three in zip(space, items, config)]
    return filled if config is MISSING else config


def given_at(fixed: Any, path: str) -> Any:
    """The value at a path of a part of a configuration; MISSING if it has none; ValueError if it has something else."""
    current = fixed
    for part in filter(None, re.split(r"[.\[\]]", path)):
        if isinstance(current, Mapping):
            current = current.get(part, MISSING)
        elif isinstance(current, (list, tuple)) and part.isdigit() and int(part) < len(current):
            current = current[int(part)]
        else:
            raise ValueError(f"{current!r} is given where the search space has {path}")
        if current is MISSING:
            return MISSING
    return current
