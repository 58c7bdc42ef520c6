"""Stores and assistants of the library, as objects that are closed when nobody uses them any more."""
from __future__ import annotations

import os
from typing import Any

from ._interrupts import in_main_thread, is_waited_for
from ._library import c_text, check, ffi, lib, new_error, raised_in_callback, read, text_taken


@ffi.def_extern(onerror=lambda kind, error, trace: raised_in_callback(error), error=True)  # type: ignore[untyped-decorator]
def labwatch_python_give_up(_: Any) -> bool:
    """Lets Python look for signals while the library waits for somebody else's lock: their handlers raise in here."""
    for _ in range(2):
        pass  # it looks where a loop goes round
    return is_waited_for()


if in_main_thread():
    lib.core_set_main_thread()


class Store:
    """An open store. Calls that are under way keep it, so closing waits for none of them and cuts none off."""

    def __init__(self, url: str, read_only: bool = False) -> None:
        self.url = url
        error = new_error()
        out = ffi.new("lw_store **")
        setup = ffi.new("lw_store_setup *", {"read_only": read_only, "give_up": ffi.addressof(lib, "core_give_up")})
        check(lib.lw_store_open(out, c_text(url), setup, ffi.NULL, error), error)
        self.handle = ffi.gc(out[0], lib.lw_store_close)


def assistant_of(pointer: Any, store: Any) -> Any:
    """An assistant with an owner: it is closed with the last reference to it, and its store after it."""

    def close(assistant: Any, _kept: Any = store) -> None:
        lib.lw_assistant_close(assistant)

    return ffi.gc(pointer, close)


def chosen(url: str | os.PathLike[str] | None) -> str:
    """The URL of the store that is meant, also by a path, or where none is named."""
    if isinstance(url, os.PathLike):
        return f"sqlite:{os.fspath(url)}"
    if url is not None and not isinstance(url, str):
        raise TypeError(f"a store is named by its URL, such as 'sqlite:labwatch.db', not by {url!r}")
    return url or os.environ.get("LABWATCH_STORE") or "sqlite:labwatch.db"


def public(url: str) -> str:
    """A URL without its password."""
    pointer = lib.lw_store_public_url(c_text(url))
    if pointer == ffi.NULL:
        raise MemoryError
    return text_taken(pointer)


def list_experiments(store: str | os.PathLike[str] | None = None) -> list[str]:
    """Names of the experiments in a store."""
    opened = Store(chosen(store), True)
    error = new_error()
    names: list[str] = read(lib.core_experiments(opened.handle, error), error)
    return names
