"""Search spaces as named configs of Sacred."""
from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from ._patience import patiently
from ._starts import GIVEN_LEASE_S, Start

if TYPE_CHECKING:
    from .assistant import LabAssistant


class NamedSpace:
    """A named config whose values are suggested when it is asked for. Values from the command line stand."""

    def __init__(self, assistant: LabAssistant, name: str) -> None:
        self._assistant = assistant
        self._name = name
        self.__doc__ = "a search space: its values are suggested"

    def __call__(self, fixed: Any = None, preset: Any = None, fallback: Any = None) -> dict[str, Any]:
        from sacred.config.utils import recursive_fill_in

        assistant = self._assistant
        assistant._drop_next()
        assistant.current_search_space_name = self._name
        given = assistant.spaces[self._name].given(fixed or {})
        start = self._with_given(given) if given else assistant._suggested()
        start.named = self._name
        assistant._next = start
        assistant._inject()
        config: dict[str, Any] = deepcopy(dict(fixed or {}))
        recursive_fill_in(config, {"seed": start.run.seed, **start.completed(start.given())})
        recursive_fill_in(config, deepcopy(dict(preset or {})))
        return config

    def _with_given(self, given: Mapping[int, Any]) -> Start:
        """A run with values that the user gave. The others are suggested: what was queued stays for others."""
        assistant = self._assistant
        space = assistant.spaces[self._name]
        suggested: Mapping[str, Any] = {} if space.is_whole(given) else self._suggestion()
        return assistant._made(space, space.values_with(suggested, given))

    def _suggestion(self) -> dict[str, Any]:
        """A suggested configuration that nobody is to run as it is."""
        experiment = self._assistant.experiment
        run = experiment.suggest(space=self._name, lease=GIVEN_LEASE_S)
        patiently(lambda: experiment.remove(run.id))
        return run.config
