"""Bayesian optimization."""
from .base import Optimizer


class BayesianOptimization(Optimizer):
    """A Gaussian process: labwatch's `gp`."""

    labwatch_name = "gp"
