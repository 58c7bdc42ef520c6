"""Experiments that are open: their stores and assistants, what they are, and how they go to other processes."""
from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from ._beats import Beater
from ._library import check, ffi, lib, new_error, optional, read, text_taken
from ._parameters import Originals
from ._spaces import SearchSpace
from ._stores import Store, assistant_of, public
from .errors import ForkedError, NotFoundError

Self = TypeVar("Self", bound="Opened")


class Opening(NamedTuple):
    """How an experiment is opened: by what a file says, or by its name alone."""

    store: str
    #: The experiment's name, or what messages call the text.
    source: str
    text: str | None = None
    #: The budget in place of the text's; 0 is that of the text.
    runs: int = 0
    new_version: bool = False
    read_only: bool = False
    #: The library's types for optimizers that are written in Python.
    types: tuple[Any, ...] = ()
    #: The user's own objects by space.
    originals: Mapping[str, Originals] = {}


def _assistant(store: Store, opening: Opening) -> tuple[Any, list[str]]:
    """The library's assistant, and what it warned of in the text."""
    source = optional(opening.source)
    asked = ffi.new("core_opening *", {"new_version": opening.new_version, "read_only": opening.read_only,
                                       "runs": opening.runs, "source": source, "name": source})
    keep: list[Any] = [store]
    if opening.text is not None:
        data = opening.text.encode("utf-8", "surrogateescape")
        keep.append(ffi.from_buffer("char[]", data))
        asked.text = keep[-1]
        asked.length = len(data)
    if opening.types:
        keep.append(ffi.new("lw_optimizer_type *[]", [one.pointer for one in opening.types] + [ffi.NULL]))
        asked.optimizers = ffi.cast("const lw_optimizer_type *const *", keep[-1])
    error = new_error()
    out = ffi.new("lw_assistant **")
    warned = ffi.new("char **")
    code = lib.core_open(out, store.handle, asked, warned, error)
    warnings = text_taken(warned[0]).splitlines() if warned[0] != ffi.NULL else []
    check(code, error)
    return assistant_of(out[0], keep), warnings


class Opened:
    """An experiment that is open. Safe in threads. After a fork it must be opened again in the child."""

    def _open(self, opening: Opening) -> None:
        self._open_store(opening.store, opening.read_only)
        self._use(opening)

    def _open_store(self, url: str, read_only: bool) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._beater: Beater | None = None
        #: The store's URL.
        self.store: str = url
        self._opened_store: Any = Store(url, read_only)

    def _as_stored(self, name: str) -> dict[str, Any] | None:
        """What the open store has under that name."""
        try:
            assistant, _ = _assistant(self._opened_store, Opening(self.store, name, read_only=True))
        except NotFoundError:
            return None
        error = new_error()
        found: dict[str, Any] = read(lib.core_experiment(assistant, error), error)
        return found

    def _use(self, opening: Opening) -> None:
        """Opens the assistant on the open store."""
        self._assistant: Any
        self._assistant, warnings = _assistant(self._opened_store, opening)
        #: What the library warned of in the experiment's text.
        self.warnings: list[str] = warnings
        error = new_error()
        self._described: dict[str, Any] = read(lib.core_experiment(self._assistant, error), error)
        # From now on by its name: somebody may change it in the store, and what this text said does not come back.
        self._opening = opening._replace(text=None, source=self.name, new_version=False)
        self._originals = opening.originals
        # At the end of the interpreter, too: what was written is then in the store's one file.
        self._finalizer = weakref.finalize(self, _let_go, self.__dict__)

    def _on_the_same_store(self: Self, opening: Opening) -> Self:
        """The experiment, opened in another way."""
        assert self._handle is not None  # which tells of a fork, or that it is closed
        other = type(self).__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._lock = threading.Lock()
        other._beater = None
        other._use(opening)
        return other

    @property
    def _handle(self) -> Any:
        """The assistant. Whoever calls the library with it keeps it open meanwhile."""
        if os.getpid() != self._pid:
            raise ForkedError(f"the experiment {self.name!r} was opened before a fork: open it anew in the child "
                              "(experiment.reopen())")
        assistant = self._assistant
        if assistant is None:
            raise self._closed()
        return assistant

    def _closed(self) -> ValueError:
        return ValueError(f"the experiment {self.name!r} is closed: use it inside its with block, or open it again")

    @property
    def _store(self) -> Any:
        store = self._opened_store
        if self._handle is None or store is None:
            raise self._closed()
        return store.handle

    def reopen(self: Self) -> Self:
        """The same experiment, opened anew: for a child process."""
        if self.store == "memory:":
            raise ValueError("a store in memory is its process's own: it cannot be opened again")
        return _reopened(type(self), self._opening)

    def __reduce__(self) -> Any:
        if self.store == "memory:":
            raise TypeError("an experiment in memory cannot be given to another process: use a file, sqlite:NAME.db")
        if self._opening.types:
            raise TypeError("an experiment whose optimizer is written in Python cannot be given to another process")
        return _reopened, (type(self), self._opening)

    def close(self) -> None:
        """Closes it; runs that it gave out stay as they are. A call in another thread that is under way still ends."""
        if self._beater is not None and os.getpid() == self._pid:
            self._beater.stop()
        self._assistant = None
        self._opened_store = None

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    # ---- what it is ----

    @property
    def name(self) -> str:
        """The experiment's name."""
        return str(self._described["name"])

    @property
    def goal(self) -> str:
        """minimize or maximize."""
        return str(self._described["goal"])

    @property
    def seed(self) -> int:
        """What the optimizer's random numbers come from."""
        return int(self._described["seed"])

    @property
    def optimizer(self) -> str:
        """The optimizer's name."""
        return str(self._described["optimizer"])

    @property
    def objective(self) -> str | None:
        """The name of the cost in results that are mappings."""
        name: str | None = self._described["objective"]
        return name

    @property
    def text(self) -> str:
        """The experiment file's text, as the store has it."""
        return str(self._described["text"])

    @property
    def space_names(self) -> list[str]:
        """The names of its search spaces; the first one counts where none is named."""
        return [name for name, _ in self._described["spaces"]]

    def space(self, name: str | None = None) -> SearchSpace:
        """A search space of it; the first one without a name."""
        error = new_error()
        out = ffi.new("lw_space **")
        data = self.text.encode()
        check(lib.core_space(out, data, len(data), b"experiment", optional(name), error), error)
        return SearchSpace._of(out[0], self._originals.get(name or self.space_names[0]))

    def __repr__(self) -> str:
        return f"Experiment({self.name!r}, store={public(self.store)!r})"


def _let_go(experiment: dict[str, Any]) -> None:
    experiment["_assistant"] = experiment["_opened_store"] = None


def _reopened(cls: type[Self], opening: Opening) -> Self:
    experiment = cls.__new__(cls)
    experiment._open(opening)
    return experiment
