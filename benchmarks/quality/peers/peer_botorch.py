"""BoTorch: a Gaussian process (SingleTaskGP, MixedSingleTaskGP with categories) and LogExpectedImprovement, or
qLogNoisyExpectedImprovement where costs are noisy.

The acquisition function is optimised as Ax does it: optimize_acqf over floats, optimize_acqf_mixed_alternating where
there are whole numbers or choices. Coordinates are in [0, 1] on the parameter's scale, ordinals by rank, categories by
index; inactive parameters have the middle one. The first 2 d configurations (at least 5, at most a third of the
budget) are scrambled Sobol' points. What a constraint forbids is told with the worst cost so far.
"""
import torch
from botorch.acquisition import LogExpectedImprovement, qLogNoisyExpectedImprovement
from botorch.models import MixedSingleTaskGP, SingleTaskGP
from botorch.optim import optimize_acqf, optimize_acqf_mixed_alternating
from botorch.optim.fit import fit_gpytorch_mll_scipy
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.mlls import ExactMarginalLogLikelihood
from torch.quasirandom import SobolEngine

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
MOST_LEVELS = 30  # whole numbers with more are relaxed
MOST_ITERATIONS = 200  # mixed models otherwise go on for thousands, without use


class Coordinate:
    def __init__(self, p):
        self.p, self.n = p, len(p.choices)
        self.categorical = p.kind == "categorical"
        self.levels = None
        if p.kind == "ordinal":
            self.levels = [i / (self.n - 1) for i in range(self.n)]
        elif p.kind == "integer" and p.upper - p.lower < MOST_LEVELS:
            self.levels = [p.to_unit(v) for v in range(int(p.lower), int(p.upper) + 1)]
        self.lower, self.upper = 0.0, self.n - 1.0 if self.categorical else 1.0
        if self.levels:
            self.lower, self.upper = self.levels[0], self.levels[-1]

    def from_sobol(self, u):
        if self.categorical:
            return min(int(u * self.n), self.n - 1)
        return min(self.levels, key=lambda level: abs(level - u)) if self.levels else u

    def decode(self, x):
        if self.p.choices:
            return self.p.choices[round(x if self.categorical else x * (self.n - 1))]
        return self.p.from_unit(x)

    def encode(self, config):
        if self.p.name not in config:
            return 0.0 if self.categorical else self.from_sobol(0.5)
        if self.p.choices:
            return self.p.choices.index(config[self.p.name]) / (1 if self.categorical else self.n - 1)
        return self.p.to_unit(config[self.p.name])


class Peer:
    def __init__(self, problem, budget):
        torch.manual_seed(problem.seed)
        self.problem = problem
        self.coordinates = [Coordinate(p) for p in problem.parameters]
        self.d = len(self.coordinates)
        self.n_first = max(5, min(2 * self.d, budget // 3))
        self.sobol = SobolEngine(self.d, scramble=True, seed=problem.seed)
        self.x, self.y = [], []
        self.categories = {i: list(range(c.n)) for i, c in enumerate(self.coordinates) if c.categorical}
        self.discrete = {i: c.levels for i, c in enumerate(self.coordinates) if c.levels}
        self.bounds = torch.tensor([[c.lower for c in self.coordinates], [c.upper for c in self.coordinates]])

    def model(self):
        x, y = torch.tensor(self.x), -torch.tensor(self.y).unsqueeze(-1)
        gp = MixedSingleTaskGP(x, y, cat_dims=list(self.categories)) if self.categories else SingleTaskGP(x, y)
        fit_gpytorch_mll_scipy(ExactMarginalLogLikelihood(gp.likelihood, gp), options={"maxiter": MOST_ITERATIONS})
        return gp, x

    def suggest(self):
        gp, x = self.model()
        if self.problem.noisy:
            sampler = SobolQMCNormalSampler(torch.Size([128]))
            acquisition = qLogNoisyExpectedImprovement(gp, x, sampler=sampler, prune_baseline=True)
        else:
            acquisition = LogExpectedImprovement(gp, best_f=-min(self.y))
        if self.categories or self.discrete:
            candidate, _ = optimize_acqf_mixed_alternating(acquisition, self.bounds, discrete_dims=self.discrete,
                                                           cat_dims=self.categories, q=1, raw_samples=256,
                                                           num_restarts=8)
        else:
            candidate, _ = optimize_acqf(acquisition, self.bounds, q=1, num_restarts=8, raw_samples=256)
        return candidate[0].tolist()

    def ask(self):
        if len(self.y) < self.n_first:
            x = [c.from_sobol(u) for c, u in zip(self.coordinates, self.sobol.draw(1)[0].tolist())]
        else:
            x = self.suggest()
        return self.problem.active({c.p.name: c.decode(value) for c, value in zip(self.coordinates, x)})

    def tell(self, config, cost):
        self.x.append([float(c.encode(config)) for c in self.coordinates])
        self.y.append(cost)

    def forbid(self, config):
        self.tell(config, max(self.y, default=1.0))
