#!/usr/bin/env python3
"""
Parallel workers on one MongoDB server, while everything around them breaks; afterwards, what is in the store is held
against what each worker recorded on its own disk. See docs/reliability.md.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import documents
import history
import records
from proxy import Proxy
import server
from server import GivenServer, Server
from workers import Worker

HERE = os.path.dirname(os.path.abspath(__file__))
HOUR_S = 3600
INTERRUPTED = 130
STALLED_S = 600

LONG = {"runs": 5000, "workers": 32, "worker_kills": 400, "server_kills": 25, "work_ms": 30000, "lease": 8}
SHORT = {"runs": 120, "workers": 8, "worker_kills": 8, "server_kills": 1, "work_ms": 80, "lease": 3}

FINITE = """experiment: finite
command: {objective} {{x}} {{y}}
optimizer: random
runs: {runs}
retries: 1000
lease: {lease}s
space:
  x: !UniformInt [1, {width}]
  y: !UniformInt [1, 100]
"""
MODEL = """experiment: model
command: {objective} {{x}} {{kind}}
optimizer: tpe
runs: {runs}
retries: 1000
lease: {lease}s
space:
  x: !UniformFloat [0, 1]
  kind: !Categorical [a, b, c]
  size: !UniformInt {{lower: 1, upper: 64, log_scale: true, when: {{kind: [a, b]}}}}
