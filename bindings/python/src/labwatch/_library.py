"""The way into the C library: texts, errors, documents."""
from __future__ import annotations

import json
import threading
from typing import Any

from . import _core
from ._values import plain
from .errors import error_of

ffi = _core.ffi
lib = _core.lib

#: Outcomes of a call that are no errors.
_OUTCOMES = (lib.LW_OK, lib.LW_KNOWN, lib.LW_LATE)


def text_of(pointer: Any) -> str:
    """A text that the library lends."""
    text: str = "" if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")
    return text


def text_taken(pointer: Any) -> str:
    """A text that the library gives; it is freed."""
    try:
        return text_of(pointer)
    finally:
        lib.lw_free(pointer)


#: What functions of Python that the library called have raised, by thread.
_raised = threading.local()


def raised_in_callback(error: BaseException) -> None:
    """C knows no exceptions: the callback gives it a code, and the call that it was made in raises this."""
    _raised.error = error


def failure(error: Any, code: int | None = None) -> BaseException:
    """The exception that an lw_error stands for. What a callback raised is its cause; what ended a wait is itself."""
    number = int(error.code if code is None else code)
    cause: BaseException | None = getattr(_raised, "error", None)
    _raised.error = None
    if cause is not None and (number == lib.LW_EINTERRUPTED or not isinstance(cause, Exception)):
        return cause
    found = error_of(number, text_of(lib.lw_code_name(number)), text_of(error.message))
    found.__cause__ = cause
    return found


def check(code: int, error: Any) -> int:
    """Raises what went wrong; outcomes that are no errors are given back."""
    if code in _OUTCOMES:
        _raised.error = None
        return code
    raise failure(error, code)


def new_error() -> Any:
    return ffi.new("lw_error *")


_decode = json.JSONDecoder().raw_decode


def parsed(pointer: Any) -> Any:
    """The value of a JSON text of the library's."""
    return _decode(ffi.string(pointer).decode())[0]


def read(pointer: Any, error: Any) -> Any:
    """The value of a JSON text that the library gives, which is freed; NULL is an error."""
    if pointer == ffi.NULL:
        raise failure(error)
    try:
        return parsed(pointer)
    finally:
        lib.lw_free(pointer)


def bytes_of(value: Any) -> bytes:
    """A document for the library: JSON of what may be numpy's, an enum, a path, …"""
    try:
        text = json.dumps(value, default=plain, allow_nan=False, ensure_ascii=False)
    except ValueError as error:
        if "JSON compliant" in str(error):
            raise ValueError("NaN and infinity cannot be part of a configuration or a memo") from None
        raise
    return text.encode("utf-8", "surrogateescape")


def c_text(text: str) -> bytes:
    """A text for a char pointer."""
    if not isinstance(text, str):
        raise TypeError(f"a text was expected, not {text!r}")
    data = text.encode("utf-8", "surrogateescape")
    if b"\0" in data:
        raise ValueError(f"{text!r} has a zero byte in it")
    return data


def optional(text: str | None) -> Any:
    """A text for a char pointer that may be NULL. Keep it alive during the call."""
    return ffi.NULL if text is None else ffi.new("char[]", c_text(text))
