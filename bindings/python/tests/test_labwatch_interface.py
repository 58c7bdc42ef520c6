"""Labwatch's own interface: hyperparameters, search spaces and the assistant on Sacred."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs import needs

needs("sacred")

import labwatch
from labwatch.hyperparameters import (
    Categorical,
    Condition,
    Constant,
    Gaussian,
    Hyperparameter,
    UniformFloat,
    UniformInt,
    UniformNumber,
    decode_param_or_op,
)
from labwatch.searchspace import (
    SearchSpace,
    build_search_space,
    collect_hyperparameters,
    fill_in_values,
    get_values_from_config,
)

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "labwatch"

KINDS = [
    (lambda: Constant(23), "Constant"),
    (lambda: UniformFloat(0.0, 1.0), "UniformFloat"),
    (lambda: UniformInt(1, 10), "UniformInt"),
    (lambda: UniformNumber(0, 1, float), "UniformNumber"),
    (lambda: Categorical([2, 4, 6]), "Categorical"),
    (lambda: Gaussian(0, 1.0), "Gaussian"),
]


@pytest.mark.parametrize(("make", "name"), KINDS)
def test_a_hyperparameter_becomes_a_dictionary_and_comes_back(make, name):
    one = make()
    stored = json.loads(json.dumps(one))
    assert stored["_class"] == name
    assert stored["uid"] == one["uid"]
    again = decode_param_or_op(stored)
    assert type(again) is type(one)
    assert again == one
    assert again.described() == one.described()


def test_a_condition_becomes_a_dictionary_and_comes_back():
    layers = Categorical([1, 2])
    one = UniformInt(1, 9) | Condition(layers, [Constant(2)])
    again = decode_param_or_op(json.loads(json.dumps(one)))
    assert again == one
    assert again["condition"].values_held() == [2]


def test_what_is_no_hyperparameter_is_told():
    with pytest.raises(ValueError, match="no hyperparameter"):
        decode_param_or_op({"uid": 3})
    with pytest.raises(ValueError, match="lacks lower, upper"):
        decode_param_or_op({"uid": 3, "_class": "UniformFloat"})
    with pytest.raises(ValueError, match=r"exp\(1000.0\) is too large"):
        Gaussian(1000, 1, log_scale=True).described()


def test_a_hyperparameter_cannot_depend_on_itself():
    one = Categorical([1, 2])
    with pytest.raises(ValueError, match="itself"):
        one | Condition(one, [1])


def test_hyperparameters_are_collected_once_and_named_by_their_shortest_place():
    a, b, c = UniformFloat(0, 1), UniformInt(2, 12), Gaussian(0, 1)
    space = json.loads(json.dumps({"a": a, "foo": {"bar": b, "nested": {"a": a}}, "using_list": [a, b, c]}))
    found = collect_hyperparameters(space)
    assert found == {a["uid"]: a, b["uid"]: b, c["uid"]: c}
    assert [found[one["uid"]]["name"] for one in (a, b, c)] == ["a", "foo.bar", "using_list[2]"]


def test_collecting_changes_no_hyperparameter_and_the_shortest_name_counts_in_any_order():
    one = UniformFloat(0, 1)
    for space in ({"a": one, "a_long_name": one}, {"a_long_name": one, "a": one}):
        assert list(SearchSpace(space).parameters) == ["a"]
        assert list(SearchSpace(space).space) == ["a"]
    assert list(SearchSpace({"elsewhere": [one]}).parameters) == ["elsewhere[0]"]
    assert "name" not in one


def test_values_are_filled_in_at_all_places():
    a, b = UniformFloat(0, 1), UniformInt(2, 12)
    space = {"a": a, "deep": {"a": a, "l": [b, 7]}}
    assert fill_in_values(space, {a["uid"]: 11, b["uid"]: 3}) == {"a": 11, "deep": {"a": 11, "l": [3, 7]}}


def test_values_are_found_in_a_configuration():
    a, b = UniformFloat(0, 1), UniformInt(2, 12)
    found = collect_hyperparameters({"x": [a, b]})
    assert get_values_from_config({"x": [0.5, 3]}, found) == {"x[0]": 0.5, "x[1]": 3}


def with_condition():
    batch_size = UniformNumber(lower=32, upper=64, default=32, type=int)  # noqa: F841
    n_layers = Categorical([1, 2])
    two = Constant(2)
    units_second = UniformNumber(lower=32, upper=64, default=40, type=int) | Condition(n_layers, [two])  # noqa: F841
    dropout_second = UniformFloat(lower=0.2, upper=0.8, default=0.5) | Condition(n_layers, [2])  # noqa: F841


def test_a_function_describes_a_space():
    space = build_search_space(with_condition)
    assert sorted(space.conditions) == ["dropout_second", "units_second"]
    assert {"batch_size", "n_layers"} <= set(space.non_conditions)
    seen = set()
    for seed in range(20):
        values = space.sample(seed)
        assert space.valid(values)
        assert ("units_second" in values) == (values["n_layers"] == 2)
        seen.add(values["n_layers"])
    assert seen == {1, 2}
    assert space.default()["batch_size"] == 32


def test_wrong_values_are_not_valid():
    space = build_search_space(with_condition)
    assert not space.valid({"batch_size": 7, "n_layers": 1})


def test_one_hyperparameter_in_two_places_has_one_value():
    a = UniformFloat(0, 1)
    space = SearchSpace({"a": a, "twin": {"deep": a}, "pair": [a, UniformInt(1, 3)]})
    assert len(space.space) == 2
    config = space.fill(space.sample(1))
    assert config["a"] == config["twin"]["deep"] == config["pair"][0]


def test_a_gaussian_on_a_log_scale_has_mu_and_sigma_of_the_logarithm():
    space = SearchSpace({"g": Gaussian(2.0, 0.1, log_scale=True)})
    drawn = sorted(config["g"] for config in space.space.sample(201))
    assert drawn[100] == pytest.approx(7.389, rel=0.05)


# ---- the assistant ----


@pytest.fixture
def made(store, tmp_path, monkeypatch):
    """A Sacred experiment with an assistant and two search spaces."""
    from sacred import Experiment

    from labwatch.assistant import LabAssistant

    monkeypatch.chdir(tmp_path)
    (tmp_path / "resource.txt").write_text("read by the experiment")
    ex = Experiment("quadratic", save_git_info=False)
    assistant = LabAssistant(ex, url=store, optimizer=labwatch_optimizer())

    @ex.config
    def defaults():
        x = 3.0  # noqa: F841
        kind = "plain"  # noqa: F841
        other = {"deep": 4}  # noqa: F841
        outcome = "number"  # noqa: F841

    @assistant.search_space
    def wide():
        x = UniformFloat(-10, 10)  # noqa: F841
        kind = Categorical(["plain", "shifted"])  # noqa: F841

    @assistant.searchspace
    def narrow():
        x = UniformFloat(-1, 1)  # noqa: F841

    @ex.main
    def main(x, kind, other, outcome, _run):
        _run.log_scalar("x", x, 1)
        _run.info["seen"] = x
        with ex.open_resource("resource.txt") as file:
            file.read()
        (tmp_path / "artifact.txt").write_text(str(x))
        ex.add_artifact(str(tmp_path / "artifact.txt"), "artifact.txt")
        cost = x**2 + (kind == "shifted")
        if outcome == "raise":
            raise RuntimeError("it broke")
        results = {"number": cost, "dict": {"optimization_target": cost, "more": 1.5}, "text": "good",
                   "nothing": {"cost": 1}}
        return results[outcome]

    yield ex, assistant
    assistant._close()


def labwatch_optimizer():
    from labwatch.optimizers import RandomSearch

    return RandomSearch


def record(assistant, run):
    return assistant.experiment.run(run._id)


def test_a_named_config_is_a_suggestion(made):
    ex, assistant = made
    run = ex.run(named_configs=["wide"])
    kept = record(assistant, run)
    assert kept.status == "COMPLETED"
    assert kept.space == "wide"
    assert kept.result == pytest.approx(run.result)
    assert kept.config["x"] == run.config["x"]
    assert kept.config["other"] == {"deep": 4}
    assert kept.seed == run.config["seed"]


def test_the_document_has_what_sacred_knows(made):
    ex, assistant = made
    run = ex.run(named_configs=["wide"])
    document = record(assistant, run).document
    assert document["experiment"]["mainfile"]
    assert document["experiment"]["dependencies"] == ex.get_experiment_info()["dependencies"]
    assert document["host"]["python_version"] == ".".join(map(str, sys.version_info[:3]))
    assert document["meta"]["named_configs"] == ["wide"]
    assert document["info"]["seen"] == run.config["x"]
    assert record(assistant, run).metrics == {"x": [(1, run.config["x"])]}
    files = {(file["kind"], Path(file["name"]).name) for file in assistant.experiment.files(run._id)}
    assert {("artifact", "artifact.txt"), ("source", "resource.txt")} <= files


def test_metrics_of_many_steps(made):
    ex, assistant = made

    @ex.command
    def steps(_run):
        for step in range(300):
            _run.log_scalar("loss", 1 / (step + 1), step)
        return 0.5

    run = ex.run("steps", named_configs=["wide"])
    logged = record(assistant, run).metrics["loss"]
    assert logged == [(step, 1 / (step + 1)) for step in range(300)]


def test_an_annotation_that_is_wrong_changes_nothing(made):
    ex, assistant = made
    run = ex.run(named_configs=["wide"])
    before = record(assistant, run).document
    with pytest.raises(labwatch.InvalidError, match="resources is neither"):
        assistant.experiment._annotate(run._id, {"host": {"hostname": "elsewhere"}, "resources": 5})
    assert record(assistant, run).document == before


def test_spaces_are_chosen_by_name(made):
    ex, assistant = made
    runs = [ex.run(named_configs=[name]) for name in ("wide", "narrow", "narrow")]
    assert [record(assistant, run).space for run in runs] == ["wide", "narrow", "narrow"]
    assert all(abs(run.config["x"]) <= 1 for run in runs[1:])
    assert runs[1].config["kind"] == "plain"


def test_a_given_value_stands(made):
    ex, assistant = made
    run = ex.run(named_configs=["wide"], config_updates={"x": 0.25})
    assert run.config["x"] == 0.25
    kept = record(assistant, run)
    assert kept.config["x"] == 0.25
    assert kept.status == "COMPLETED"
    assert not [one for one in assistant.experiment.runs() if one.status not in ("COMPLETED", "REMOVED")]


def test_results_teach(made):
    ex, assistant = made
    assistant.optimizer = "gp"
    for _ in range(12):
        assistant.run_suggestion()
    config, result = assistant.get_current_best()
    assert result < 1
    assert config["kind"] == "plain"


def test_a_result_may_be_a_dictionary(made):
    ex, assistant = made
    run = ex.run(named_configs=["wide"], config_updates={"outcome": "dict"})
    kept = record(assistant, run)
    assert kept.result == pytest.approx(run.result["optimization_target"])
    assert kept.results["more"] == 1.5


@pytest.mark.parametrize("outcome", ["text", "nothing"])
def test_a_result_without_a_number_is_a_failure(made, outcome):
    ex, assistant = made
    run = ex.run(named_configs=["wide"], config_updates={"outcome": outcome})
    kept = record(assistant, run)
    assert kept.status == "FAILED"
    assert "optimization_target" in kept.document["labwatch"]["reason"]


def test_an_exception_is_a_failure(made):
    ex, assistant = made
    with pytest.raises(RuntimeError, match="it broke"):
        ex.run(named_configs=["wide"], config_updates={"outcome": "raise"})
    kept = assistant.experiment.runs("status = FAILED")[0]
    assert kept.failure == "crash"
    assert "it broke" in "".join(kept.document["fail_trace"])


def test_default_random_and_given_configurations_are_run(made):
    ex, assistant = made
    assert assistant.run_default().config["x"] == 0.0
    assert assistant.run_config({"x": 2.0, "kind": "shifted"}).result == 5.0
    assert -10 <= assistant.run_random().config["x"] <= 10
    assert len(assistant.experiment.runs("status = COMPLETED")) == 3


def test_the_queue(made):
    ex, assistant = made
    queued = assistant.enqueue_suggestion()
    assert assistant.experiment.run(queued).status == "QUEUED"
    run = assistant.run_from_queue(wait_time_in_s=5)
    assert run._id == queued
    assert assistant.experiment.run(queued).status == "COMPLETED"
    assert assistant.run_from_queue(wait_time_in_s=0) is None


def test_a_suggestion_that_nobody_runs_goes_to_the_next(made):
    ex, assistant = made
    config = assistant.get_suggestion()
    assistant._give_back()
    run = ex.run(named_configs=["wide"])
    assert run.config["x"] == config["x"]
    assert len(assistant.experiment.runs()) == 1


def test_the_best_of_nothing(made):
    _, assistant = made
    assert assistant.get_current_best() == (None, None)
    assert assistant.get_current_best(return_job_info=True) == (None, None, None)


def test_the_command_and_sacred_learn_from_each_other(made, store):
    """What another process suggests and observes is seen here, and the other way round."""
    ex, assistant = made
    ex.run(named_configs=["wide"])
    with labwatch.Experiment("quadratic", store=store) as other:
        run = other.suggest(space="wide")
        run.observe(-5.0)
        assert len(other.runs()) == 2
    assert assistant.get_current_best()[1] == -5.0


def test_an_optimizer_of_ones_own_with_labwatchs_methods(made):
    from labwatch.optimizers import Optimizer

    told = []

    class Halving(Optimizer):
        def update(self, configs, costs, runs):
            told.append(list(zip(configs, costs)))
            self.best = min(zip(costs, (config["x"] for config in configs)))[1]

        def suggest_configuration(self):
            if not hasattr(self, "best"):
                return {"x": 8.0, "kind": "plain"}
            return {"x": self.best / 2, "kind": "plain"}

    ex, assistant = made
    assistant.optimizer = Halving
    assert [assistant.run_suggestion().config["x"] for _ in range(4)] == [8.0, 4.0, 2.0, 1.0]
    assert told[-1][0] == ({"x": 8.0, "kind": "plain"}, 64.0)
    from labwatch._optimizing import _types

    known = len(_types)
    for _ in range(3):
        assistant.optimizer = Halving
        assistant.get_suggestion()
    assert len(_types) == known, "the library keeps what it was given"


def test_without_a_database_it_says_so():
    from sacred import Experiment

    from labwatch.assistant import LabAssistant

    ex = Experiment("lonely", save_git_info=False)
    assistant = LabAssistant(ex)

    @assistant.search_space
    def space():
        x = UniformFloat(0, 1)  # noqa: F841

    with pytest.raises(RuntimeError, match="no database"):
        assistant.get_suggestion()


# ---- the examples, as they are called ----


def call(folder, store, script, *words):
    environment = {**os.environ, "LABWATCH_STORE": store, "PYTHONPATH": str(EXAMPLES)}
    done = subprocess.run([sys.executable, str(EXAMPLES / script), *words], cwd=folder, env=environment, text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_branin_from_the_command_line(store, tmp_path):
    call(tmp_path, store, "branin.py", "with", "search_space")
    assert "x = [" in call(tmp_path, store, "branin.py", "print_config", "with", "search_space")
    with labwatch.Experiment("branin", store=store) as experiment:
        assert [run.status for run in experiment.runs()] == ["COMPLETED", "QUEUED"]  # what was printed is for the next


def test_bayesian_optimization_of_branin(store, tmp_path):
    out = call(tmp_path, store, "bo_on_branin.py", "25")
    assert float(out.rsplit("best: ", 1)[1].split()[0]) < 1.0


def test_digits(store, tmp_path):
    pytest.importorskip("sklearn")
    call(tmp_path, store, "digits_mlp.py", "with", "search_space", "epochs=2")
    call(tmp_path, store, "digits_mlp.py", "with", "small_search_space", "epochs=2")
    with labwatch.Experiment("digits-mlp", store=store) as experiment:
        runs = experiment.runs()
        assert [run.space for run in runs] == ["search_space", "small_search_space"]
        assert runs[0].results["accuracy"] == pytest.approx(1 - runs[0].result)
        assert len(runs[0].metrics["accuracy"]) == 2


def test_sacreds_option_names_the_database(tmp_path):
    server = os.environ.get("LABWATCH_TEST_MONGO_URI")
    if not server:
        pytest.skip("LABWATCH_TEST_MONGO_URI names no server")
    database = f"option_{os.getpid()}"
    place = server.split("://", 1)[1].rstrip("/")
    unused = f"sqlite:{tmp_path}/unused.db"
    call(tmp_path, unused, "branin.py", "with", "search_space", "-m", f"{place}:{database}")
    call(tmp_path, unused, "branin.py", "with", "x=[1.0,2.0]", "-m", f"{place}:{database}")
    with labwatch.Experiment("branin", store=f"{server}/{database}") as experiment:
        runs = experiment.runs()
        assert [run.origin for run in runs] == ["own", "foreign"]
        assert [run.status for run in runs] == ["COMPLETED", "COMPLETED"]


def test_the_uids_of_hyperparameters_differ():
    assert len({UniformFloat(0, 1)["uid"] for _ in range(50)}) == 50
    assert isinstance(UniformFloat(0, 1), Hyperparameter)
