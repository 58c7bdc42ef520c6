"""Makes the samples optuna.json and optuna-legacy.json (Optuna 5.0.0)."""
import json
import warnings

import optuna.distributions as d

warnings.simplefilter("ignore")
now = {
    "lr": d.FloatDistribution(1e-5, 1, log=True),
    "dropout": d.FloatDistribution(0, 0.5, step=0.25),
    "momentum": d.FloatDistribution(0.1, 1.0),
    "layers": d.IntDistribution(1, 5),
    "batch": d.IntDistribution(16, 128, step=16),
    "width": d.IntDistribution(1, 1000, log=True),
    "optimizer": d.CategoricalDistribution(["sgd", 1, 2.5, True, None, "caf\u00e9 \U0001f600"]),
    "seed": d.IntDistribution(7, 7),
    "device": d.CategoricalDistribution(["cpu"]),
}
before = {
    "a": d.UniformDistribution(0, 1),
    "b": d.LogUniformDistribution(1e-3, 1),
    "c": d.DiscreteUniformDistribution(0, 1, q=0.25),
    "d": d.IntUniformDistribution(1, 5, step=2),
    "e": d.IntLogUniformDistribution(1, 50),
}
with open("optuna.json", "w") as f:
    json.dump({name: json.loads(d.distribution_to_json(x)) for name, x in now.items()}, f, indent=2)
with open("optuna-legacy.json", "w") as f:
    json.dump({name: d.distribution_to_json(x) for name, x in before.items()}, f, indent=2)
