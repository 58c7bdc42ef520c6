"""report.py [--mark dev|test|all] [--traces PATH]… [--budgets N…] [--against PEER] [--groups] [--plot FILE] [--problems]
[PEER…]: compares peers, as Markdown.

Traces are read from benchmarks/quality/traces/*.jsonl and from every PATH: such a file, or a folder PEER/*.json as run_ours
and run_peers.py write it. With PEERs, only these are compared (behind `--`, if --budgets come last). --problems adds a table of all problems, --plot a
picture, --against one of a peer against each of the others, which counts all instances that the two have done, --groups one of mean
ranks in each group of problems.

What is measured. The regret after n evaluations is the best noiseless value among them, less the problem's optimum; where
that is not known (real tasks), less the best value that any trace has for the instance. It is divided by the regret of a
typical random configuration: the median of the instance's random trace. So 1 is guessing once, 0 perfect.

What is compared. A seed of a problem is an instance. Ranks are taken on each instance that all compared peers have done
with at least that budget, then averaged over a problem's instances, then over problems; so a problem counts once. Brackets
are 95 % intervals of a bootstrap over problems, and within them over instances. A peer that has done less than half as
many problems as the one with most is left out of the ranks, and named.
"""
import argparse
import json
import math
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
BUDGETS = [30, 60, 100]
BOOTSTRAPS = 1000
FLOOR = 1e-6  # of normalised regret, below which differences are none


def read_traces(paths):
    """{(peer, problem, seed): trace}; later paths go before earlier ones."""
    traces = {}
    for path in paths:
        for file in sorted(path.glob("*/*.json")) if path.is_dir() else [path]:
            peer = file.parent.name if path.is_dir() else file.stem
            for line in file.read_text().splitlines():
                trace = json.loads(line)
                traces[peer, trace["problem"], trace["seed"]] = trace
    suites = {trace["suite"] for trace in traces.values()}
    if len(suites) > 1:
        sys.exit(f"the traces are of different suites: {sorted(suites)}")
    return traces


def read_problems(path):
    """{name: (mark, group)} from problems.txt, the output of `quality_problems list`."""
    lines = path.read_text().splitlines()
    return {name: (mark, group) for name, mark, group in (line.split() for line in lines)}


def optima(traces):
    """{(problem, seed): lowest value}: the known one, or the best that was seen."""
    best = defaultdict(lambda: math.inf)
    for (_, problem, seed), trace in traces.items():
        known = trace["optimum"]
        lowest = min(trace["values"])
        if known is not None and lowest < known - 1e-5 * max(1, abs(known)):
            sys.exit(f"{problem}, seed {seed}: {lowest} is below the optimum, {known}")
        best[problem, seed] = min(best[problem, seed], lowest if known is None else known)
    return best


def typical_regret(traces, best):
    """{(problem, seed): regret of a random configuration}, by the instance's own random trace or else by others'."""
    own, all_seeds = {}, defaultdict(list)
    for (peer, problem, seed), trace in traces.items():
        if peer == "random":
            own[problem, seed] = float(np.median(trace["values"])) - best[problem, seed]
            all_seeds[problem].append(own[problem, seed])
    return {key: own.get(key, float(np.median(all_seeds[key[0]])) if all_seeds[key[0]] else math.nan) for key in best}


def regrets(traces):
    """{(peer, problem, seed): normalised regret after 1, 2, … budget evaluations}."""
    best = optima(traces)
    typical = typical_regret(traces, best)
    curves = {}
    for (peer, problem, seed), trace in traces.items():
        lowest = np.minimum.accumulate(np.array(trace["values"])) - best[problem, seed]
        curve = np.maximum(lowest / typical[problem, seed], FLOOR)
        curves[peer, problem, seed] = np.pad(curve, (0, trace["budget"] - len(curve)), mode="edge")
    return curves


def at_budget(curves, budget):
    """{problem: {seed: {peer: regret}}} of the traces that are long enough."""
    cells = defaultdict(lambda: defaultdict(dict))
    for (peer, problem, seed), curve in curves.items():
        if len(curve) >= budget:
            cells[problem][seed][peer] = curve[budget - 1]
    return cells


