"""What an optimizer of Labwatch is."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class Optimizer:
    """Proposes configurations of a search space. Subclasses of one's own give suggest_configuration and update."""

    #: Which of labwatch's optimizers this stands for, and its options; empty for one's own.
    labwatch_name: ClassVar[str] = ""
    labwatch_options: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, config_space: Any) -> None:
        self.config_space = config_space

    def get_random_config(self) -> dict[str, Any]:
        """Values by name, drawn at random."""
        drawn: dict[str, Any] = self.config_space.sample()
        return drawn

    def get_default_config(self) -> dict[str, Any]:
        """The default values by name."""
        default: dict[str, Any] = self.config_space.default()
        return default

    def suggest_configuration(self) -> dict[str, Any] | None:
        """Values by name; None: draw at random."""
        return None

    def update(self, configs: Sequence[dict[str, Any]], costs: Sequence[float], runs: Sequence[dict[str, Any]]) -> None:
        """Is told of all completed runs: values by name, what is minimised, and what else is known."""

    def needs_updates(self) -> bool:
        return False
