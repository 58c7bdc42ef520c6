"""An experiment whose search space is found, and grows, while it runs."""
from __future__ import annotations

from ._experiments import Experiment
from ._found_space import FoundSpace
from ._spaces import SearchSpace


class GrowingExperiment:
    """The experiment with the space as it is known now. One thread at a time may call it."""

    def __init__(self, experiment: Experiment, optimizer: type | None) -> None:
        """optimizer: one that is written in Python, without which the experiment cannot be opened again."""
        #: With the newest version of the space.
        self.now = experiment
        self.space = experiment.space()
        #: Of the parameters in the space. What was found may be more.
        self.names = set(self.space)
        self.found = FoundSpace.of(self.space)
        self._optimizer = optimizer
        if self.found.space() != self.space:
            raise ValueError(f"{experiment.name!r} is no study: its space has constants or constraints")
        self._learn(experiment)

    def grow(self) -> None:
        """Makes what is found of the space a new version, if it is another one than before."""
        if self.found.space() != self.space:
            self._include_stored()
            self._use(self.found.space())

    def catch_up(self) -> bool:
        """Takes in what others have found of the space. Whether that makes it another one."""
        self._include_stored()
        space = self.found.space()
        if space == self.space:
            return False
        self._use(space)
        return True

    def _include_stored(self) -> None:
        if self.now.store != "memory:":
            with Experiment(self.now.name, store=self.now.store, optimizer=self._optimizer) as stored:
                self.found.include(FoundSpace.of(stored.space()))
                self._learn(stored)

    def _use(self, space: SearchSpace) -> None:
        self.now = self.now._with_space(space)
        self.space, self.names = space, set(space)

    def _learn(self, experiment: Experiment) -> None:
        """Learns from completed trials which parameters go together."""
        for run in experiment.runs("status = COMPLETED"):
            self.found.add(dict((run.results or {}).get("asked", [])))
