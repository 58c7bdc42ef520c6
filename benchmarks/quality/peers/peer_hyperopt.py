"""hyperopt's tpe.suggest with its defaults, asked and told without fmin.

Conditions: a parameter that others depend on is an hp.choice of dictionaries; what several of its values need is one
node below each of them. So an integer that others depend on is a choice. Ordinals are choices, since there are no
others. What a constraint forbids is told as STATUS_FAIL.
"""
import math
import random

from hyperopt import STATUS_FAIL, STATUS_OK, Trials, hp, space_eval, tpe
from hyperopt.base import JOB_STATE_DONE, Domain


class Space:
    """The search space as an expression, and how configurations come out of it."""

    def __init__(self, parameters):
        self.parameters, self.nodes = parameters, {}
        self.expression = [self.node(p) for p in parameters if not p.conditions]

    def children(self, parent, value):
        return [p for p in self.parameters if any(n == parent.name and value in values for n, values in p.conditions)]

    def values(self, p):
        """Those that others depend on, or []."""
        names = {name for q in self.parameters for name, _ in q.conditions}
        if p.choices:
            return p.choices
        return list(range(p.lower, p.upper + 1)) if p.name in names else []

    def node(self, p):
        if p.name not in self.nodes:
            values = self.values(p)
            options = [(p.name, value, [self.node(q) for q in self.children(p, value)]) for value in values]
            self.nodes[p.name] = hp.choice(p.name, options) if values else (p.name, self.number(p), [])
        return self.nodes[p.name]

    @staticmethod
    def number(p):
        if p.kind == "integer":
            bounds = p.lower - 0.5, p.upper + 0.5
            if p.log:
                return hp.qloguniform(p.name, *(math.log(max(b, 0.5)) for b in bounds), 1)
            return hp.quniform(p.name, *bounds, 1)
        if p.log:
            return hp.loguniform(p.name, math.log(p.lower), math.log(p.upper))
        return hp.uniform(p.name, p.lower, p.upper)

    def read(self, entries, config):
        for name, value, below in entries:
            config[name] = value
            self.read(below, config)
        return config


class Peer:
    def __init__(self, problem, budget):
        self.problem, self.trials = problem, Trials()
        self.space = Space(problem.parameters)
        self.domain = Domain(None, self.space.expression, pass_expr_memo_ctrl=False)
        self.random = random.Random(problem.seed)

    def ask(self):
        ids = self.trials.new_trial_ids(1)
        documents = tpe.suggest(ids, self.domain, self.trials, self.random.randrange(2**31 - 1))
        self.trials.insert_trial_docs(documents)
        self.trials.refresh()
        self.trial = self.trials._dynamic_trials[-1]
        chosen = {name: values[0] for name, values in self.trial["misc"]["vals"].items() if values}
        config = self.space.read(space_eval(self.space.expression, chosen), {})
        return {p.name: p.clip(config[p.name]) for p in self.problem.parameters if p.name in config}

    def finish(self, result):
        self.trial["state"], self.trial["result"] = JOB_STATE_DONE, result
        self.trials.refresh()

    def tell(self, config, cost):
        self.finish({"loss": cost, "status": STATUS_OK})

    def forbid(self, config):
        self.finish({"status": STATUS_FAIL})