def choose_peers(cells, peers):
    """Those that are compared, and those that have too little: {peer: number of problems}."""
    count = {peer: sum(any(peer in row for row in seeds.values()) for seeds in cells.values()) for peer in peers}
    most = max(count.values(), default=0)
    compared = [peer for peer in peers if count[peer] > 0 and 2 * count[peer] >= most]
    return compared, {peer: n for peer, n in count.items() if n > 0 and peer not in compared}


def ranks_of(values):
    """Ranks from 1; equal values share their mean rank."""
    return np.array([np.sum(values < v) + (np.sum(values == v) + 1) / 2 for v in values])


def matrices(cells, peers):
    """[(problem, regrets, ranks)]: both (instances, peers), of the instances that all peers have done."""
    out = []
    for problem, seeds in cells.items():
        rows = [[row[peer] for peer in peers] for row in seeds.values() if all(peer in row for peer in peers)]
        if rows:
            values = np.array(rows)
            out.append((problem, values, np.array([ranks_of(np.round(row, 12)) for row in values])))
    return out


def bootstrap(measured, statistic, rng):
    """2.5 % and 97.5 % of a statistic of [(instances, peers)] when problems, and instances in them, are drawn again."""
    draws = []
    for _ in range(BOOTSTRAPS):
        chosen = [measured[k] for k in rng.integers(len(measured), size=len(measured))]
        draws.append(statistic([m[rng.integers(len(m), size=len(m))] for m in chosen]))
    return np.percentile(draws, [2.5, 97.5], axis=0)


def mean_of_means(measured):
    return np.mean([m.mean(axis=0) for m in measured], axis=0)


def median_of_medians(measured):
    return np.median([np.median(m, axis=0) for m in measured], axis=0)


def cpu_per_suggestion(traces, peer):
    """Mean CPU seconds as text. Clocks of CPU time are too coarse for less than a millisecond."""
    seconds = np.mean([np.mean(t["cpu"]) for (p, _, _), t in traces.items() if p == peer])
    return f"{seconds:.2g}" if seconds >= 0.001 else "< 0.001"


def number(value):
    return f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def budget_table(traces, cells, peers, budget):
    compared, left_out = choose_peers(cells, peers)
    measured = matrices(cells, compared)
    lines = [f"### After {budget} evaluations", ""]
    if len(compared) < 2 or not measured:
        return lines + ["Nothing to compare yet.", ""]
    values, ranks = [m[1] for m in measured], [m[2] for m in measured]
    rng = np.random.default_rng(1)
    rank, rank_range = mean_of_means(ranks), bootstrap(ranks, mean_of_means, rng)
    regret, regret_range = median_of_medians(values), bootstrap(values, median_of_medians, rng)
    lines += [f"{len(measured)} problems, {sum(map(len, values))} instances.", "",
              "| peer | mean rank | median normalised regret | CPU seconds a suggestion |", "| --- | --- | --- | --- |"]
    for i in np.argsort(rank):
        lines.append(f"| {compared[i]} | {rank[i]:.2f} ({rank_range[0][i]:.2f} … {rank_range[1][i]:.2f}) "
                     f"| {number(regret[i])} ({number(regret_range[0][i])} … {number(regret_range[1][i])}) "
                     f"| {cpu_per_suggestion(traces, compared[i])} |")
    if left_out:
        lines += ["", "Too few problems yet: " + ", ".join(f"{peer} ({n})" for peer, n in left_out.items()) + "."]
    return lines + [""]


def share_better(measured):
    """Of instances with two regrets, in which the first is lower; equal ones count half."""
    return np.mean([np.mean((m[:, 0] < m[:, 1]) + 0.5 * (m[:, 0] == m[:, 1])) for m in measured])


def log_ratio(measured):
    return np.mean([np.mean(np.log10(m[:, 0] / m[:, 1])) for m in measured])


def against_table(cells, peer, others, budget):
    lines = [f"### {peer} against each, after {budget} evaluations", "",
             f"| | problems | instances | {peer} better | log10 of the ratio of regrets |", "| --- " * 5 + "|"]
    for other in others:
        measured = [values for _, values, _ in matrices(cells, [peer, other])]
        if other == peer or not measured:
            continue
        rng = np.random.default_rng(1)
        texts = [f"{statistic(measured):{form}} ({low:{form}} … {high:{form}})" for statistic, form in
                 ((share_better, ".0%"), (log_ratio, "+.2f"))
                 for low, high in [bootstrap(measured, statistic, rng)]]
        lines.append(f"| {other} | {len(measured)} | {sum(map(len, measured))} | " + " | ".join(texts) + " |")
    return lines + [""]


