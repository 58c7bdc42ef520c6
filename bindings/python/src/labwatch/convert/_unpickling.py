"""Reads pickles without executing what is in them.

A pickle names classes and functions, and says what to call them with. Here none of them is imported: a few that stand
for plain data are done here, and each other becomes an empty shell, which takes whatever it is called with.
"""
from __future__ import annotations

import datetime
import io
import pickle
import pickletools
import struct
from collections.abc import Callable
from typing import Any, BinaryIO


class Shell:
    """Stands for an object of any class: keeps its state, and does nothing."""

    #: What the object had.
    state: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Whatever it is made from is not kept."""

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def append(self, item: Any) -> None:
        """Of a list; not kept."""

    def extend(self, items: Any) -> None:
        """Of a list; not kept."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Shell:
        return Shell()

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class _Dtype:
    """numpy's type of a number: i8, f4, …, with its order of bytes."""

    def __init__(self, code: Any = "", *args: Any) -> None:
        self.code = code if isinstance(code, str) else ""
        self.order = "<"

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">"):
            self.order = state[1]


_NUMBERS = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
            "f2": "e", "f4": "f", "f8": "d"}


class _Function:
    """A function that no pickle can change: what it says of its state is not kept."""

    __slots__ = ("_call",)
    _call: Callable[..., Any]

    def __init__(self, call: Callable[..., Any]) -> None:
        object.__setattr__(self, "_call", call)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __setstate__(self, state: Any) -> None:
        pass

    def __setattr__(self, name: str, value: Any) -> None:
        pass


@_Function
def _time(*args: Any) -> Any:
    """A zone that is not Python's own is not known here: the time is then without one."""
    try:
        return datetime.datetime(*args)
    except TypeError:
        return datetime.datetime(*args[:1] if isinstance(args[0], (bytes, str)) else args[:7])


@_Function
def _scalar(dtype: Any, data: Any = b"") -> Any:
    code = _NUMBERS.get(getattr(dtype, "code", ""))
    raw = data.encode("latin-1") if isinstance(data, str) else data
    if code is None or not isinstance(raw, bytes) or len(raw) != struct.calcsize("=" + code):
        return Shell()
    return struct.unpack(dtype.order + code, raw)[0]


@_Function
def _encode(text: Any, encoding: Any = "latin-1") -> Any:
    """_codecs.encode, with which old pickles write bytes."""
    return text.encode("latin-1") if isinstance(text, str) and encoding in ("latin1", "latin-1") else Shell()


class _Mapping(dict[Any, Any]):
    """A mapping of any class."""

    def __setstate__(self, state: Any) -> None:
        """What it has beside its items; not kept."""


_KNOWN: dict[tuple[str, str], Any] = {
    ("datetime", "datetime"): _time,
    ("datetime", "timezone"): datetime.timezone,
    ("datetime", "timedelta"): datetime.timedelta,
    ("collections", "OrderedDict"): _Mapping,
    ("bson.son", "SON"): _Mapping,
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _encode,
    ("builtins", "set"): set,
    ("builtins", "frozenset"): frozenset,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _KNOWN.get((module, name), Shell)

    def persistent_load(self, pid: Any) -> Any:
        return Shell()


#: Python's own functions for tuples call themselves as deep as these are nested.
_DEEPEST = 500


def _check_depth(data: bytes) -> None:
    """Goes through the pickle's operations as its machine does, with the depth of each object in its place."""
    depths: list[int | None] = []  # None is a mark
    memo: dict[Any, int] = {}
    for operation, argument, _ in pickletools.genops(data):
        name = operation.name
        if name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if name == "MEMOIZE" else argument] = depths[-1] or 0
            continue
        if name in ("GET", "BINGET", "LONG_BINGET"):
            depths.append(memo.get(argument, 0))
            continue
        inner = [0]
        for taken in reversed(operation.stack_before):
            if taken is pickletools.stackslice:
                continue
            if taken is pickletools.markobject:
                while (depth := depths.pop()) is not None:
                    inner.append(depth)
            else:
                inner.append(depths.pop() or 0)
        if name in ("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"):  # into what lies below
            deepest = max(inner[-1], 1 + max(inner[:-1]))
        else:
            deepest = max(inner) + (len(inner) > 1)
        if deepest > _DEEPEST:
            raise ValueError(f"something in it is nested deeper than {_DEEPEST}")
        depths.extend(None if put is pickletools.markobject else deepest for put in operation.stack_after)


def unpickled(file: BinaryIO) -> Any:
    """What is in a pickle, as data. ValueError if it is none."""
    data = file.read()
    try:
        _check_depth(data)
        return _Unpickler(io.BytesIO(data)).load()
    except Exception as error:
        raise ValueError(f"this is no pickle that can be read: {type(error).__name__}: {error}") from None