"""


class Chaos:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.work = tempfile.mkdtemp(prefix="labwatch-chaos-")
        self.machines = os.path.join(self.work, "machines")
        files = {"worker": "chaos_worker", "objective": "chaos_objective", "dump": "chaos_dump",
                 "elsewhere": "libchaos_elsewhere.so"}
        self.programs = {name: os.path.join(options.build, "tests", "chaos", file) for name, file in files.items()}
        self.programs["labwatch"] = os.path.join(options.build, "bin", "labwatch")
        self.counts = {"workers killed": 0, "workers stopped for a while": 0, "workers told to end": 0,
                       "server killed": 0, "everybody parted": 0}
        n_model = options.runs // 5
        self.experiments = {"model": n_model, "finite": options.runs - n_model}
        self.database = f"labwatch_test_chaos_{os.getpid()}"
        self.server = self.choose_server()

    def choose_server(self):
        given = os.environ.get("LABWATCH_TEST_MONGO_URI")
        if given:
            self.options.server_kills = 0
            return GivenServer(given)
        sources = os.path.join(HERE, "..", "mongo-server")
        built = os.path.join(self.options.build, "mongo-server", "server")
        return Server(os.path.join(self.work, "server"), sources, built)

    def write_experiments(self):
        for name, text in (("finite", FINITE), ("model", MODEL)):
            with open(os.path.join(self.work, name + ".yaml"), "w") as file:
                file.write(text.format(objective=self.programs["objective"], runs=self.experiments[name],
                                       lease=self.options.lease, width=max(2, self.options.runs // 50)))

    def make_workers(self):
        """Half are `labwatch run`; some of each kind seem to be on other hosts, whose clocks are an hour off."""
        self.workers = []
        for i in range(self.options.workers):
            name = f"w{i:02}"
            door = self.proxy.open_door(name, f"{self.options.seed}/{name}")
            url = server.url(self.server, "127.0.0.1", door.port, self.database,
                             "socketTimeoutMS=5000&serverSelectionTimeoutMS=2000")
            experiment = os.path.join(self.work, ("model" if i % 4 == 3 else "finite") + ".yaml")
            self.workers.append(Worker(name, "run" if i % 2 else "library", experiment,
                                       self.machines, url, self.options.seed * 1000 + i, self.programs,
                                       self.options.work_ms, elsewhere=i % 3 > 0, clock=(0, HOUR_S, -HOUR_S)[i % 3]))

    # What is done to them.

    def one_of_those(self):
        running = [w for w in self.workers if w.is_running() and not w.is_stopped and not w.expected]
        return self.random.choice(running) if running else None

    def kill_worker(self):
        worker = self.one_of_those()
        if worker:
            worker.signal(signal.SIGKILL, (-signal.SIGKILL,))
            self.counts["workers killed"] += 1

    def end_worker(self):
        worker = self.one_of_those()
        if worker:
            worker.signal(signal.SIGTERM, (-signal.SIGTERM, 0, INTERRUPTED))
            self.counts["workers told to end"] += 1

    def stop_worker(self):
        worker = self.one_of_those()
        if worker:
            worker.stop()
            self.later(self.options.lease * self.random.uniform(1, 3), worker.go_on)
            self.counts["workers stopped for a while"] += 1

    def kill_server(self):
        self.server.kill()
        self.counts["server killed"] += 1
        time.sleep(self.random.uniform(0, 2))
        self.server.start()

    def part_all(self):
        self.proxy.part_all(self.random.uniform(0.5, 4))
        self.counts["everybody parted"] += 1

    def plan(self):
        """What happens at how many runs done: drawn beforehand, so that the seed tells it."""
        options = self.options
        events = [(self.kill_worker, options.worker_kills), (self.kill_server, options.server_kills),
                  (self.stop_worker, options.worker_kills // 4 + 1), (self.end_worker, options.worker_kills // 6 + 1),
                  (self.part_all, options.worker_kills // 16 + 1)]
        until = options.runs * 9 // 10
        plan = [(self.random.randrange(until), n, event) for event, many in events for n in range(many)]
        return sorted(plan, key=lambda item: item[:2], reverse=True)

    # The run of it.

    def later(self, seconds, function):
        self.delayed.append((time.monotonic() + seconds, function))

    def do_what_is_due(self):
        now = time.monotonic()
        due = [item for item in self.delayed if item[0] <= now]
        self.delayed = [item for item in self.delayed if item[0] > now]
        for _, function in due:
            function()

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    def go(self):
        plan = self.plan()
        progress = records.Progress(self.machines)
        done, moved = 0, time.monotonic()
        self.delayed = []
        self.proxy.trouble = True
        while not all(w.is_done for w in self.workers):
            for worker in self.workers:
                worker.look()
            self.do_what_is_due()
            now_done = progress.look()
            if now_done > done:
                if now_done * 10 // self.options.runs > done * 10 // self.options.runs:
                    self.say(f"{now_done} results")
                done, moved = now_done, time.monotonic()
            elif time.monotonic() - moved > STALLED_S:
                raise RuntimeError(f"nothing has been done for {STALLED_S} s; still there: "
                                   + ", ".join(w.name for w in self.workers if not w.is_done))
            while plan and plan[-1][0] <= done:
                plan.pop()[2]()
            self.proxy.trouble = self.proxy.trouble and bool(plan)
            time.sleep(0.1)
        self.n_events_left = len(plan)
        failures = [failure for worker in self.workers for failure in worker.failures]
        if failures:
            raise RuntimeError("\n".join(failures))

    def deliver_the_rest(self):
        """What lies in the spools of machines whose workers ended before."""
        self.n_left_over = sum(w.n_spooled() > 0 for w in self.workers)
        for worker in self.workers:
            if worker.n_spooled() > 0:
                worker.is_done = False
                while not worker.is_done:
                    worker.look()
                    time.sleep(0.05)

    # What came of it.

    def check(self):
        url = server.url(self.server, self.server.host, self.server.port, self.database)
        runs, points, replays = documents.read_store(self.programs["dump"], url, list(self.experiments))
        operations, told = records.read_all(self.machines)
        problems = [f"{w.n_spooled()} files are left in the spool of {w.name}" for w in self.workers if w.n_spooled()]
        problems += documents.check_ids(runs, self.experiments) + documents.check_budgets(runs, self.experiments)
        problems += documents.check_ends(runs) + documents.check_costs(runs) + documents.check_configs(runs)
        problems += documents.check_acknowledged(runs, operations, told) + documents.check_replays(runs, replays)
        problems += documents.check_points(points, operations)
        self.say("the documents are checked")
        problems += history.check(operations + documents.as_operations(runs, time.monotonic_ns()))
        self.say("the histories are checked")
        self.report(runs, points, operations, told)
        if not self.server.can_be_killed and not problems:
            subprocess.run([self.programs["dump"], "drop", url], check=True)
        return problems

    def report(self, runs, points, operations, told):
        observed = [op.code for op in operations if op.op == "observe" and op.code]
        facts = dict(self.counts)
        facts["lives of workers"] = sum(w.starts for w in self.workers)
        facts["runs"] = len(runs)
        facts["attempts"] = sum(len(r.tokens) for r in runs)
        facts["late results kept"] = sum(len(r.late) for r in runs)
        facts["results of an attempt that had been given up"] = sum(
            any(a["how"] == "superseded" for a in r.attempts) for r in runs)
        facts["points of metrics"] = len(points)
        facts["operations recorded"] = len(operations)
        facts["acknowledged results"] = len(told) + sum(code in documents.ACKNOWLEDGED for code in observed)
        facts["refused results"] = observed.count("LW_ECONFLICT")
        facts["results delivered from spools"] = records.n_delivered(self.machines)
        facts["machines with a spool at the end"] = self.n_left_over
        for name, n in list(facts.items()) + sorted(self.proxy.counts.items()):
            print(f"  {name}: {n}")
        if self.n_events_left:
            print(f"  not done any more: {self.n_events_left}")

    def run(self):
        self.began = time.monotonic()
        self.write_experiments()
        self.server.start()
        options = self.options
        self.say(f"{options.workers} workers, {options.runs} runs, seed {options.seed}, {self.server.name}")
        self.proxy = Proxy(self.server)
        self.make_workers()
        try:
            self.go()
            self.deliver_the_rest()
            self.say("all is done")
            return self.check()
        finally:
            for worker in self.workers:
                worker.kill()
            self.server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--short", action="store_true", help="the form for every day: 120 runs, 8 workers")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    for name in LONG:
        parser.add_argument("--" + name.replace("_", "-"), type=int)
    parser.add_argument("--keep", action="store_true", help="leave everything there to be looked at")
    options = parser.parse_args()
    for name, usual in (SHORT if options.short else LONG).items():
        if getattr(options, name) is None:
            setattr(options, name, usual)
    options.build = os.path.abspath(options.build)
    chaos = Chaos(options)
    try:
        problems = chaos.run()
    except RuntimeError as failure:
        problems = [str(failure)]
    for problem in problems[:50]:
        print(f"FAILED: {problem}", file=sys.stderr)
    if problems or options.keep:
        print(f"{len(problems)} problems; seed {options.seed}; everything lies in {chaos.work}", file=sys.stderr)
    else:
        shutil.rmtree(chaos.work)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
