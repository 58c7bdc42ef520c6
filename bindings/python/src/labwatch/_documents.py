"""Experiments as documents: what an experiment file would say."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ._parameters import Originals, originals_of
from ._spaces import space_of


def cost(goal: str | None, objective: str | None) -> dict[str, Any]:
    found = {key: value for key, value in (("goal", goal), ("name", objective)) if value is not None}
    return {"cost": found} if found else {}


def python_types(optimizer: Any) -> tuple[Any, ...]:
    """The library's types for an optimizer that is written in Python."""
    if optimizer is None or isinstance(optimizer, (str, Mapping)):
        return ()
    from ._optimizing import type_of

    return (type_of(optimizer),)


def optimizer_document(optimizer: Any, types: Sequence[Any]) -> dict[str, Any]:
    if optimizer is None:
        return {}
    return {"optimizer": types[0].name if types else optimizer}


def settings_kept(text: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Of a stored text, if it was made here, what the new document says nothing of."""
    try:
        stored = json.loads(text)
    except ValueError:
        return {}  # a file of the user's, which says all
    named = {"experiment", "space", "spaces", "constraints", "config", *document}
    kept = {key: value for key, value in stored.items() if key not in named}
    if "cost" in stored and "cost" in document:
        kept["cost"] = {**stored["cost"], **document["cost"]}  # the goal stays if only the objective is given
    return kept


def add_spaces(document: dict[str, Any], space: Any, spaces: Mapping[str, Any] | None,
               config: Mapping[str, Any] | None) -> dict[str, Originals]:
    """Adds what is searched; gives back the user's own objects by space."""
    if space is not None and spaces is not None:
        raise TypeError("give a space or spaces, not both")
    if config is not None:
        document["config"] = dict(config)
    base = originals_of(config or {})
    if spaces is None:
        one = space_of(space)
        document.update(one._document)
        return _without_empty({"default": {**base, **one._originals}})
    several = {name: space_of(value) for name, value in spaces.items()}
    document["spaces"] = {name: one._document["space"] for name, one in several.items()}
    constraints = list(dict.fromkeys(text for one in several.values() for text in one.constraints))
    if constraints:
        document["constraints"] = constraints
    return _without_empty({name: {**base, **one._originals} for name, one in several.items()})


def _without_empty(originals: dict[str, Originals]) -> dict[str, Originals]:
    return {name: objects for name, objects in originals.items() if objects}
