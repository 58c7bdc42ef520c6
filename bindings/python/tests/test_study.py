"""Define-by-run studies: the space is found by running the objective."""
import _thread
import enum
import os
import signal
import subprocess
import sys
import threading

import pytest

import labwatch
from labwatch.study import TrialPruned, TrialState, create_study, load_study


def svm(trial):
    kernel = trial.suggest_categorical("kernel", ["linear", "rbf", "poly"])
    c = trial.suggest_float("C", 1e-2, 1e2, log=True)
    cost = (c - 1) ** 2
    if kernel == "poly":
        cost += trial.suggest_int("degree", 2, 5)
    elif kernel == "rbf":
        cost += 2 * trial.suggest_float("gamma", 0.0, 1.0) + trial.suggest_int("cache", 1, 3)
    return cost


def conditions(study):
    return {p["name"]: p["condition"] for p in study.experiment.space().parameters}


def test_what_is_asked_for_in_branches_becomes_conditional():
    study = create_study(seed=1)
    study.optimize(svm, n_trials=30)
    found = conditions(study)
    assert set(found) == {"kernel", "C", "degree", "gamma", "cache"}
    assert found["kernel"] is found["C"] is None
    assert "poly" in found["degree"]
    assert "rbf" in found["gamma"]
    assert "rbf" in found["cache"]
    for trial in study.trials[-5:]:
        assert set(trial.params) == {"kernel", "C"} | {"linear": set(), "poly": {"degree"},
                                                       "rbf": {"gamma", "cache"}}[trial.params["kernel"]]
    assert [trial.number for trial in study.trials] == list(range(30))
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}
    assert study.best_value == min(trial.value for trial in study.trials)
    assert study.best_trial.params == study.best_params


def test_the_value_is_that_of_the_params_in_every_trial():
    seen = {}

    def objective(trial):
        value = svm(trial)
        seen[trial.number] = (dict(trial.params), value)
        return value

    study = create_study(seed=2)
    study.optimize(objective, n_trials=20)
    assert {trial.number: (trial.params, trial.value) for trial in study.trials} == seen


def test_the_same_seed_gives_the_same_trials():
    def params():
        study = create_study(study_name="same", seed=5)
        study.optimize(svm, n_trials=12)
        return [trial.params for trial in study.trials]

    assert params() == params()


def test_a_number_of_layers_tells_which_layers_there_are():
    def objective(trial):
        n = trial.suggest_int("layers", 1, 4)
        return sum(trial.suggest_int(f"width.{i}", 8, 64, log=True) for i in range(n))

    study = create_study(seed=1)
    study.optimize(objective, n_trials=25)
    found = conditions(study)
    assert found["width.0"] is None
    assert found["width.3"] == "`layers` >= 4"
    assert study.best_params == {"layers": 1, "width.0": study.best_params["width.0"]}


def test_a_branch_that_nothing_discrete_tells_leaves_its_parameter_without_a_condition():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        return x + (trial.suggest_float("y", 0, 1) if x > 0.3 else 0)

    study = create_study(seed=1)
    study.optimize(objective, n_trials=10)
    assert conditions(study) == {"x": None, "y": None}
    assert any(set(trial.params) == {"x"} for trial in study.trials)


class Watching:
    """Draws at random, and notes how many results it saw."""

    name = "watching"

    def __init__(self, space, seed):
        self._names = list(space)

    def suggest_configuration(self, request):
        seen.append((self._names, len(list(request.history.completed()))))
        return request.sample()


seen: "list[tuple[list[str], int]]" = []


def test_trials_of_before_teach_when_the_space_has_grown():
    seen.clear()
    create_study(seed=1, optimizer=Watching).optimize(svm, n_trials=12)
    spaces = [names for names, _ in seen]
    assert spaces[0] == []
    assert len(spaces[-1]) == 5
    assert len({tuple(names) for names in spaces}) >= 3  # it grew several times
    assert [n for _, n in seen] == list(range(12))


def test_a_wrong_guess_at_a_condition_is_corrected():
    def objective(trial):
        size = trial.suggest_categorical("size", ["s", "l"])
        kernel = trial.suggest_categorical("kernel", ["a", "b"])
        return trial.suggest_float("degree", 0, 1) if size == "s" else len(kernel)

    study = create_study(seed=1)
    for size, kernel in [("s", "a"), ("l", "b"), ("s", "b"), ("l", "a")]:
        study.enqueue_trial({"size": size, "kernel": kernel})
    study.optimize(objective, n_trials=2)
    assert "kernel" in conditions(study)["degree"]  # both tell; the nearer one is guessed
    study.optimize(objective, n_trials=2)
    assert "size" in conditions(study)["degree"]


