"""Optimizers written in Python.

An optimizer is a class with a name and a method::

    class Cautious:
        name = "cautious"

        def __init__(self, space, seed): ...

        def suggest_configuration(self, request):
            return {"x": request.random()}

        def update(self, history): ...     # told when the history changed; may be left out

    labwatch.Experiment("heart", space, optimizer=Cautious)

A suggestion must follow from the space, the seed and the request alone: what an object keeps may make that faster, no
more.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ._library import bytes_of, c_text, check, ffi, lib, new_error, optional, raised_in_callback, read
from ._runs import describe
from ._spaces import SearchSpace
from .errors import NothingToSuggest


class History(Sequence[dict[str, Any]]):
    """What is known of the runs, in the order of their ids, read when it is asked for.

    An observation has run, outcome (pending, completed, failed, void), config, cost (what is minimised), failure,
    fidelity, replicate, memo and foreign. Valid during the call that got it.
    """

    def __init__(self, handle: Any) -> None:
        self._valid: Any = handle

    @property
    def _handle(self) -> Any:
        if self._valid is None:
            raise ValueError("the call that this history was given to has ended")
        return self._valid

    def _end(self) -> None:
        self._valid = None

    def __len__(self) -> int:
        return int(lib.lw_history_n(self._handle))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        i = index + len(self) if index < 0 else index
        if not 0 <= i < len(self):
            raise IndexError(index)
        error = new_error()
        return read(lib.core_observation(self._handle, i, error), error)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[i] for i in range(len(self)))

    def completed(self) -> Iterator[dict[str, Any]]:
        """Those that have a cost."""
        return (observation for observation in self if observation["outcome"] == "completed")


class Request:
    """What a suggestion is made from. Valid during the call that got it."""

    def __init__(self, handle: Any, proposal: Any) -> None:
        self._stream = handle.stream
        self._proposal = proposal
        #: Of the suggestion, from 1.
        self.number: int = handle.number
        #: 0, then 1, 2, … when what was proposed for this number is taken or not valid: propose something else.
        self.draw: int = handle.draw
        self.seed: int = handle.seed
        #: Runs that the experiment may have; 0: no limit.
        self.budget: int = handle.budget
        #: Models are fitted to the history up to this run; later runs count as pending.
        self.fit_last_id: int = handle.fit_last_id
        self.history = History(handle.history)

    def random(self) -> float:
        """A random number in (0, 1) from the suggestion's own stream."""
        return float(lib.lw_stream_uniform(self._valid(self._stream)))

    def sample(self) -> dict[str, Any]:
        """A valid configuration, drawn from the prior by the suggestion's own stream."""
        error = new_error()
        config = self._valid(self._proposal).config
        check(lib.lw_config_sample(config, self._stream, error), error)
        out: dict[str, Any] = read(lib.core_config_json(config, error), error)
        return out

    @staticmethod
    def _valid(lent: Any) -> Any:
        if lent is None:
            raise ValueError("the call that this request was given to has ended")
        return lent

    def _end(self) -> None:
        self._stream = self._proposal = None
        self.history._end()


class Suggestion:
    """A configuration with a memo, which comes back in the observation, and what else a run may have."""

    def __init__(self, config: Mapping[str, Any], *, memo: Mapping[str, Any] | None = None,
                 fidelity: float | None = None, parent: int | None = None) -> None:
        self.config = config
        self.memo = memo
        self.fidelity = fidelity
        self.parent = parent


class _Type:
    """A type object of the library that stands for a class. Lives as long as the process, as they all do."""

    def __init__(self, factory: Any, name: str) -> None:
        summary = " ".join(((factory.__doc__ or "").strip().splitlines() or ["written in Python"])[0].split())
        self.name = name
        self._keep = [optional(text) for text in (name, summary, factory.__module__)]
        self._init = ffi.callback("int(void *, const lw_optimizer_setup *, lw_error *)", _init_of(factory))
        self.pointer = ffi.new("lw_optimizer_type *")
        self.pointer.name, self.pointer.summary, self.pointer.source = self._keep
        self.pointer.reads = lib.LW_READS_HISTORY
        self.pointer.state_size = ffi.sizeof("void *")
        self.pointer.init = self._init
        self.pointer.suggest_configuration = ffi.addressof(lib, "labwatch_python_suggest")
        self.pointer.update = ffi.addressof(lib, "labwatch_python_update")
        self.pointer.release = ffi.addressof(lib, "labwatch_python_release")


