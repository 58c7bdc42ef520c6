"""pycma: CMAEvolutionStrategy from the middle with a quarter of the range, and restarts with twice the population.

Floats and logarithmic integers are coordinates in [0, 1]; other integers, ordinals and choices are its integer
variables, choices in the order of their list. It takes no conditions: all parameters are suggested and inactive ones
are ignored. What a constraint forbids is told with the worst cost so far.
"""
import random
import warnings

import cma

warnings.filterwarnings("ignore")


class Coordinate:
    def __init__(self, p):
        self.p = p
        self.is_integer = bool(p.choices) or (p.kind == "integer" and not p.log)
        self.lower, self.upper = 0.0, 1.0
        if p.choices:
            self.lower, self.upper = -0.5, len(p.choices) - 0.5
        elif self.is_integer:
            self.lower, self.upper = p.lower - 0.5, p.upper + 0.5

    def value(self, x):
        if not self.is_integer:
            return self.p.from_unit(x)
        level = min(max(round(x), round(self.lower + 0.5)), round(self.upper - 0.5))
        return self.p.choices[level] if self.p.choices else level

    def at(self, u):
        return self.lower + u * (self.upper - self.lower)


class Peer:
    def __init__(self, problem, budget):
        self.problem, self.worst = problem, 1.0
        self.coordinates = [Coordinate(p) for p in problem.parameters]
        self.random = random.Random(problem.seed)
        self.population = None
        self.start([0.5] * len(self.coordinates))

    def start(self, u):
        widths = [c.upper - c.lower for c in self.coordinates]
        options = {"bounds": [[c.lower for c in self.coordinates], [c.upper for c in self.coordinates]],
                   "CMA_stds": widths, "integer_variables": [i for i, c in enumerate(self.coordinates) if c.is_integer],
                   "seed": self.random.randrange(1, 2**31), "verbose": -9}
        if self.population:
            options["popsize"] = self.population
        self.strategy = cma.CMAEvolutionStrategy([c.at(v) for c, v in zip(self.coordinates, u)], 0.25, options)
        self.population = self.strategy.popsize
        self.points, self.costs = self.strategy.ask(), []

    def ask(self):
        x = self.points[len(self.costs)]
        return self.problem.active({c.p.name: c.value(v) for c, v in zip(self.coordinates, x)})

    def observe(self, cost):
        self.costs.append(cost)
        if len(self.costs) < len(self.points):
            return
        self.strategy.tell(self.points, self.costs)
        if self.strategy.stop():
            self.population *= 2
            self.start([self.random.random() for _ in self.coordinates])
        else:
            self.points, self.costs = self.strategy.ask(), []

    def tell(self, config, cost):
        self.worst = max(self.worst, cost)
        self.observe(cost)

    def forbid(self, config):
        self.observe(self.worst)
