"""Values of Python, as documents know them: what json cannot write, it asks `plain` for."""
from __future__ import annotations

import enum
import os
from typing import Any


def plain(value: Any) -> Any:
    """A number, text, list or mapping for numpy's scalars and arrays, enums, paths, sets, dates and dataclasses."""
    if isinstance(value, enum.Enum):
        inner = value.value
        return inner if isinstance(inner, (bool, int, float, str)) else value.name
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "ndim", None) == 0:
        return item()
    tolist = getattr(value, "tolist", None)
    if tolist is not None:
        return tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return isoformat()
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields}
    if hasattr(value, "items") and hasattr(value, "keys"):
        return dict(value.items())
    raise TypeError(f"a {type(value).__name__} cannot be part of a configuration or result")


def is_plain(value: Any) -> bool:
    """Whether json gives the value back as it is."""
    if isinstance(value, list):
        return all(is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    return value is None or type(value) in (bool, int, float, str)
