#!/usr/bin/env python3
"""benchmark.py [SOURCE]: what the Python package costs, beside Optuna, hyperopt and nevergrad where they are installed.

Each figure is the least of several, in CPU time, which what else the machine does changes little. SOURCE is labwatch's
source folder, whose headers loop.c is compiled with.
"""
from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SOURCE = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2])
N_SUGGESTIONS, N_RUNS, N_TIMES = 500, 10_000, 7


def least(measure: Callable[[], float]) -> float:
    return min(measure() for _ in range(N_TIMES))


def cpu_s(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


# ---- imports ----


def import_cost(module: str) -> tuple[float, float] | None:
    """Milliseconds of CPU and MB above bare Python; None if it is not installed."""
    code = (f"import time\n{'import ' + module if module else ''}\n"
            "peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')]\n"
            "print(time.process_time(), peak[0])")

    def once(code: str) -> list[float]:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        return [float(word) for word in done.stdout.split()]

    found = [once(code) for _ in range(N_TIMES + 1)][1:]
    if not found[0]:
        return None
    return min(one[0] for one in found) * 1e3, min(one[1] for one in found) / 1024


def imports() -> None:
    bare = import_cost("")
    assert bare is not None
    print("\n| import | CPU, ms | memory, MB |\n| --- | ---: | ---: |")
    for module in ("labwatch", "optuna", "hyperopt", "nevergrad"):
        cost = import_cost(module)
        if cost is not None:
            print(f"| {module} | {cost[0] - bare[0]:.0f} | {cost[1] - bare[1]:.1f} |")


# ---- suggestions ----


def space() -> dict:
    import labwatch

    return {f"x{i}": labwatch.UniformFloat(0, 1) for i in range(10)}


def c_loop() -> Callable[[object], float]:
    """loop.c, linked with the library that the package brings: seconds for N_SUGGESTIONS."""
    import labwatch
    from labwatch._library import ffi

    folder = tempfile.mkdtemp()
    library = next((Path(labwatch.__file__).parent / "lib").glob("liblabwatch.so*"))
    flags = subprocess.run(["pkg-config", "--cflags", "libbson-1.0"], capture_output=True, text=True, check=True).stdout
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", f"{folder}/loop.so", str(Path(__file__).with_name("loop.c")),
                    f"-I{SOURCE / 'include'}", *flags.split(), str(library)], check=True)
    loop = ctypes.CDLL(f"{folder}/loop.so").suggest_and_observe
    loop.restype = ctypes.c_double
    loop.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return lambda experiment: loop(int(ffi.cast("uintptr_t", experiment._assistant)), N_SUGGESTIONS)


def suggestions() -> None:
    import labwatch

    loop = c_loop()

    def in_c() -> float:
        with labwatch.Experiment("e", space(), optimizer="random", store="memory:") as experiment:
            return loop(experiment)

    def in_python() -> float:
        with labwatch.Experiment("e", space(), optimizer="random", store="memory:") as experiment:
            def work() -> None:
                for _ in range(N_SUGGESTIONS):
                    experiment.suggest().observe(1.0)

            return cpu_s(work)

    rows = [("labwatch, C", least(in_c)), ("labwatch, Python", least(in_python))]
    rows += [(name, min(measure(), measure())) for name, measure in others()]
    print("\n| random search, 10 parameters, in memory: suggestion and result | µs |\n| --- | ---: |")
    for name, seconds in rows:
        print(f"| {name} | {seconds / N_SUGGESTIONS * 1e6:.1f} |")


def others() -> list[tuple[str, Callable[[], float]]]:
    found: list[tuple[str, Callable[[], float]]] = []
    try:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)

        def with_optuna() -> float:
            study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))

            def work() -> None:
                for _ in range(N_SUGGESTIONS):
                    trial = study.ask()
                    for i in range(10):
                        trial.suggest_float(f"x{i}", 0, 1)
                    study.tell(trial, 1.0)

            return cpu_s(work)

        found.append((f"Optuna {optuna.__version__}", with_optuna))
    except ImportError:
        pass
    try:
        import hyperopt

        def with_hyperopt() -> float:
            parameters = {f"x{i}": hyperopt.hp.uniform(f"x{i}", 0, 1) for i in range(10)}
            return cpu_s(lambda: hyperopt.fmin(lambda config: 1.0, parameters, hyperopt.rand.suggest, N_SUGGESTIONS,
                                               show_progressbar=False, verbose=False))

        found.append((f"hyperopt {hyperopt.__version__}", with_hyperopt))
    except ImportError:
        pass
    try:
        import nevergrad

        def with_nevergrad() -> float:
            parameters = nevergrad.p.Dict(**{f"x{i}": nevergrad.p.Scalar(lower=0, upper=1) for i in range(10)})
            optimizer = nevergrad.optimizers.RandomSearch(parameters, budget=N_SUGGESTIONS)

            def work() -> None:
                for _ in range(N_SUGGESTIONS):
                    optimizer.tell(optimizer.ask(), 1.0)

            return cpu_s(work)

        found.append((f"nevergrad {nevergrad.__version__}", with_nevergrad))
    except ImportError:
        pass
    return found


# ---- lists ----


def lists() -> None:
    import labwatch

    os.chdir(tempfile.mkdtemp())
    print(f"\n| experiment.runs() with {N_RUNS:,} runs of 10 parameters | ms |\n| --- | ---: |")
    for store in ("sqlite:runs.db", "memory:"):
        with labwatch.Experiment("e", space(), optimizer="random", store=store) as experiment:
            for config in experiment.space().sample(N_RUNS):
                experiment.observe_config(config, 1.0)
            seconds = least(lambda: cpu_s(experiment.runs))
        print(f"| {store.split(':')[0]} | {seconds * 1e3:.0f} |")


if __name__ == "__main__":
    imports()
    suggestions()
    lists()
