"""Results, as the library takes them."""
from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

from ._library import bytes_of, ffi, lib, optional
from ._values import plain

#: What a run may come to, besides a result.
FAILURES = ("crash", "timeout", "nan", "memory", "died", "user")


class Given:
    """A core_result, with what it points at."""

    def __init__(self, outcome: int) -> None:
        self.pointer = ffi.new("core_result *", {"outcome": outcome, "duration_s": float("nan")})
        self._keep: list[Any] = []
        #: Why it is a failure; None if it is none.
        self.reason: str | None = None
        #: Whether an exception of the objective, or what it returned, made it one.
        self.is_mistake = False
        #: What was printed, or the trace of the exception.
        self.output: str | None = None

    @classmethod
    def value(cls, result: Any, objective: str | None, info: Mapping[str, Any] | None = None,
              duration: float | None = None, output: str | None = None, force: bool = False) -> Given:
        """A number, or a mapping with the objective in it; and what else is known of the run."""
        given = cls(lib.LW_COMPLETED)
        if isinstance(result, Mapping):
            given._set_document(result, objective or "result")
        elif isinstance(result, (str, bytes)) or not (hasattr(result, "__float__") or hasattr(result, "__index__")):
            raise TypeError(f"a result is a number, or a mapping with the objective in it, not {result!r}")
        else:
            try:
                given.pointer.value = float(result)
            except OverflowError:
                raise ValueError("the result is larger than any floating-point number") from None
        if info is not None or duration is not None or output is not None or force:
            given.add(info, duration, output, force)
        return given

    @classmethod
    def failure(cls, kind: str, reason: str | None, output: str | None = None) -> Given:
        if kind not in FAILURES:
            raise ValueError(f"a run cannot fail by {kind!r}; it can by {', '.join(FAILURES)}")
        given = cls(lib.LW_FAILED)
        given.pointer.failure = given._kept(optional(kind))
        given.pointer.reason = given._kept(printable(reason))
        given._set_output(output)
        given.reason = reason or kind
        given.is_mistake = kind in ("crash", "user")
        return given

    @classmethod
    def interruption(cls, reason: str | None) -> Given:
        given = cls(lib.LW_VOID)
        given.pointer.reason = given._kept(printable(reason))
        return given

    def add(self, info: Mapping[str, Any] | None, duration: float | None, output: str | None, force: bool) -> Given:
        """What else is known of the run."""
        self.pointer.force = force
        if duration is not None:
            self.pointer.duration_s = duration
        self._set_output(output)
        if info is not None:
            self.pointer.info, self.pointer.info_length = self._bytes(_finite(info))
        return self

    def set_past(self, start_ms: int | None, stop_ms: int | None) -> None:
        """When it was, for what was run elsewhere."""
        self.pointer.has_past = True
        self.pointer.start_ms = lib.LW_NO_TIME if start_ms is None else start_ms
        self.pointer.stop_ms = lib.LW_NO_TIME if stop_ms is None else stop_ms
        self.pointer.seed = -1

    def set_token(self, token: bytes) -> None:
        """Which attempt it is of."""
        self.pointer.token = self._kept(ffi.from_buffer("uint8_t[]", token))

    def _set_output(self, output: str | None) -> None:
        self.output = output
        if output is not None:
            self.pointer.captured_out = self._kept(printable(output))

    def _set_document(self, result: Mapping[str, Any], objective: str) -> None:
        self.pointer.document, self.pointer.document_length = self._bytes(_finite(result))
        value = result.get(objective)
        number = value if value is None or isinstance(value, float) else getattr(value, "item", lambda: None)()
        if isinstance(number, float) and not isfinite(number):  # JSON has no word for it
            self.pointer.has_value = True
            self.pointer.value = number

    def _bytes(self, data: bytes) -> tuple[Any, int]:
        return self._kept(ffi.from_buffer("char[]", data)), len(data)

    def _kept(self, pointer: Any) -> Any:
        self._keep.append(pointer)
        return pointer


def printable(given: str | None) -> Any:
    """What a program or an exception said, for a char pointer that may be NULL: what no text has is shown."""
    return optional(None if given is None else given.replace("\0", "\\0").encode("utf-8", "replace").decode())


def _finite(value: Mapping[str, Any]) -> bytes:
    """JSON has neither NaN nor infinity: in a result or info they are null, in the objective's place a failure."""
    try:
        return bytes_of(value)
    except ValueError:
        return bytes_of(_without_infinities(json.loads(json.dumps(value, default=plain))))


def _without_infinities(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _without_infinities(item) for key, item in value.items()}
    return [_without_infinities(item) for item in value] if isinstance(value, list) else value
