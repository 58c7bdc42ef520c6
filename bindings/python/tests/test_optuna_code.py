"""What programs for Optuna do with a study, with `import labwatch.study as optuna`."""
import enum
import threading

import pytest

import labwatch
import labwatch.study as optuna
from labwatch.study import TrialState


def parabola(trial):
    return (trial.suggest_float("x", -5, 5) - 2) ** 2 + trial.suggest_categorical("n", [0, 1])


class Direction(enum.Enum):
    MINIMIZE = 1
    MAXIMIZE = 2


class FloatDistribution:
    low, high, log, step = 1e-3, 1.0, True, None


class IntDistribution:
    low, high, log, step = 2, 8, False, 2


class CategoricalDistribution:
    choices = ("a", "b")


def test_asking_twice_does_not_wait_for_the_first_trial():
    study = optuna.create_study(seed=1)
    first, second = study.ask(), study.ask()
    assert second.suggest_float("x", 0, 1) != first.suggest_float("x", 0, 1)
    study.tell(second, 1.0)
    study.tell(first, 2.0)
    assert [trial.value for trial in study.trials] == [2.0, 1.0]


@pytest.mark.parametrize("storage", [None, "sqlite"])
def test_batches_of_trials_are_asked_for_before_any_is_told(storage, url):
    study = optuna.create_study(study_name="batches", storage=storage and url, seed=1)
    values = {}
    for _ in range(3):
        trials = [study.ask() for _ in range(8)]
        for trial in trials:
            values[trial.number] = parabola(trial)
        for trial in reversed(trials):
            study.tell(trial.number, values[trial.number])
    assert {trial.number: trial.value for trial in study.trials} == values
    assert len({tuple(trial.params.items()) for trial in study.trials}) == 24
    assert study.trials[0].params == {"x": 0.0, "n": 0}  # the first one has the defaults
    for trial in study.trials:
        assert trial.state is TrialState.COMPLETE
        assert trial.value == (trial.params["x"] - 2) ** 2 + trial.params["n"]
        assert study.experiment.run(trial.number + 1).config == trial.params  # and the optimizer learns from them


def test_the_same_seed_gives_the_same_batch():
    def batch():
        study = optuna.create_study(study_name="same", seed=4)
        return [trial.suggest_float("x", 0, 1) for trial in [study.ask() for _ in range(5)]]

    assert batch() == batch()


def test_asking_ends_when_everything_was_tried_and_told():
    study = optuna.create_study(seed=1)
    for n in range(3):
        trial = study.ask()
        study.tell(trial, trial.suggest_int("n", 1, 3) + n)
    with pytest.raises(labwatch.Exhausted, match="every configuration"):
        study.ask()


def test_asking_goes_on_while_an_open_trial_may_show_more_of_the_space():
    study = optuna.create_study(seed=1)
    trial = study.ask()
    study.tell(trial, trial.suggest_int("n", 1, 2))
    trials = [study.ask() for _ in range(3)]  # the space as it is known has one more
    for trial in trials:
        study.tell(trial, trial.suggest_int("n", 1, 2) + trial.suggest_float("y", 0, 1))
    assert len({trial.params["y"] for trial in study.trials[1:]}) == 3


def test_the_caller_may_have_an_open_trial_while_it_optimizes():
    study = optuna.create_study(seed=1)
    mine = study.ask()
    study.optimize(parabola, n_trials=3, n_jobs=2)
    study.tell(mine, parabola(mine))
    assert len(study.get_trials(states=[TrialState.COMPLETE])) == 4


def test_a_trial_that_has_ended_is_told_once():
    study = optuna.create_study(seed=1)
    trial = study.ask()
    study.tell(trial, parabola(trial))
    for again in (trial, trial.number):
        with pytest.raises(ValueError, match="trial 0 has ended already, as COMPLETE"):
            study.tell(again, 7.0)
        assert study.tell(again, 7.0, skip_if_finished=True).value == study.best_value
    with pytest.raises(ValueError, match="no trial 5"):
        study.tell(5, 1.0)
    following = study.ask()  # nothing waits for the one that ended
    study.tell(following, parabola(following))
    assert len(study.trials) == 2


def test_a_trial_of_another_program_is_told_there(url):
    first = optuna.create_study(study_name="two", storage=url)
    trial = first.ask()
    second = optuna.load_study(study_name="two", storage=url)
    with pytest.raises(ValueError, match="trial 0 was not begun by this object"):
        second.tell(0, 1.0)
    first.tell(trial, parabola(trial))


def test_a_trial_of_another_study_is_told_there():
    one, other = optuna.create_study(study_name="one"), optuna.create_study(study_name="other")
    trial, same_number = one.ask(), other.ask()
    with pytest.raises(ValueError, match="trial 0 was begun by another study object"):
        other.tell(trial, 1.0)
    assert other.tell(same_number, 2.0).value == 2.0
    assert one.tell(trial, 1.0).value == 1.0


