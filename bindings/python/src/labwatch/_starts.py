"""Runs that were taken for Sacred to begin with."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._runs import Run
from .searchspace import SearchSpace

#: For the moments between making a run and saying that this process has it.
GIVEN_LEASE_S = 60.0


class Start:
    """A run that Sacred is to begin with.

    named: the named config that asked for it; None: one of the assistant's methods did. is_own: it was made for values
    that the user gave, and not suggested.
    """

    def __init__(self, space: SearchSpace, run: Run, named: str | None = None, is_own: bool = False) -> None:
        self.space = space
        self.run = run
        self.named = named
        self.is_own = is_own

    @property
    def values(self) -> dict[str, Any]:
        """Its configuration without what is not searched."""
        return self.space.space.read(self.space.values(self.space.fill(self.run.config)), fill=True)

    def given(self) -> dict[str, Any]:
        """What else was given for it when it was queued or tried before, so that it is the same run again."""
        if self.run.attempt == 1:
            return {}
        record = self.run._experiment.run(self.run.id)
        given = (record.document.get("meta") or {}).get("config_updates")
        return {key: value for key, value in given.items() if key != "seed"} if isinstance(given, Mapping) else {}

    def completed(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """A configuration with the run's values in it."""
        return self.space.completed(config, self.run.config)

    def give_back(self) -> None:
        """It was not begun: the next worker gets what was suggested. What the user gave was for this once."""
        if self.is_own:
            self.run._experiment.remove(self.run.id)
            self.run._end()
        else:
            self.run.release()
