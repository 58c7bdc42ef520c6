"""Writes optuna.sql (the dump of an SQLite study) and optuna.journal with Optuna 5.0.0: python make_optuna.py"""
import sqlite3
import tempfile
from pathlib import Path

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

HERE = Path(__file__).parent
optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    kernel = trial.suggest_categorical("kernel", ["linear", "rbf", None])
    c = trial.suggest_float("svm.C", 1e-3, 1e3, log=True)
    n = trial.suggest_int("n", 2, 10, step=2)
    if kernel == "rbf":
        n += trial.suggest_float("gamma", 0, 1, step=0.25)
    trial.set_user_attr("seconds", 0.5)
    trial.report(c, 1)
    trial.report(c / 2, 2)
    if trial.number == 3:
        raise optuna.TrialPruned
    if trial.number == 4:
        raise MemoryError
    return float("inf") if trial.number == 5 else n - c / 1000


def write(storage):
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, study_name="svm", direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=14, catch=MemoryError)
    study.ask().suggest_float("svm.C", 1e-3, 1e3, log=True)  # never ends
    study.enqueue_trial({"n": 4})
    gone = optuna.create_study(storage=storage, study_name="gone")
    gone.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    optuna.delete_study(study_name="gone", storage=storage)
    two = optuna.create_study(storage=storage, study_name="two", directions=["minimize", "maximize"], sampler=sampler)
    two.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 3.0), n_trials=2)


with tempfile.TemporaryDirectory() as folder:
    write(f"sqlite:///{folder}/study.db")
    with sqlite3.connect(f"{folder}/study.db") as database:
        (HERE / "optuna.sql").write_text("\n".join(database.iterdump()) + "\n")
(HERE / "optuna.journal").unlink(missing_ok=True)
write(JournalStorage(JournalFileBackend(str(HERE / "optuna.journal"))))