def test_a_wrong_value_leaves_the_trial_open():
    study = optuna.create_study()
    trial = study.ask()
    for wrong in ("much", [1.0, 2.0]):
        with pytest.raises(ValueError, match="the objective returned"):
            study.tell(trial, wrong)
    trial.set_user_attr("lock", threading.Lock())
    with pytest.raises(TypeError):
        study.tell(trial, 1.0)
    del trial.user_attrs["lock"]
    assert study.tell(trial, [1.0]).values == [1.0]


@pytest.mark.parametrize(("values", "state", "became"), [
    (None, None, "FAIL"), (None, TrialState.PRUNED, "PRUNED"), (None, TrialState.FAIL, "FAIL"),
    (3, None, "COMPLETE"), (3.0, enum.IntEnum("TrialState", ["RUNNING", "COMPLETE"]).COMPLETE, "COMPLETE")])
def test_how_a_trial_ends(values, state, became):
    study = optuna.create_study()
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    assert study.tell(trial, values, state).state.name == became


def test_a_trial_does_not_end_as_running():
    study = optuna.create_study()
    with pytest.raises(ValueError, match="not as RUNNING"):
        study.tell(study.ask(), state=TrialState.RUNNING)


def test_distributions_that_are_asked_for_at_once():
    study = optuna.create_study(seed=1)
    distributions = {"lr": FloatDistribution(), "layers": IntDistribution(), "kind": CategoricalDistribution(),
                     "bias": labwatch.UniformFloat(-1, 1)}
    for _ in range(3):
        trial = study.ask(distributions)
        assert trial.params.keys() == distributions.keys()
        study.tell(trial, trial.params["lr"])
    lr, layers, kind, bias = study.experiment.space().parameters
    assert (lr["lower"], lr["upper"], lr["log_scale"]) == (1e-3, 1.0, True)
    assert (layers["kind"], layers["step"], kind["choices"]) == ("UniformInt", 2, ["a", "b"])
    assert bias["lower"] == -1
    with pytest.raises(TypeError, match="the distribution of 'x' is one of"):
        study.ask({"x": 3})


def test_what_optimize_and_create_study_take():
    study = optuna.create_study(storage=None, sampler=None, pruner=None, direction=Direction.MAXIMIZE)
    study.optimize(parabola, 2, None, 1, (ValueError,), None, True, False)
    study.optimize(parabola, n_trials=2, catch=[ValueError], callbacks=None, gc_after_trial=True)
    assert (study.direction, study.directions) == ("maximize", ["maximize"])
    assert len(study.trials) == 4
    assert optuna.create_study(directions=["maximize"]).direction == "maximize"
    with pytest.raises(ValueError, match="one objective, not 2"):
        optuna.create_study(directions=["minimize", "maximize"])
    with pytest.raises(ValueError, match="not both"):
        optuna.create_study(directions=["minimize"], direction="minimize")


def test_garbage_is_collected_after_each_trial(monkeypatch):
    collected = []
    monkeypatch.setattr("gc.collect", lambda: collected.append(1))
    optuna.create_study().optimize(parabola, n_trials=3, gc_after_trial=True)
    assert len(collected) == 3


def test_a_progress_bar_is_a_line_on_the_terminal(capsys):
    study = optuna.create_study(study_name="bar", seed=1)
    study.optimize(parabola, n_trials=2, show_progress_bar=True)
    shown = capsys.readouterr().err
    assert f"bar: 2/2 trials, best {study.best_value:.6g} (trial {study.best_trial.number})" in shown
    assert shown.endswith("\n")
    study.optimize(parabola, n_trials=1)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("load", [optuna.create_study, optuna.load_study])
def test_what_is_named_otherwise_is_told(load, url):
    with pytest.raises(TypeError, match='choose an optimizer by its name, such as optimizer="tpe"'):
        load(study_name="x", storage=url, sampler=FloatDistribution())
    with pytest.raises(TypeError, match=r"leave pruner=FloatDistribution\(…\) out"):
        load(study_name="x", storage=url, pruner=FloatDistribution())
    with pytest.raises(ValueError, match=r"did you mean sqlite:study\.db"):
        load(study_name="x", storage="sqlite:///study.db")
    with pytest.raises(TypeError, match="the URL of a store"):
        load(study_name="x", storage=FloatDistribution())


def test_members_that_have_no_place_here_say_what_to_use():
    study = optuna.create_study()
    with pytest.raises(AttributeError, match="one objective: use best_trial"):
        study.best_trials  # noqa: B018
    with pytest.raises(AttributeError, match=r"log=True"):
        study.ask().suggest_loguniform("x", 1, 2)
    with pytest.raises(AttributeError, match=r"'Study' object has no attribute 'anything'$"):
        study.anything  # noqa: B018


