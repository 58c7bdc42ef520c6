"""Optuna's GPSampler.

It needs one space for all trials, so conditions are flattened: all parameters are suggested, inactive ones are ignored.
"""
import optuna
import peer_optuna_tpe


class Peer(peer_optuna_tpe.Peer):
    sampler = optuna.samplers.GPSampler

    def ask(self):
        self.trial = self.study.ask()
        return {p.name: self.value(p) for p in self.problem.parameters}
