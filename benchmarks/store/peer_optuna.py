"""peer_optuna.py STORAGE WORKERS TRIALS: so many trials of a trivial objective, shared by processes that know of each other only by the storage.

Prints: trials that were given out, a second, duplicates, lost, ms of CPU of the workers for each. Each worker notes on its own what it was
told that the storage has: what of it is not there afterwards is lost."""
import multiprocessing
import resource
import sys
import time

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def work(storage, trials, ready, go, results):
    study = optuna.load_study(study_name="trivial", storage=storage, sampler=optuna.samplers.RandomSampler())
    ready.release()
    go.wait()
    done = []
    for _ in range(trials):
        trial = study.ask()
        value = trial.suggest_float("x", 0, 1)
        study.tell(trial, value)
        done.append((trial.number, value))
    results.put(done)


def main():
    storage, workers, trials = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    optuna.create_study(study_name="trivial", storage=storage)
    context = multiprocessing.get_context("spawn")
    ready, go, results = context.Semaphore(0), context.Event(), context.Queue()
    pool = [context.Process(target=work, args=(storage, trials // workers, ready, go, results)) for _ in range(workers)]
    for process in pool:
        process.start()
    for _ in pool:
        ready.acquire()
    began = time.monotonic()
    go.set()
    done = [item for _ in pool for item in results.get()]
    seconds = time.monotonic() - began
    for process in pool:
        process.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    there = {t.number: t.value for t in optuna.load_study(study_name="trivial", storage=storage).trials}
    numbers = [number for number, _ in done]
    lost = sum(there.get(number) != value for number, value in done)
    cpu_ms = 1e3 * (used.ru_utime + used.ru_stime) / len(done)
    print(f"{len(done)} | {len(done) / seconds:.1f} | {len(numbers) - len(set(numbers))} | {lost} | {cpu_ms:.1f}")


if __name__ == "__main__":
    main()
