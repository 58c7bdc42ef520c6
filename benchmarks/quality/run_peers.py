"""run_peers.py [--status | --plan | --pack] [PEER…]: lets all peers (or these) work on all problems; run it again to go on.

One process works at a time.

A trace is a file in build/quality/traces/PEER; what is there is done. What fails leaves FILE.failed with the reason,
and is tried again when that is removed. Peers whose environment (make_env.sh) is not complete are passed over until it
is. --status counts the traces; --pack writes benchmarks/quality/traces/PEER.jsonl, which is what is committed and what
report.py reads.

Needs nothing but Python; quality_problems and run_ours are in build/quality/cmake (make_suite.sh).
"""
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parent.parent / "build" / "quality"
TRACES = WORK / "traces"
PROGRAMS = WORK / "cmake" / "benchmarks" / "quality"
CPU_LIMIT_S = 3 * 3600

OURS = {"random", "sobol"}
ENVIRONMENT = {"optuna-tpe": "botorch", "optuna-gp": "botorch", "botorch": "botorch", "smac3": "smac", "hebo": "hebo",
               "vizier": "vizier", "hyperopt": "hyperopt", "optuna-cmaes": "botorch", "pycma": "botorch",
               "smac3-300": "smac"}
PROGRAM = {"smac3-300": "smac3"}  # SMAC3's first configurations depend on the budget: a longer trace has other ones
CHEAP = [("random", 300), ("sobol", 300), ("optuna-tpe", 300), ("hyperopt", 300), ("optuna-cmaes", 300),
         ("pycma", 300)]
DEAR = [("smac3", 100), ("botorch", 60), ("optuna-gp", 60), ("hebo", 60)]
DEAREST = [("vizier", 30)]
LONG = [("smac3-300", 300)]  # without the real tasks
REAL = "svm", "svr", "xgboost", "liblinear"


def half(names, mark):
    """The problems of one mark, in two parts: dev and test alternate in the list, and neighbours are of one group."""
    first = {"dev": 0, "test": 1}[mark]
    return names[first::4], names[first + 2::4]


def in_turns(peers, seed, parts):
    return [(peer, budget, seed, part) for part in parts for peer, budget in peers]


def is_quick(name):
    return not name.startswith(REAL)


def cheap_round(seed, names):
    """Evaluations of real tasks take long: a third of them must do."""
    quick = [name for name in names if is_quick(name)]
    real = [name for name in names if not is_quick(name)]
    return [(peer, budget, seed, quick) for peer, budget in CHEAP] + [(peer, 100, seed, real) for peer, _ in CHEAP]


def rounds(names):
    """(peer, budget, seed, problems) in the order of the work: first what the final table is made of."""
    cheap = [job for seed in range(1, 11) for mark in ("test", "dev")
             for job in cheap_round(seed, sum(half(names, mark), []))]
    soon = 5 * 2 * 2 * len(CHEAP)
    yield from cheap[:soon]
    for seed in range(1, 6):
        for mark in ("test", "dev"):
            yield from in_turns(DEAR, seed, half(names, mark))
            yield from in_turns(DEAREST, seed, half(names, mark))
            yield from in_turns(LONG, seed, [list(filter(is_quick, part)) for part in half(names, mark)])
    yield from cheap[soon:]


def problems():
    listing = subprocess.run([PROGRAMS / "quality_problems", "list"], check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in listing.splitlines()]


def path_of(peer, problem, seed):
    return TRACES / peer / f"{problem}-{seed}.json"


def is_done(path, budget):
    if not path.exists():
        return path.with_suffix(".failed").exists()
    return json.loads(path.read_text())["budget"] >= budget


def is_ready(peer):
    return peer in OURS or (WORK / ENVIRONMENT[peer] / "complete").exists()


def jobs(names, peers):
    """What is to be done, by these peers (all if there are none): (peer, problem, seed, budget, path)."""
    for peer, budget, seed, some in rounds(names):
        if peers and peer not in peers:
            continue
        for problem in some:
            path = path_of(peer, problem, seed)
            if is_ready(peer) and not is_done(path, budget):
                yield peer, problem, seed, budget, path


