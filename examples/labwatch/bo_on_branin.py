"""Bayesian optimization of the Branin function: `python bo_on_branin.py [RUNS]`."""
import sys

from branin import assistant, ex

from labwatch.optimizers import BayesianOptimization

assistant.optimizer = BayesianOptimization

for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 30):
    ex.run(named_configs=["search_space"])

config, result = assistant.get_current_best()
print(f"best: {result:.6f} at x = {config['x']}")