def test_ranges_may_differ_between_trials():
    def objective(trial):
        high = trial.suggest_int("high", 2, 9)
        low = trial.suggest_int("low", 1, high)
        assert 1 <= low <= high
        return high - low

    study = create_study(seed=1)
    study.optimize(objective, n_trials=20)
    done = study.get_trials(states=[TrialState.COMPLETE])
    assert len(done) == 20
    for trial in done:  # the store has what the objective was given
        assert trial.params["low"] <= trial.params["high"]
        assert trial.value == trial.params["high"] - trial.params["low"]


def test_a_parameter_that_becomes_another_one_is_refused():
    study = create_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(ValueError, match="'x' is UniformFloat"):
        study.optimize(lambda trial: trial.suggest_int("x", 0, 1), n_trials=1)
    study.optimize(lambda trial: len(trial.suggest_categorical("c", ["a", "b"])), n_trials=1)
    with pytest.raises(ValueError, match="choices of 'c' changed"):
        study.optimize(lambda trial: len(trial.suggest_categorical("c", ["a", "z"])), n_trials=1)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE", "FAIL"]


class Kernel(enum.Enum):
    LINEAR = 1
    RBF = 2


def test_values_are_what_was_given():
    def objective(trial):
        assert isinstance(trial.suggest_categorical("kernel", list(Kernel)), Kernel)
        assert trial.suggest_categorical("none", [None, 1]) in (None, 1)
        assert trial.suggest_float("one", 2.0, 2.0) == 2.0
        step = trial.suggest_float("step", 0, 1, step=0.1)
        assert round(step, 1) == step
        assert trial.suggest_int("even", 2, 9, step=2) % 2 == 0
        assert trial.suggest_float("step", 0, 1, step=0.1) == step
        assert type(trial.suggest_int("even", 2, 9, step=2)) is int
        return 1.0

    study = create_study(seed=1)
    study.optimize(objective, n_trials=10)
    assert study.best_params["one"] == 2.0


@pytest.mark.parametrize("n_jobs", [1, 4])
def test_it_goes_on_in_a_store_and_knows_what_goes_together(tmp_path, n_jobs):
    storage = f"sqlite:{tmp_path}/study.db"
    create_study(study_name="svm", storage=storage, seed=1).optimize(svm, n_trials=15, n_jobs=n_jobs)
    with pytest.raises(ValueError, match="load_if_exists"):
        create_study(study_name="svm", storage=storage)
    study = create_study(study_name="svm", storage=storage, load_if_exists=True)
    before = [(trial.number, trial.params, trial.value) for trial in study.trials]
    study.optimize(svm, n_trials=15, n_jobs=n_jobs)
    assert [(trial.number, trial.params, trial.value) for trial in study.trials[:15]] == before
    assert len(study.get_trials(states=[TrialState.COMPLETE])) == 30
    assert "poly" in conditions(study)["degree"]
    assert load_study(study_name="svm", storage=storage).best_value == study.best_value
    with pytest.raises(labwatch.NotFoundError):
        load_study(study_name="other", storage=storage)


def test_an_experiment_whose_space_would_be_lost_is_no_study(tmp_path):
    storage = f"sqlite:{tmp_path}/study.db"
    x = labwatch.UniformFloat(0, 1)
    labwatch.Experiment("constant", {"x": x, "data": "heart"}, store=storage).close()
    labwatch.Experiment("plain", {"x": x, "y": labwatch.Gaussian(0, 1)}, store=storage).close()
    with pytest.raises(ValueError, match="constants or constraints"):
        load_study(study_name="constant", storage=storage)
    study = load_study(study_name="plain", storage=storage)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1) + trial.suggest_int("n", 1, 3), n_trials=3)
    assert set(study.experiment.space()) == {"x", "y", "n"}
    assert study.best_params.keys() == {"x", "n"}


def test_two_studies_in_one_store_find_one_space(tmp_path):
    storage = f"sqlite:{tmp_path}/study.db"
    first = create_study(study_name="two", storage=storage, seed=1)
    second = load_study(study_name="two", storage=storage)
    first.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    second.optimize(lambda trial: trial.suggest_float("y", 0, 1), n_trials=2)
    assert set(second.experiment.space()) == {"x", "y"}


