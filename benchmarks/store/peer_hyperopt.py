"""peer_hyperopt.py HOST:PORT/DATABASE WORKERS TRIALS: so many trials of a trivial objective, one process that suggests (hyperopt's fmin, random
search) and workers that take what is queued (hyperopt's MongoWorker).

Prints: trials, a second, duplicates, lost. Each worker notes on its own what it has put there: what of it is not there afterwards is lost."""
import multiprocessing
import sys
import tempfile
import time

from hyperopt import fmin, hp, rand
from hyperopt.mongoexp import MongoJobs, MongoTrials, MongoWorker, ReserveTimeout


def objective(x):
    return x


def work(url, results):
    folder = tempfile.mkdtemp(dir=".")  # workers in one folder trip over each other's files
    worker = MongoWorker(MongoJobs.new_from_connection_str(url), poll_interval=0.02, workdir=folder)
    n = 0
    try:
        while True:
            worker.run_one(reserve_timeout=20, erase_created_workdir=True)
            n += 1
    except ReserveTimeout:
        results.put(n)


def main():
    place, workers, trials = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    url = f"mongo://{place}/jobs"
    results = multiprocessing.Queue()
    found = MongoTrials(url, exp_key="trivial")
    pool = [multiprocessing.Process(target=work, args=(url, results)) for _ in range(workers)]
    for process in pool:
        process.start()
    began = time.monotonic()
    fmin(objective, hp.uniform("x", 0, 1), algo=rand.suggest, max_evals=trials, trials=found, max_queue_len=workers,
         show_progressbar=False, verbose=False)
    seconds = time.monotonic() - began
    executed = sum(results.get() for _ in pool)
    for process in pool:
        process.join()
    found.refresh()
    ended = [t for t in found.trials if t["state"] == 2]
    ids = [t["tid"] for t in ended]
    print(f"{trials} | {len(ended) / seconds:.1f} | {len(ids) - len(set(ids)) + max(0, executed - len(ids))} | {max(0, executed - len(ids))}")


if __name__ == "__main__":
    main()
