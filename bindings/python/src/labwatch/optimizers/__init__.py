"""Optimizers under Labwatch's names, for `LabAssistant(…, optimizer=RandomSearch)`.

Each stands for one of labwatch's; `LabAssistant` also takes a name (``"gp"``), a mapping with options, or a class of
one's own with Labwatch's methods (`Optimizer`).
"""
from .base import Optimizer
from .bayesian_optimization import BayesianOptimization
from .random_search import RandomSearch
from .smac_wrapper import SMAC, RandomForest

__all__ = ["SMAC", "BayesianOptimization", "Optimizer", "RandomForest", "RandomSearch"]