def test_a_trial_is_enqueued_once():
    study = optuna.create_study(seed=1)
    for _ in range(2):
        study.enqueue_trial({"x": 2.0}, user_attrs={"why": "known"}, skip_if_exists=True)
    study.optimize(parabola, n_trials=2)
    study.enqueue_trial({"x": 2.0}, skip_if_exists=True)
    study.enqueue_trial({"x": 3.0}, skip_if_exists=True)
    open_trial = study.ask()
    study.enqueue_trial({"x": 3.0}, skip_if_exists=True)
    study.optimize(parabola, n_trials=1)
    study.tell(open_trial, parabola(open_trial))
    assert [trial.params["x"] for trial in study.trials if trial.params["x"] in (2.0, 3.0)] == [2.0, 3.0]
    assert study.best_trial.user_attrs == {"why": "known"}


def test_a_study_goes_on_in_another_program(url):
    def program(**options):
        study = optuna.create_study(study_name="resumed", storage=url, load_if_exists=True, **options)
        study.enqueue_trial({"x": 2.0, "n": 0}, skip_if_exists=True)
        study.optimize(parabola, n_trials=5)
        return study

    program(seed=1)
    study = program(optimizer="random")
    assert len(study.trials) == 10
    assert [trial.number for trial in study.trials if trial.params == {"x": 2.0, "n": 0}] == [0]
    assert study.experiment.optimizer == "random"
    assert study.experiment.seed == 1
    assert program().experiment.optimizer == "random"  # it keeps its own
    optuna.delete_study(study_name="resumed", storage=url)
    with pytest.raises(labwatch.NotFoundError):
        optuna.load_study(study_name="resumed", storage=url)


class Drawing:
    """An optimizer in Python."""

    name = "drawing"

    def __init__(self, space, seed):
        pass

    def suggest_configuration(self, request):
        return request.sample()


def test_a_study_with_an_optimizer_in_python_is_kept_and_loaded(url):
    for _ in range(2):
        study = optuna.create_study(study_name="own", storage=url, optimizer=Drawing, load_if_exists=True)
        study.optimize(parabola, n_trials=3)
    assert len(study.trials) == 6
    assert study.experiment.optimizer == "drawing"


def test_trials_are_a_table():
    pytest.importorskip("pandas")

    def objective(trial):
        trial.set_user_attr("square", trial.number ** 2)
        trial.report(1.0, 3)
        return trial.suggest_int("a", 1, 3) + (trial.suggest_float("b", 0, 1) if trial.number == 1 else 0)

    study = optuna.create_study(seed=1)
    study.optimize(objective, n_trials=3)
    frame = study.trials_dataframe()
    assert list(frame.columns) == ["number", "value", "datetime_start", "datetime_complete", "duration", "params_a",
                                   "params_b", "user_attrs_square", "state"]
    assert list(frame["number"]) == [0, 1, 2]
    assert list(frame["value"]) == [trial.value for trial in study.trials]
    assert list(frame["user_attrs_square"]) == [0, 1, 4]
    assert list(frame["params_b"].isna()) == [True, False, True]
    assert set(frame["state"]) == {"COMPLETE"}
    assert list(study.trials_dataframe(attrs=("number", "params")).columns) == ["number", "params_a", "params_b"]
    assert "intermediate_values_3" in study.trials_dataframe(attrs=["intermediate_values"])
    assert list(optuna.create_study().trials_dataframe().columns)[:2] == ["number", "value"]


class Kind(enum.Enum):
    A = 1
    B = 2


def test_an_objective_is_run_again_with_the_values_of_a_trial():
    def objective(trial):
        kind = trial.suggest_categorical("kind", list(Kind))
        x = trial.suggest_float("x", 0, 1) + (trial.suggest_int("n", 1, 5) if kind is Kind.B else 0)
        trial.report(x, 1)
        trial.set_user_attr("kind", kind.name)
        assert not trial.should_prune()
        return x

    study = optuna.create_study(seed=1)
    study.optimize(objective, n_trials=8)
    assert {trial.user_attrs["kind"] for trial in study.trials} == {"A", "B"}
    assert [objective(trial) for trial in study.trials] == [trial.value for trial in study.trials]
    assert objective(study.best_trial) == study.best_value
    with pytest.raises(ValueError, match="had no parameter 'y'"):
        study.best_trial.suggest_float("y", 0, 1)
    with pytest.raises(ValueError, match="none of"):
        study.best_trial.suggest_categorical("kind", ["a"])


def test_reports_are_kept():
    study = optuna.create_study()
    trial = study.ask()
    for step in (0, 2):
        trial.report(step / 2, step)
    frozen = study.tell(trial, parabola(trial))
    assert frozen.intermediate_values == {0: 0.0, 2: 1.0}
    assert frozen.last_step == 2
    assert study.tell(study.ask()).last_step is None


def test_an_objective_cannot_optimize_its_own_study():
    study = optuna.create_study()
    with pytest.raises(RuntimeError, match="optimize of its own study"):
        study.optimize(lambda trial: study.optimize(parabola, n_trials=1), n_trials=1)
    study.optimize(parabola, n_trials=1)  # and afterwards it goes on