def command(peer, problem, seed, budget, path):
    if peer in OURS:
        return [PROGRAMS / "run_ours", peer, peer, TRACES, str(budget), f"{seed}-{seed}", problem]
    python = WORK / ENVIRONMENT[peer] / "bin" / "python"
    return [python, HERE / "peers" / "run_peer.py", PROGRAM.get(peer, peer), problem, str(seed), str(budget), path]


def environment():
    one_thread = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    jax = {"JAX_ENABLE_X64": "True", "JAX_PLATFORMS": "cpu",
           "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
    ours = {"LABWATCH_QUALITY_PROBLEMS": str(PROGRAMS / "quality_problems"),
            "LABWATCH_QUALITY_DATA": str(WORK / "data"), "TMPDIR": str(WORK / "tmp"), "PYTHONWARNINGS": "ignore"}
    return {**os.environ, **one_thread, **jax, **ours}


def prepare_child():
    os.nice(max(0, 19 - os.nice(0)))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))


def run(job):
    peer, problem, seed, budget, path = job
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command(*job), env=environment(), preexec_fn=prepare_child, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0 or not path.exists():
        path.with_suffix(".failed").write_text(f"exit {done.returncode}\n{done.stderr[-4000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{peer} {problem} {seed} {budget}: {'done' if path.exists() else 'FAILED'}, {cpu:.1f} s CPU", flush=True)


def work(peers):
    (WORK / "tmp").mkdir(exist_ok=True)
    while (job := next(jobs(problems(), peers), None)) is not None:  # asked anew: if that program is gone, all would fail
        run(job)


def status(_):
    names = problems()
    for peer, _ in CHEAP + DEAR + DEAREST + LONG:
        planned = [(path_of(peer, name, seed), budget)
                   for p, budget, seed, some in rounds(names) if p == peer for name in some]
        done = sum(path.exists() and is_done(path, budget) for path, budget in planned)
        failed = sum(path.with_suffix(".failed").exists() for path, _ in planned)
        missing = "" if is_ready(peer) else ", no environment yet"
        print(f"{peer:12} {done:4} of {len(planned)} traces, {failed} failed{missing}")


def digits(value, n):
    return float(f"{value:.{n}g}")


def packed(trace):
    """The committed form: 6 digits; costs only where they differ from the values; CPU seconds as means of ten."""
    values, costs, cpu = trace["values"], trace["costs"], trace["cpu"]
    out = {key: trace[key] for key in ("problem", "seed", "suite", "budget")}
    out["optimum"] = None if trace["optimum"] is None else digits(trace["optimum"], 9)
    out["values"] = [digits(v, 6) for v in values]
    if costs != values:
        out["costs"] = [digits(c, 6) for c in costs]
    out["cpu"] = [digits(sum(cpu[i:i + 10]) / len(cpu[i:i + 10]), 2) for i in range(0, len(cpu), 10)]
    return json.dumps(out, separators=(",", ":"))


def plan(peers):
    for job in jobs(problems(), peers):
        print(*job[:4])


def pack(_):
    (HERE / "traces").mkdir(exist_ok=True)
    for folder in sorted(TRACES / peer for peer in {*OURS, *ENVIRONMENT} if (TRACES / peer).is_dir()):
        traces = [json.loads(path.read_text()) for path in folder.glob("*.json")]
        traces.sort(key=lambda t: (t["seed"], t["problem"]))
        if traces:
            (HERE / "traces" / f"{folder.name}.jsonl").write_text("".join(packed(t) + "\n" for t in traces))


if __name__ == "__main__":
    actions = {"--status": status, "--pack": pack, "--plan": plan}
    words = sys.argv[1:]
    act = actions[words.pop(0)] if words and words[0] in actions else work
    if any(word not in ENVIRONMENT and word not in OURS for word in words):
        sys.exit(__doc__)
    act(words)
