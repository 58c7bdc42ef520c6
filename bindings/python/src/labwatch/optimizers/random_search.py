"""Random search."""
from .base import Optimizer


class RandomSearch(Optimizer):
    """Independent draws: labwatch's `random`."""

    labwatch_name = "random"
