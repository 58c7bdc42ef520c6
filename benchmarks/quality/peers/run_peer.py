"""run_peer.py PEER PROBLEM SEED BUDGET FILE: one trace of one peer, written when it is complete.

Runs in the peer's own environment.

A forbidden configuration is told to the peer in its own way and costs no evaluation; after 50 in a row a random
permitted one is evaluated. CPU seconds are those of ask and tell, without the evaluation.
"""
import importlib
import json
import os
import sys
import time

from suite import Forbidden, Problem, generator

TRIES = 50


class Clock:
    """CPU time of this process and what it waited for."""

    def __init__(self):
        self.spent = 0.0

    def __enter__(self):
        self.start = time.process_time()

    def __exit__(self, *_):
        self.spent += time.process_time() - self.start


def permitted(problem, rng):
    """A random configuration that is evaluated: (config, cost, value)."""
    while True:
        config = problem.active(problem.sample(rng))
        try:
            return config, *problem.evaluate(config)
        except Forbidden:
            pass


def next_evaluation(peer, problem, rng, clock):
    for _ in range(TRIES):
        with clock:
            config = peer.ask()
        try:
            cost, value = problem.evaluate(config)
        except Forbidden:
            with clock:
                peer.forbid(config)
            continue
        with clock:
            peer.tell(config, cost)
        return cost, value
    _, cost, value = permitted(problem, rng)
    return cost, value


def main(peer_name, problem_name, seed, budget, path):
    problem = Problem(problem_name, int(seed))
    module = importlib.import_module("peer_" + peer_name.replace("-", "_"))
    costs, values, cpu = [], [], []
    rng = generator(problem.seed)
    first = Clock()
    with first:
        peer = module.Peer(problem, int(budget))
    for _ in range(int(budget)):
        clock = Clock()
        cost, value = next_evaluation(peer, problem, rng, clock)
        costs.append(float(f"{cost:.9g}"))
        values.append(float(f"{value:.9g}"))
        cpu.append(float(f"{clock.spent + first.spent:.3g}"))
        first.spent = 0
    problem.close()
    trace = {"peer": peer_name, "problem": problem_name, "seed": problem.seed, "suite": problem.suite,
             "budget": int(budget), "values": values, "costs": costs, "cpu": cpu, "optimum": problem.optimum}
    with open(path + ".part", "w") as out:
        json.dump(trace, out)
        out.write("\n")
    os.replace(path + ".part", path)


if __name__ == "__main__":
    main(*sys.argv[1:])