def test_a_study_begins_while_another_process_has_its_first_trial(tmp_path):
    storage = f"sqlite:{tmp_path}/study.db"
    first = create_study(study_name="two", storage=storage, seed=1)
    second = load_study(study_name="two", storage=storage)
    trial = first.ask()
    second.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    first.tell(trial, trial.suggest_float("x", 0, 1))
    assert len(second.get_trials(states=[TrialState.COMPLETE])) == 4


def test_processes_work_on_one_study(tmp_path):
    storage = f"sqlite:{tmp_path}/study.db"
    program = tmp_path / "program.py"
    program.write_text(f"""
import sys
sys.path.insert(0, {os.path.dirname(__file__)!r})
from labwatch.study import create_study
from test_study import svm
create_study(study_name="svm", storage={storage!r}, seed=1, load_if_exists=True).optimize(svm, n_trials=12)
""")
    workers = [subprocess.Popen([sys.executable, str(program)], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(worker.communicate()[1], worker.returncode) for worker in workers] == [("", 0)] * 3
    study = load_study(study_name="svm", storage=storage)
    done = study.get_trials(states=[TrialState.COMPLETE])
    assert len(done) == 36
    assert set(study.experiment.space()) == {"kernel", "C", "degree", "gamma", "cache"}
    for trial in done:
        assert trial.value == svm(Again(trial.params))


class Again:
    """A trial that gives what it is told."""

    def __init__(self, params):
        self._params = params

    def suggest_float(self, name, *range, log=False):
        return self._params[name]

    suggest_int = suggest_categorical = suggest_float


def test_threads_run_trials_at_the_same_time():
    barrier = threading.Barrier(3)

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number in (1, 2, 3):
            barrier.wait()  # passes only if three are here
        return x

    study = create_study()
    study.optimize(objective, n_trials=9, n_jobs=3)
    assert len(study.get_trials(states=[TrialState.COMPLETE])) == 9


def test_a_space_with_an_end_ends():
    study = create_study()
    with pytest.warns(RuntimeWarning, match="every configuration"):
        study.optimize(lambda trial: trial.suggest_int("n", 1, 5), n_trials=20, n_jobs=2)
    assert sorted(trial.value for trial in study.trials) == [1, 2, 3, 4, 5]
    with pytest.warns(RuntimeWarning, match="every configuration") as told:
        study.optimize(lambda trial: trial.suggest_int("n", 1, 5), n_trials=1)
    assert told[0].filename == __file__


def test_pruning_does_not_exist_but_a_trial_may_be_given_up():
    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for step in range(3):
            trial.report(x + step, step)
            assert trial.should_prune() is False
        if trial.number == 1:
            raise TrialPruned
        trial.set_user_attr("memory", {"mib": 3})
        return x

    study = create_study()
    study.optimize(objective, n_trials=3)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]
    first = study.trials[0]
    assert first.intermediate_values == {0: first.value, 1: first.value + 1, 2: first.value + 2}
    assert first.user_attrs == {"memory": {"mib": 3}}
    assert first.datetime_complete >= first.datetime_start
    assert first.duration.total_seconds() >= 0


def test_exceptions_end_the_optimization_unless_they_are_caught():
    def objective(trial):
        if trial.suggest_float("x", 0, 1) is not None and trial.number == 1:
            raise ZeroDivisionError("by zero")
        return 1.0

    study = create_study()
    with pytest.raises(ZeroDivisionError):
        study.optimize(objective, n_trials=5)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL"]
    caught = create_study()
    caught.optimize(objective, n_trials=5, n_jobs=2, catch=ZeroDivisionError)
    assert sorted(trial.state.name for trial in caught.trials) == ["COMPLETE"] * 4 + ["FAIL"]
    assert "by zero" in caught.experiment.runs("status = FAILED")[0].document["fail_trace"][0]


def test_what_is_no_number_is_a_failed_trial():
    study = create_study()
    with pytest.warns(RuntimeWarning, match="None, which is no number") as told:
        study.optimize(lambda trial: None, n_trials=1)
    assert told[0].filename == __file__
    study.optimize(lambda trial: float("nan") * trial.suggest_float("x", 0, 1), n_trials=1)
    assert [trial.state.name for trial in study.trials] == ["FAIL", "FAIL"]
    with pytest.raises(ValueError, match="no trials are completed"):
        study.best_trial  # noqa: B018


