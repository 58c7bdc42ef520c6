"""An experiment of Sacred's, for sacred_test.py: what it does depends on its configuration."""
import pathlib
import warnings

warnings.filterwarnings("ignore")
from sacred import Experiment

ex = Experiment("peer")


@ex.config
def config():
    x = 0.5
    layers = 2
    net = {"act": "relu", "width": 16}
    result = "number"


@ex.main
def main(_run, x, layers, result):
    print("Sacred trains with x =", x, "– naïve π", flush=True)
    for step in range(3):
        _run.log_scalar("train.loss", x / (step + 1), step * 10)
    pathlib.Path("weights.bin").write_bytes(bytes(range(256)) * 1500)
    _run.add_artifact("weights.bin")
    _run.info["epochs"] = 3
    if result == "crash":
        raise ValueError("it broke")
    return {"number": x, "integer": layers, "nothing": None, "nan": float("nan"),
            "object": {"result": x, "other": [1, 2]}}[result]


ex.run_commandline()
