"""The Branin function, as a Sacred experiment whose two numbers are suggested.

    python branin.py with search_space                      # one suggestion
    python branin.py with search_space -m localhost:27017:branin

Its minimum is 0.397887, at (-pi, 12.275), (pi, 2.275) and (9.42478, 2.475).
"""
import math
import os

from sacred import Experiment

from labwatch.assistant import LabAssistant
from labwatch.hyperparameters import UniformFloat
from labwatch.optimizers import RandomSearch

ex = Experiment("branin")
assistant = LabAssistant(ex, url=os.environ.get("LABWATCH_STORE", "sqlite:branin.db"), optimizer=RandomSearch)


@ex.config
def defaults():
    x = (0.0, 5.0)


@assistant.search_space
def search_space():
    x = (UniformFloat(-5, 10), UniformFloat(0, 15))


@ex.automain
def branin(x):
    x1, x2 = x
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    y = (x2 - b * x1**2 + c * x1 - 6) ** 2 + 10 * (1 - t) * math.cos(x1) + 10
    print(f"branin({x1:.3f}, {x2:.3f}) = {y:.6f}")
    return y
