"""Optuna's TPESampler.

Conditions: the space is defined by run, as Optuna's tutorial recommends. Constraints: constraints_func, 1 where
violated and -1 where kept; a violating trial, which has no cost, is told with the worst one so far.
"""
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def violation(trial):
    return (trial.user_attrs["violation"],)


class Peer:
    sampler = optuna.samplers.TPESampler

    def __init__(self, problem, budget):
        self.problem, self.worst = problem, 1.0
        options = {"constraints_func": violation} if problem.constrained else {}
        self.study = optuna.create_study(sampler=self.sampler(seed=problem.seed, **options))

    def value(self, p):
        if p.choices:
            return self.trial.suggest_categorical(p.name, p.choices)
        suggest = self.trial.suggest_int if p.kind == "integer" else self.trial.suggest_float
        return suggest(p.name, p.lower, p.upper, log=p.log)

    def ask(self):
        self.trial = self.study.ask()
        config = {}
        for p in self.problem.parameters:
            if all(name in config and config[name] in values for name, values in p.conditions):
                config[p.name] = self.value(p)
        return config

    def tell(self, config, cost):
        self.worst = max(self.worst, cost)
        self.trial.set_user_attr("violation", -1.0)
        self.study.tell(self.trial, cost)

    def forbid(self, config):
        self.trial.set_user_attr("violation", 1.0)
        self.study.tell(self.trial, self.worst)
