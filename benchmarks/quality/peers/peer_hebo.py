"""HEBO with its defaults.

It takes no conditions: all parameters are suggested and inactive ones are ignored. Ordinals are whole numbers,
logarithmic ones its `pow_int`. What a constraint forbids is told with the worst cost so far.
"""
import random

import numpy as np
import torch
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO

torch.set_num_threads(1)


def entry(p):
    if p.kind == "categorical":
        return {"name": p.name, "type": "cat", "categories": [str(i) for i in range(len(p.choices))]}
    if p.kind == "ordinal":
        return {"name": p.name, "type": "int", "lb": 0, "ub": len(p.choices) - 1}
    kinds = {"float": ("num", "pow"), "integer": ("int", "pow_int")}
    base = {"base": 10} if p.log else {}
    return {"name": p.name, "type": kinds[p.kind][p.log], "lb": p.lower, "ub": p.upper, **base}


class Peer:
    def __init__(self, problem, budget):
        random.seed(problem.seed)
        np.random.seed(problem.seed)
        torch.manual_seed(problem.seed)
        self.problem, self.worst = problem, 1.0
        self.hebo = HEBO(DesignSpace().parse([entry(p) for p in problem.parameters]), scramble_seed=problem.seed)

    def ask(self):
        self.suggestion = self.hebo.suggest(n_suggestions=1)
        row = self.suggestion.iloc[0]
        return self.problem.active({p.name: p.choices[int(row[p.name])] if p.choices else row[p.name]
                                    for p in self.problem.parameters})

    def observe(self, cost):
        self.hebo.observe(self.suggestion, np.array([[cost]]))

    def tell(self, config, cost):
        self.worst = max(self.worst, cost)
        self.observe(cost)

    def forbid(self, config):
        self.observe(self.worst)
