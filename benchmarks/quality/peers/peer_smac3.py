"""SMAC3's HyperparameterOptimizationFacade over a ConfigSpace with conditions.

What a constraint forbids is told as a crash, with the worst cost so far. A configuration is evaluated once, also where
costs are noisy.
"""
import json
import os
import tempfile

from ConfigSpace import ConfigurationSpace
from smac import HyperparameterOptimizationFacade as Facade
from smac import Scenario
from smac.runhistory import StatusType, TrialValue

from suite import ask_program


def plain(value):
    """Python's own type in place of numpy's."""
    return value.item() if hasattr(value, "item") else value


class Peer:
    def __init__(self, problem, budget):
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            file.write(ask_program("configspace", problem.name))
        space = ConfigurationSpace.from_json(file.name)
        os.unlink(file.name)
        space.seed(problem.seed)
        self.folder = tempfile.TemporaryDirectory()
        scenario = Scenario(space, n_trials=budget * (4 if problem.constrained else 1), seed=problem.seed,
                            deterministic=not problem.noisy, output_directory=self.folder.name)
        first = min(10 * len(problem.parameters), budget // 4)
        self.smac = Facade(scenario, lambda config, seed=0: 0.0, logging_level=40, overwrite=True,
                           intensifier=Facade.get_intensifier(scenario, max_config_calls=1),
                           initial_design=Facade.get_initial_design(scenario, n_configs=first))
        self.worst = 1.0

    def ask(self):
        self.trial = self.smac.ask()
        return {name: plain(value) for name, value in dict(self.trial.config).items()}

    def tell(self, config, cost):
        self.worst = max(self.worst, cost)
        self.smac.tell(self.trial, TrialValue(cost=cost))

    def forbid(self, config):
        self.smac.tell(self.trial, TrialValue(cost=self.worst, status=StatusType.CRASHED))
