"""Vizier's default algorithm, GP-UCB-PE, used as a designer.

It takes no conditions: all parameters are suggested and inactive ones are ignored. Ordinals are whole numbers. What a
constraint forbids is completed as infeasible, Vizier's own word for it.
"""
import jax
from vizier import algorithms as vza
from vizier import pyvizier as vz
from vizier._src.algorithms.designers import gp_ucb_pe


def add(root, p):
    scale = vz.ScaleType.LOG if p.log else vz.ScaleType.LINEAR
    if p.kind == "float":
        root.add_float_param(p.name, p.lower, p.upper, scale_type=scale)
    elif p.kind == "integer":
        root.add_int_param(p.name, p.lower, p.upper, scale_type=scale)
    elif p.kind == "ordinal":
        root.add_int_param(p.name, 0, len(p.choices) - 1)
    else:
        root.add_categorical_param(p.name, [str(i) for i in range(len(p.choices))])


class Peer:
    def __init__(self, problem, budget):
        self.problem = problem
        statement = vz.ProblemStatement()
        for p in problem.parameters:
            add(statement.search_space.root, p)
        statement.metric_information.append(vz.MetricInformation("cost", goal=vz.ObjectiveMetricGoal.MINIMIZE))
        self.designer = gp_ucb_pe.VizierGPUCBPEBandit(statement, rng=jax.random.PRNGKey(problem.seed))
        self.trials = 0

    def ask(self):
        suggestion = self.designer.suggest(1)[0]
        self.trials += 1
        self.trial = suggestion.to_trial(self.trials)
        values = {p.name: suggestion.parameters.get_value(p.name) for p in self.problem.parameters}
        return self.problem.active({p.name: p.choices[int(values[p.name])] if p.choices else values[p.name]
                                    for p in self.problem.parameters})

    def complete(self, measurement, **reason):
        self.trial.complete(measurement, **reason)
        self.designer.update(vza.CompletedTrials([self.trial]), vza.ActiveTrials([]))

    def tell(self, config, cost):
        self.complete(vz.Measurement({"cost": cost}))

    def forbid(self, config):
        self.complete(vz.Measurement(), infeasibility_reason="forbidden")