_types: dict[Any, _Type] = {}
#: Optimizers at work, by the address of their state.
_at_work: dict[int, Any] = {}


def type_of(optimizer: Any) -> _Type:
    """The library's type for an optimizer's class."""
    if not isinstance(optimizer, type) or not callable(getattr(optimizer, "suggest_configuration", None)):
        raise TypeError(f"an optimizer is a name, a mapping or a class with suggest_configuration, not {optimizer!r}")
    if optimizer not in _types:
        hyphened = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", optimizer.__name__).lower()
        name = str(getattr(optimizer, "name", None) or hyphened)
        if lib.lw_optimizer_type_by_name(c_text(name), ffi.NULL, ffi.NULL) != ffi.NULL:
            raise ValueError(f"labwatch has an optimizer {name!r}: give the class {optimizer.__name__} another name")
        _types[optimizer] = _Type(optimizer, name)
    return _types[optimizer]


def _address(state: Any) -> int:
    return int(ffi.cast("uintptr_t", state))


def _init_of(factory: Any) -> Callable[[Any, Any, Any], int]:
    def init(state: Any, setup: Any, error: Any) -> int:
        try:
            document = read(lib.core_space_document(setup.space, error), error)
            _at_work[_address(state)] = factory(SearchSpace._of_document(document), int(setup.seed))
            return 0
        except BaseException as raised:
            return _failed(error, raised)

    return init


def _failed(error: Any, raised: BaseException) -> int:
    """An error of the library; the exception itself is raised with it when the call comes back to Python."""
    raised_in_callback(raised)
    told = ffi.new("char[]", describe(raised).encode("utf-8", "replace"))
    return int(lib.lw_error_set(error, lib.LW_EINVAL, b"%s", told))


def _propose(optimizer: Any, request: Any, proposal: Any, error: Any) -> None:
    asked = Request(request, proposal)
    try:
        suggested = optimizer.suggest_configuration(asked)
    finally:
        asked._end()
    suggestion = suggested if isinstance(suggested, Suggestion) else Suggestion(suggested)
    if not isinstance(suggestion.config, Mapping):
        raise TypeError(f"suggest_configuration returned {suggested!r}: it returns a configuration, or a Suggestion")
    data = bytes_of(suggestion.config)
    check(lib.core_config_set_json(proposal.config, data, len(data), error), error)
    if suggestion.memo:
        memo = bytes_of(suggestion.memo)
        check(lib.core_memo_set(proposal.memo, memo, len(memo), error), error)
    if suggestion.fidelity is not None:
        proposal.fidelity = suggestion.fidelity
    proposal.parent = suggestion.parent or 0


@ffi.def_extern()  # type: ignore[untyped-decorator]
def labwatch_python_suggest(state: Any, request: Any, proposal: Any, error: Any) -> int:
    try:
        _propose(_at_work[_address(state)], request, proposal, error)
        return int(lib.LW_OK)
    except NothingToSuggest as nothing:
        told = ffi.new("char[]", str(nothing).encode("utf-8", "replace"))
        return int(lib.lw_error_set(error, lib.LW_EXHAUSTED, b"%s", told))
    except BaseException as raised:
        return _failed(error, raised)


@ffi.def_extern()  # type: ignore[untyped-decorator]
def labwatch_python_update(state: Any, history: Any, changed: Any, n: int, error: Any) -> int:
    lent = History(history)
    try:
        update = getattr(_at_work[_address(state)], "update", None)
        if update is not None:
            update(lent)
        return int(lib.LW_OK)
    except BaseException as raised:
        return _failed(error, raised)
    finally:
        lent._end()


@ffi.def_extern()  # type: ignore[untyped-decorator]
def labwatch_python_release(state: Any) -> None:
    _at_work.pop(_address(state), None)
