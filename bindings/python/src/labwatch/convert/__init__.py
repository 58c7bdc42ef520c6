"""Studies of other tools: their results become runs of an experiment, and teach at once.

    read_optuna("sqlite:///study.db").save("sqlite:labwatch.db")
    read_hyperopt("trials.pkl", "space.yaml").save("sqlite:labwatch.db")
    read_smac("smac3_output/svm/0").save("sqlite:labwatch.db")

The same from the command line: ``python -m labwatch.convert --help``. None of the other tools is needed, and nothing
in their files is executed.
"""
from __future__ import annotations

from ._hyperopt import read_hyperopt
from ._optuna import read_optuna
from ._smac import read_smac
from ._studies import Saved, StudyRun, StudyToSave

__all__ = ["Saved", "StudyRun", "StudyToSave", "read_hyperopt", "read_optuna", "read_smac"]
