"""run_peer.py PEER PROBLEM SEED BUDGET[/OUTSTANDING] FILE: one trace of one peer, written when it is complete.

Runs in the peer's own environment. OUTSTANDING configurations (1) are under way at any time, and end in the order in
which they began; more than one is for peers that keep what they were asked for in `trial`.

A forbidden configuration is told to the peer in its own way and costs no evaluation; after 50 in a row a random
permitted one is evaluated. CPU seconds are those of ask and tell, without the evaluation.
"""
import importlib
import json
import os
import sys
import time
from collections import deque

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


class Evaluation:
    """A configuration that was asked for and permitted."""

    def __init__(self, peer, problem, rng):
        self.clock = Clock()
        for _ in range(TRIES):
            with self.clock:
                self.config = peer.ask()
            try:
                self.cost, self.value = problem.evaluate(self.config)
            except Forbidden:
                with self.clock:
                    peer.forbid(self.config)
                continue
            self.trial = getattr(peer, "trial", None)
            self.is_asked = True
            return
        self.config, self.cost, self.value = permitted(problem, rng)
        self.is_asked = False

    def end(self, peer):
        if self.is_asked:
            peer.trial = self.trial
            with self.clock:
                peer.tell(self.config, self.cost)


def evaluations(peer, problem, budget, outstanding):
    """All of them, in their order, each when it has ended."""
    rng = generator(problem.seed)
    begun = deque()
    for number in range(budget):
        while len(begun) < min(outstanding, budget - number):
            begun.append(Evaluation(peer, problem, rng))
        begun[0].end(peer)
        yield begun.popleft()


def main(peer_name, problem_name, seed, budget, path):
    budget, outstanding = (int(n) for n in f"{budget}/1".split("/")[:2])
    problem = Problem(problem_name, int(seed))
    module = importlib.import_module("peer_" + peer_name.replace("-", "_"))
    first = Clock()
    with first:
        peer = module.Peer(problem, budget)
    done = list(evaluations(peer, problem, budget, outstanding))
    done[0].clock.spent += first.spent
    problem.close()
    trace = {"peer": peer_name, "problem": problem_name, "seed": problem.seed, "suite": problem.suite,
             "budget": budget, "outstanding": outstanding,
             "values": [float(f"{e.value:.9g}") for e in done], "costs": [float(f"{e.cost:.9g}") for e in done],
             "cpu": [float(f"{e.clock.spent:.3g}") for e in done], "optimum": problem.optimum}
    with open(path + ".part", "w") as out:
        json.dump(trace, out)
        out.write("\n")
    os.replace(path + ".part", path)


if __name__ == "__main__":
    main(*sys.argv[1:])
