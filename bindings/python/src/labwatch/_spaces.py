"""Search spaces."""
from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ._library import bytes_of, c_text, check, ffi, lib, new_error, optional, read, text_taken
from ._parameters import Originals, document_of, originals_of, restore


class SearchSpace:
    """Named, typed parameters, some of them active only under a condition, and constants.

    Made from a mapping of parameters and constants, which may be nested::

        SearchSpace({"C": UniformFloat(1e-3, 1e3, log_scale=True), "kernel": Categorical(["rbf", "poly"]),
                     "degree": UniformInt(2, 5, when={"kernel": "poly"})}, constraints=["C < 100 or kernel == rbf"])

    or from YAML, or a space of another tool. A space never changes.
    """

    def __init__(self, space: Mapping[str, Any], constraints: str | Sequence[str] = ()) -> None:
        document: dict[str, Any] = {"space": document_of(space)}
        if isinstance(constraints, str):
            constraints = [constraints]
        if constraints:
            document["constraints"] = list(constraints)
        self._set(_parse(json.dumps({"experiment": "space", **document}), "space"), originals_of(space))

    def _set(self, handle: Any, originals: Originals) -> None:
        self._handle = ffi.gc(handle, lib.lw_space_free)
        self._originals = originals
        error = new_error()
        self._document: dict[str, Any] = read(lib.core_space_document(self._handle, error), error)

    @classmethod
    def _of(cls, handle: Any, originals: Originals | None = None) -> SearchSpace:
        space = cls.__new__(cls)
        space._set(handle, originals or {})
        return space

    @classmethod
    def _of_document(cls, document: dict[str, Any], originals: Originals | None = None) -> SearchSpace:
        return cls._of(_parse(json.dumps({"experiment": "space", **document}), "space"), originals)

    @classmethod
    def from_yaml(cls, source: str | os.PathLike[str], name: str | None = None) -> SearchSpace:
        """From an experiment file, or one with a space alone: its path, or its text (which has a newline in it).

        name: which of several spaces; the first one if it is not given.
        """
        if isinstance(source, str) and "\n" in source:
            text, called = source, "space"
        else:
            called = os.fspath(source)
            with open(called, encoding="utf-8") as file:
                text = file.read()
        if not re.search(r"^[\"'{]?\s*[\"']?experiment[\"']?\s*:", text, re.MULTILINE):
            return cls.from_format(text, "labwatch", called)
        return cls._of(_parse(text, called, name))

    @classmethod
    def from_format(cls, text: str, format: str, source: str = "space") -> SearchSpace:
        """From another tool's text: labwatch, configspace, configspace-0.6, optuna or sacred."""
        error = new_error()
        number = _format(format)
        handle = ffi.new("lw_space **")
        data = text.encode()
        check(lib.lw_space_read(handle, data, len(data), c_text(source), number, error), error)
        return cls._of(handle[0])

    def to_format(self, format: str) -> str:
        """The text of the space for another tool; UnsupportedError names what that cannot express."""
        error = new_error()
        out = ffi.new("char **")
        check(lib.lw_space_write(out, self._handle, _format(format), error), error)
        return text_taken(out[0])

    def to_yaml(self) -> str:
        """The space as in an experiment file."""
        return self.to_format("labwatch")

    def to_dict(self) -> dict[str, Any]:
        """The long form of the experiment file: {"space": {…}} with "constraints" if there are any."""
        copy: dict[str, Any] = json.loads(json.dumps(self._document))
        return copy

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The searched parameters in their order: name, kind, bounds, choices, default, condition."""
        error = new_error()
        parameters: list[dict[str, Any]] = read(lib.core_space_parameters(self._handle, error), error)
        return parameters

    @property
    def constraints(self) -> list[str]:
        """The constraints as they were written."""
        return list(self._document.get("constraints", []))

    @property
    def digest(self) -> str:
        """Equal for spaces of the same meaning, whatever their order and spelling."""
        out = ffi.new("uint8_t[16]")
        lib.lw_space_digest(self._handle, out)
        return bytes(out).hex()

    def sample(self, n: int | None = None, seed: int = 1) -> Any:
        """A configuration drawn from the prior, or a list of n of them. The same ones for the same seed."""
        error = new_error()
        configs = read(lib.core_space_sample(self._handle, seed, 1 if n is None else n, error), error)
        for config in configs:
            restore(config, self._originals)
        return configs[0] if n is None else configs

    def default(self) -> dict[str, Any]:
        """The default configuration."""
        return self.read({}, fill=True)

    def read(self, config: Mapping[str, Any], fill: bool = False) -> dict[str, Any]:
        """The configuration that a mapping (nested, or with dotted names) means; else InvalidError says what is wrong.

        fill: what is missing counts at its default.
        """
        error = new_error()
        data = bytes_of(config)
        out: dict[str, Any] = read(lib.core_space_read_config(self._handle, data, len(data), fill, error), error)
        restore(out, self._originals)
        return out

    def count(self, limit: int = 1_000_000) -> int | None:
        """How many different configurations there are; None if there are more than limit, or infinitely many."""
        error = new_error()
        n = ffi.new("uint64_t *")
        check(lib.lw_space_count(self._handle, limit, n, error), error)
        return None if n[0] > limit else int(n[0])

    def difference(self, other: SearchSpace) -> str:
        """How the other space differs from this one, a line each."""
        error = new_error()
        out = ffi.new("char **")
        check(lib.lw_space_diff(out, self._handle, other._handle, error), error)
        return text_taken(out[0])

    def __iter__(self) -> Iterator[str]:
        return iter(parameter["name"] for parameter in self.parameters)

    def __len__(self) -> int:
        return int(lib.lw_space_n_parameters(self._handle))

    def __contains__(self, name: object) -> bool:
        return any(parameter["name"] == name for parameter in self.parameters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SearchSpace) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"SearchSpace({', '.join(self)})"

    def __reduce__(self) -> Any:
        return SearchSpace._of_document, (self._document, self._originals)

    def _repr_html_(self) -> str:
        from ._html import table

        columns = ("name", "kind", "lower", "upper", "log_scale", "choices", "default", "condition")
        return table([{c: p.get(c) for c in columns} for p in self.parameters], columns)


def _format(name: str) -> int:
    error = new_error()
    number = lib.lw_space_format_by_name(c_text(name), error)
    if number < 0:
        check(int(error.code), error)
    return int(number)


def _parse(text: str, source: str, name: str | None = None) -> Any:
    error = new_error()
    out = ffi.new("lw_space **")
    data = text.encode()
    check(lib.core_space(out, data, len(data), c_text(source), optional(name), error), error)
    return out[0]


def space_of(value: Any) -> SearchSpace:
    """A space from a space, a mapping of parameters, or a path to an experiment file."""
    if isinstance(value, SearchSpace):
        return value
    if isinstance(value, Mapping):
        return SearchSpace(value)
    if isinstance(value, (str, os.PathLike)):
        return SearchSpace.from_yaml(value)
    raise TypeError(f"a search space is a SearchSpace, a mapping of parameters or a file, not a {type(value).__name__}")