def test_ctrl_c_leaves_nothing_running():
    def objective(trial):
        trial.suggest_float("x", 0, 1)
        raise KeyboardInterrupt

    study = create_study()
    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_trials=3)
    assert [record.status for record in study.experiment.runs()] == ["INTERRUPTED"]


def test_ctrl_c_waits_for_the_trials_of_all_threads():
    began = threading.Barrier(3)

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number in (1, 2, 3) and began.wait() == 0:  # three are under way
            _thread.interrupt_main()
        return x

    study = create_study()
    study.optimize(objective, n_trials=1)
    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_jobs=3)
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}


def test_callbacks_see_each_trial_and_may_stop():
    seen = []

    def callback(study, trial):
        seen.append(trial.value)
        if len(seen) == 4:
            study.stop()

    create_study().optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=10, callbacks=[callback])
    assert len(seen) == 4


def test_ask_and_tell_and_what_is_enqueued():
    study = create_study(direction="maximize")
    study.enqueue_trial({"x": 0.25, "kernel": "b"})
    trial = study.ask()
    assert trial.suggest_float("x", 0, 1) == 0.25
    assert trial.suggest_categorical("kernel", ["a", "b"]) == "b"
    assert study.tell(trial, 7.0).params == {"x": 0.25, "kernel": "b"}
    study.enqueue_trial({"x": 0.75})
    trial = study.ask()
    assert (trial.suggest_float("x", 0, 1), trial.suggest_categorical("kernel", ["a", "b"])) == (0.75, "a")
    study.tell(trial, 9.0)
    study.tell(study.ask(), state=TrialState.FAIL)
    study.tell(study.ask(), state=TrialState.PRUNED)
    assert study.best_value == 9.0
    assert study.best_params == {"x": 0.75, "kernel": "a"}
    study.enqueue_trial({"x": 2.0})
    with pytest.raises(labwatch.InvalidError, match="x"):
        study.ask()


def narrow(trial):
    kind = trial.suggest_categorical("kind", ["wide", "narrow"])
    x = trial.suggest_float("x", 0, 10 if kind == "wide" else 1)
    return x if kind == "wide" else abs(x - 0.5)


@pytest.mark.parametrize("optimizer", ["random", "tpe", "gp", "cmaes", "smac"])
def test_a_narrower_range_costs_no_trials_and_is_searched_whole(optimizer):
    study = create_study(seed=3, optimizer=optimizer)
    study.optimize(narrow, n_trials=25)
    trials = study.trials
    assert [(trial.number, trial.state) for trial in trials] == [(i, TrialState.COMPLETE) for i in range(25)]
    inside = [trial.params["x"] for trial in trials if trial.params["kind"] == "narrow"]
    assert len(inside) == len(set(inside)) > 5
    assert 0 <= min(inside) < 0.4
    assert 0.6 < max(inside) < 1
    for trial in trials:
        run = study.experiment.run(trial.number + 1)
        assert run.config == trial.params
        assert study.experiment.replay(run.id)["verdict"] != "different"


def test_a_run_that_got_other_values_says_what_was_proposed_and_by_whom(tmp_path):
    storage = f"sqlite:{tmp_path}/study.db"
    study = create_study(study_name="narrow", storage=storage, seed=3, optimizer="random")
    study.optimize(narrow, n_trials=15)
    told = [(run.config["x"], run.document["labwatch"]) for run in study.experiment.runs()[2:]]
    notes = [labwatch["notes"] for x, labwatch in told if labwatch.get("notes")]
    assert 0 < len(notes) < len(told)
    assert all(note.startswith('random proposed {"kind": "narrow", "x": ') and note.endswith("other values")
               for [note] in notes)
    assert all(labwatch.get("optimizer") is None for _, labwatch in told if labwatch.get("notes"))
    assert study.experiment.runs("config.kind = narrow and config.x > 1") == []


def test_a_failed_trial_is_kept_with_the_values_that_failed():
    def objective(trial):
        narrow(trial)
        if trial.params["kind"] == "narrow":
            raise ArithmeticError

    study = create_study(seed=3)
    with pytest.warns(RuntimeWarning, match="no number"):
        study.optimize(objective, n_trials=20, catch=ArithmeticError)
    failed = study.experiment.runs("config.kind = narrow")
    assert len(failed) > 5
    assert all(0 <= run.config["x"] <= 1 and run.failure == "crash" for run in failed)