def group_table(cells, peers, problems, budget):
    """Mean ranks in each group, with the number of its problems, for the peers that the tables before compare."""
    compared, _ = choose_peers(cells, peers)
    lines = [f"### Mean ranks in groups, after {budget} evaluations", "",
             "| group | problems | " + " | ".join(compared) + " |", "| --- " * (2 + len(compared)) + "|"]
    for group in dict.fromkeys(group for _, group in problems.values()):
        own = {problem: row for problem, row in cells.items() if problems[problem][1] == group}
        ranks = [ranks for _, _, ranks in matrices(own, compared)]
        if ranks:
            lines.append(f"| {group} | {len(ranks)} | " + " | ".join(f"{r:.2f}" for r in mean_of_means(ranks)) + " |")
    return lines + [""]


def problem_table(cells, peers, problems, budget):
    """Median normalised regret of each problem, with the number of seeds in brackets."""
    lines = [f"### Each problem after {budget} evaluations: median normalised regret (seeds)", "",
             "| problem | mark | " + " | ".join(peers) + " |", "| --- " * (2 + len(peers)) + "|"]
    for problem, (mark, _) in problems.items():
        row = []
        for peer in peers:
            values = [seeds[peer] for seeds in cells.get(problem, {}).values() if peer in seeds]
            row.append(f"{number(np.median(values))} ({len(values)})" if values else "")
        lines.append(f"| {problem} | {mark} | " + " | ".join(row) + " |")
    return lines + [""]


def curve_of(curves, peer, length):
    """Median over problems of the median over seeds, and its band: three arrays, or None without such traces."""
    by_problem = defaultdict(list)
    for (p, problem, _), curve in curves.items():
        if p == peer and len(curve) >= length:
            by_problem[problem].append(curve[:length])
    if not by_problem:
        return None
    measured = [np.array(rows) for rows in by_problem.values()]
    low, high = bootstrap(measured, median_of_medians, np.random.default_rng(1))
    return median_of_medians(measured), low, high


def plot(curves, peers, path):
    import matplotlib
    matplotlib.use("svg" if path.endswith(".svg") else "agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for peer in peers:
        lengths = [len(c) for (p, _, _), c in curves.items() if p == peer]
        length = int(np.percentile(lengths, 20, method="lower")) if lengths else 0  # most have done as many
        curve = curve_of(curves, peer, length)
        if curve is None:
            continue
        n = np.arange(1, length + 1)
        line, = axes.plot(n, curve[0], label=peer)
        axes.fill_between(n, curve[1], curve[2], color=line.get_color(), alpha=0.12, linewidth=0)
    axes.set(yscale="log", xlabel="evaluations", ylabel="normalised regret, median over problems")
    axes.legend()
    figure.savefig(path, bbox_inches="tight", dpi=120)


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("--mark", choices=("dev", "test", "all"), default="all")
    parser.add_argument("--traces", type=Path, action="append", default=[])
    parser.add_argument("--budgets", type=int, nargs="+", default=BUDGETS)
    parser.add_argument("--against")
    parser.add_argument("--groups", action="store_true")
    parser.add_argument("--plot")
    parser.add_argument("--problems", action="store_true")
    parser.add_argument("peers", nargs="*")
    return parser.parse_args()


def main():
    given = arguments()
    problems = read_problems(HERE / "problems.txt")
    problems = {name: entry for name, entry in problems.items() if given.mark in ("all", entry[0])}
    traces = read_traces([*sorted((HERE / "traces").glob("*.jsonl")), *given.traces])
    traces = {key: trace for key, trace in traces.items() if key[1] in problems}
    curves = regrets(traces)
    peers = given.peers or list(dict.fromkeys(peer for peer, _, _ in traces))
    curves = {key: curve for key, curve in curves.items() if key[0] in peers}
    lines = []
    for budget in given.budgets:
        cells = at_budget(curves, budget)
        lines += budget_table(traces, cells, peers, budget)
        if given.against:
            lines += against_table(cells, given.against, peers, budget)
        if given.groups:
            lines += group_table(cells, peers, problems, budget)
        if given.problems:
            lines += problem_table(cells, peers, problems, budget)
    print("\n".join(lines))
    if given.plot:
        plot(curves, peers, given.plot)


if __name__ == "__main__":
    main()
