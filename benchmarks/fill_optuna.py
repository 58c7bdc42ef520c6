"""fill_optuna.py STORAGE TRIALS: a study `cold` with that many finished trials of the space that run.sh asks for."""
import random
import sys

import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
space = {
    "learning_rate": FloatDistribution(1e-5, 1.0, log=True),
    "momentum": FloatDistribution(0.0, 0.99),
    "weight_decay": FloatDistribution(1e-8, 0.01, log=True),
    "dropout": FloatDistribution(0.0, 0.7),
    "layers": IntDistribution(1, 12),
    "width": IntDistribution(16, 2048, log=True),
}
rng = random.Random(1)
study = optuna.create_study(storage=sys.argv[1], study_name="cold")
study.add_trials(
    create_trial(
        params={n: rng.randint(d.low, d.high) if isinstance(d, IntDistribution) else rng.uniform(d.low, d.high) for n, d in space.items()},
        distributions=space,
        value=rng.random(),
    )
    for _ in range(int(sys.argv[2]))
)