def test_trials_after_one_that_failed_before_the_space_was_known_are_others():
    def objective(trial):
        seen.append(trial.suggest_float("x", 0, 1))
        if len(seen) < 4:
            raise ArithmeticError
        return 1.0

    seen = []
    study = create_study(seed=1)
    study.optimize(objective, n_trials=6, catch=ArithmeticError)
    assert len(set(seen)) == 6
    assert [run.config["x"] for run in study.experiment.runs()] == seen


def test_a_range_that_shrinks_to_one_value_beyond_the_others():
    def objective(trial):
        low = 5 if trial.number == 2 else 1
        return trial.suggest_int("n", low, 5 if trial.number == 2 else 3)

    study = create_study(seed=1)
    study.optimize(objective, n_trials=3)
    assert study.trials[2].params == study.experiment.run(3).config == {"n": 5}


def test_asking_again_in_another_range_gives_the_same_value():
    def objective(trial):
        x = trial.suggest_float("x", 5, 10)
        assert trial.suggest_float("x", 0, 1) == x
        return x

    study = create_study(seed=1)
    study.optimize(objective, n_trials=3)
    assert all(trial.value == trial.params["x"] >= 5 for trial in study.trials)


def test_steps_that_do_not_meet_are_refused():
    study = create_study(seed=1)
    study.optimize(lambda trial: trial.suggest_int("n", 0, 10, step=2), n_trials=2)
    study.optimize(lambda trial: trial.suggest_int("n", 4, 10, step=2), n_trials=1)
    with pytest.raises(ValueError, match="the steps of 'n' changed"):
        study.optimize(lambda trial: trial.suggest_int("n", 1, 9, step=2), n_trials=1)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_store_that_is_away_loses_no_trial(tmp_path, away, n_jobs):
    study = create_study(study_name="away", storage=f"sqlite:{tmp_path}/study.db", seed=1)
    found = away("_send", "_assign", "_with_space", "_log", "run")

    def objective(trial):
        trial.report(1.0, 0)
        if trial.number == 2:
            raise ArithmeticError
        return svm(trial)

    ended = []
    study.optimize(objective, n_trials=4, n_jobs=n_jobs, catch=ArithmeticError,
                   callbacks=[lambda study, trial: ended.append(trial.number)])
    trial = study.ask()
    study.tell(trial, svm(trial))
    assert set(found) == {"_send", "_assign", "_with_space", "_log", "run"}
    assert sorted(ended) == [0, 1, 2, 3]
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]


def test_ctrl_c_while_the_store_is_away_leaves_the_result_in_the_spool(tmp_path, monkeypatch):
    storage = f"sqlite:{tmp_path}/study.db"
    study = create_study(study_name="spooled", storage=storage, seed=1)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    tries = []

    def away(*_):
        tries.append(1)
        if len(tries) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        raise labwatch.UnavailableError("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(labwatch.Experiment, "_send", away)
        with pytest.raises(KeyboardInterrupt):
            study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=5)
    study.experiment._deliver()
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 2


def test_every_trial_of_a_loop_has_beats():
    def objective(trial):
        leases.append(study.experiment.run(trial.number + 1).document["labwatch"].get("lease"))
        return trial.suggest_float("x", 0, 1)

    leases = []
    study = create_study(seed=1)
    mine = study.ask()
    study.enqueue_trial({"x": 0.5})
    study.optimize(objective, n_trials=3)  # enqueued, drawn as the space is not known yet, suggested
    study.tell(mine, 1.0)
    assert leases == [120.0] * 3


class Unwilling:
    def __float__(self):
        raise RuntimeError("not today")


@pytest.mark.parametrize("returned", [10**400, Unwilling(), "attributes"], ids=["huge", "unwilling", "attributes"])
def test_what_is_no_value_fails_its_trial_alone(returned):
    study = create_study()

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        if trial.number == 0 and returned == "attributes":
            trial.set_user_attr("a", object())
        return returned if trial.number == 0 and returned != "attributes" else x

    with pytest.warns(RuntimeWarning, match="trial 0 failed"):
        study.optimize(objective, 3)
    assert [trial.state.name for trial in study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]


@pytest.mark.parametrize("names", [[""], ["a\0b"], ["a", "a.b"]])
def test_names_that_no_parameter_can_have(names):
    study = create_study()
    with pytest.raises(ValueError, match=r".+"):
        study.optimize(lambda trial: sum(trial.suggest_float(name, 0, 1) for name in names), 2)
    assert "RUNNING" not in [trial.state.name for trial in study.trials]
    study = create_study()
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), 2)
