"""Writes smac/runhistory.json and smac/configspace.json with SMAC3 2.4.1: python make_smac.py

The paths in the traceback are cut by hand.
"""
import shutil
import tempfile
from pathlib import Path

from ConfigSpace import (
    CategoricalHyperparameter,
    ConfigurationSpace,
    EqualsCondition,
    UniformFloatHyperparameter,
    UniformIntegerHyperparameter,
)
from smac import RandomFacade, Scenario


def objective(config, seed=0):
    if config["n"] == 3:
        raise ValueError("three")
    return config["n"] + config.get("gamma", 0.5)


if __name__ == "__main__":
    cs = ConfigurationSpace(name="svm", seed=1)
    kernel = CategoricalHyperparameter("kernel", ["linear", "rbf"])
    gamma = UniformFloatHyperparameter("gamma", 1e-3, 1, log=True)
    cs.add(kernel, gamma, UniformIntegerHyperparameter("n", 1, 6))
    cs.add(EqualsCondition(gamma, kernel, "rbf"))
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(cs, name="svm", output_directory=Path(folder), n_trials=16, seed=2)
        RandomFacade(scenario, objective, logging_level=40).optimize()
        target = Path(__file__).parent / "smac"
        target.mkdir(exist_ok=True)
        for name in ("runhistory.json", "configspace.json"):
            shutil.copy(next(Path(folder).rglob(name)), target / name)
