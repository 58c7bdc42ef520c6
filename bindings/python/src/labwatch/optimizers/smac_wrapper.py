"""Random forests."""
from .base import Optimizer


class RandomForest(Optimizer):
    """A random forest as in SMAC: labwatch's `smac`."""

    labwatch_name = "smac"


SMAC = RandomForest
