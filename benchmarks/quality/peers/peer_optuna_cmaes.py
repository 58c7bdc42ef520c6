"""Optuna's CmaEsSampler with its defaults.

Choices are drawn at random by its independent sampler, since it has numbers only. It needs one space for all trials, so
conditions are flattened. It knows no constraints: what one forbids is told with the worst cost so far.
"""
import optuna
import peer_optuna_gp


class Peer(peer_optuna_gp.Peer):
    def __init__(self, problem, budget):
        self.problem, self.worst = problem, 1.0
        sampler = optuna.samplers.CmaEsSampler(seed=problem.seed, warn_independent_sampling=False)
        self.study = optuna.create_study(sampler=sampler)

    def tell(self, config, cost):
        self.worst = max(self.worst, cost)
        self.study.tell(self.trial, cost)

    def forbid(self, config):
        self.study.tell(self.trial, self.worst)
