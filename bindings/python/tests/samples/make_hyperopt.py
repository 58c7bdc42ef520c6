"""Writes hyperopt.pkl, a pickled Trials of hyperopt 0.2.7: python make_hyperopt.py"""
import pickle
from pathlib import Path

import numpy as np
from hyperopt import STATUS_FAIL, STATUS_OK, Trials, fmin, hp, rand

SPACE = {
    "C": hp.loguniform("C", -3, 3),
    "n": hp.quniform("n", 2, 10, 2),
    "kernel": hp.choice("kernel", [{"name": "linear"}, {"name": "rbf", "gamma": hp.uniform("gamma", 0, 1)}]),
}


def objective(config):
    if config["n"] == 4:
        return {"status": STATUS_FAIL}
    loss = np.float32(config["n"]) + config["kernel"].get("gamma", 0.5)
    return {"status": STATUS_OK, "loss": loss, "curve": np.arange(3), "config": config}


trials = Trials()
fmin(objective, SPACE, algo=rand.suggest, max_evals=12, trials=trials, rstate=np.random.default_rng(1),
     show_progressbar=False)
(Path(__file__).parent / "hyperopt.pkl").write_bytes(pickle.dumps(trials))
