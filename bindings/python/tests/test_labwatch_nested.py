"""Labwatch's interface on Sacred with nested configurations, conditions, None as a choice, and given values."""
import pytest
from needs import needs

needs("sacred")

from sacred import Experiment, Ingredient
from sacred.utils import ConfigAddedError

import labwatch
from labwatch.assistant import LabAssistant
from labwatch.hyperparameters import Categorical, Condition, Constant, UniformFloat, UniformInt
from labwatch.optimizers import Optimizer, RandomSearch
from labwatch.searchspace import SearchSpace


@pytest.fixture
def made(store, tmp_path, monkeypatch):
    """An experiment with a nested configuration, search spaces that have a part of it, and what its runs saw."""
    monkeypatch.chdir(tmp_path)
    ex = Experiment("nested", save_git_info=False)
    assistant = LabAssistant(ex, url=store, optimizer=RandomSearch)
    seen = []

    @ex.config
    def defaults():
        net = {"a": 0.0, "layers": 1, "drop": 0.125, "sizes": [8, 8], "head": {"width": 3, "bias": True}}  # noqa: F841
        reg = "l2"  # noqa: F841
        epochs = 1  # noqa: F841
        outcome = "number"  # noqa: F841

    @assistant.search_space
    def one_key():
        net = {"a": UniformFloat(0.1, 1)}  # noqa: F841

    @assistant.search_space
    def two_keys():
        net = {"a": UniformFloat(0.1, 1), "head": {"width": UniformInt(5, 9)}}  # noqa: F841

    @assistant.search_space
    def with_none():
        reg = Categorical([None, "l1"])  # noqa: F841

    @assistant.search_space
    def conditional():
        layers = Categorical([1, 2])
        net = {  # noqa: F841
            "layers": layers,
            "drop": UniformFloat(0.2, 0.8) | Condition(layers, [2]),
            "sizes": [UniformInt(10, 99), UniformInt(10, 99, default=44) | Condition(layers, [2])],
            "head": {"width": UniformInt(5, 9) | Condition(layers, [2])},
        }
        del layers

    @ex.main
    def main(net, reg, epochs, outcome, _run):
        _run.log_scalar("a", net["a"], 0)
        seen.append({"net": net, "reg": reg, "epochs": epochs})
        cost = net["a"] + net["head"]["width"] + len(reg or "") + net["drop"]
        many = {"optimization_target": cost, "model": object(), "large": 2**70, "text": "\ud800"}
        return {"number": cost, "dict": many, "huge": 10**400, "huge in it": {"optimization_target": 10**400}}[outcome]

    yield ex, assistant, seen
    assistant._close()


def standing(assistant):
    return [(run.id, run.status, run.origin) for run in assistant.experiment.runs()]


def test_the_configuration_may_have_more_than_the_space_at_any_depth(made):
    ex, assistant, seen = made
    for name in ("one_key", "one_key", "two_keys"):
        run = ex.run(named_configs=[name])
        kept = assistant.experiment.run(run._id)
        assert kept.result == pytest.approx(run.result)
        assert kept.config["net"] == run.config["net"]
        assert kept.config["net"]["head"]["bias"] is True
        assert 0.1 <= seen[-1]["net"]["a"] <= 1
    assert 5 <= seen[-1]["net"]["head"]["width"] <= 9
    assert standing(assistant) == [(i, "COMPLETED", "own") for i in (1, 2, 3)]
    assert len({one["net"]["a"] for one in seen}) == 3


def test_the_methods_run_nested_configurations(made):
    ex, assistant, seen = made
    assistant.run_suggestion()
    assistant.run_config({"net": {"a": 0.5, "layers": 2}, "epochs": 7})
    assert seen[-1]["net"] == {**seen[0]["net"], "a": 0.5, "layers": 2}
    assert seen[-1]["epochs"] == 7
    assistant.run_config({**assistant.get_suggestion(), "epochs": 3})
    assistant.run_random()
    assistant.run_default()
    assistant.experiment.enqueue({"net": {"a": 0.25}}, space="one_key")
    assistant.run_from_queue(0)
    assert seen[-1]["net"]["a"] == 0.25
    assert standing(assistant) == [(i, "COMPLETED", "own") for i in range(1, 7)]


def test_none_is_a_choice(made):
    ex, assistant, seen = made
    for _ in range(2):
        run = ex.run(named_configs=["with_none"])
        assert assistant.experiment.run(run._id).config["reg"] == run.config["reg"] == seen[-1]["reg"]
    assert {one["reg"] for one in seen} == {None, "l1"}
    assert standing(assistant) == [(1, "COMPLETED", "own"), (2, "COMPLETED", "own")]
    assert assistant.get_current_best()[0] == {"reg": None}


def test_none_is_run_where_it_is_given(made):
    ex, assistant, seen = made
    assistant.current_search_space_name = "with_none"
    assistant.run_config({"reg": None, "outcome": "number"})
    ex.run(named_configs=["with_none"], config_updates={"reg": None})
    assert [one["reg"] for one in seen] == [None, None]
    assert [run.config["reg"] for run in assistant.experiment.runs()] == [None, None]


def test_what_is_not_active_is_at_its_default(made):
    ex, assistant, seen = made
    for _ in range(8):
        ex.run(named_configs=["conditional"])
    of_one = [one["net"] for one in seen if one["net"]["layers"] == 1]
    of_two = [one["net"] for one in seen if one["net"]["layers"] == 2]
    assert of_one
    assert of_two
    for net in of_one:
        assert (net["drop"], net["head"]["width"], net["sizes"][1]) == (0.125, 3, 44)
        assert net["sizes"][0] >= 10
    for net in of_two:
        assert net["drop"] >= 0.2
        assert net["head"]["width"] >= 5
    assert standing(assistant) == [(i, "COMPLETED", "own") for i in range(1, 9)]


def test_a_suggestion_has_none_where_nothing_is_active_and_can_be_run(made):
    ex, assistant, seen = made
    assistant.current_search_space_name = "conditional"
    for layers in (1, 2):
        assistant.experiment.enqueue({"net": {"layers": layers}}, space="conditional")
        config = assistant.get_suggestion()
        assert (config["net"]["drop"] is None) == (layers == 1)
        assert (config["net"]["sizes"][1] is None) == (layers == 1)
        assistant.run_config(config)
        assert seen[-1]["net"]["layers"] == layers
        assert (seen[-1]["net"]["drop"] == 0.125) == (layers == 1)
    best, _ = assistant.get_current_best()
    assert best["net"]["drop"] is None
    assistant.run_config(best)
    assert standing(assistant) == [(i, "COMPLETED", "own") for i in (1, 2, 3)]


def test_a_whole_configuration_of_sacred_can_be_run_again(made):
    ex, assistant, seen = made
    assistant.current_search_space_name = "conditional"
    run = ex.run(named_configs=["conditional"], config_updates={"net.layers": 1})
    assistant.run_config(run.config)
    assert seen[1] == seen[0]


def test_optimizers_are_told_of_nested_values(made):
    told = []

    class Told(Optimizer):
        def update(self, configs, costs, runs):
            told[:] = configs

    ex, assistant, seen = made
    assistant.optimizer = Told
    for layers in (1, 2):
        ex.run(named_configs=["conditional"], config_updates={"net": {"layers": layers}})
    ex.run(named_configs=["conditional"])
    names = ["net.layers", "net.drop", "net.sizes[0]", "net.sizes[1]", "net.head.width"]
    assert [sorted(config) for config in told] == [sorted([names[0], names[2]]), sorted(names)]


# ---- values that are given ----


def test_a_given_value_leaves_alone_what_others_have_queued(made):
    ex, assistant, seen = made
    queued = assistant.experiment.enqueue({"net": {"a": 0.25, "head": {"width": 6}}}, space="two_keys")
    run = ex.run(named_configs=["two_keys"], config_updates={"net": {"a": 0.5}})
    assert run._id != queued
    assert assistant.experiment.run(queued).status == "QUEUED"
    assert seen[-1]["net"]["a"] == 0.5
    assert ex.run(named_configs=["two_keys"])._id == queued
    assert (seen[-1]["net"]["a"], seen[-1]["net"]["head"]["width"]) == (0.25, 6)
    assert {run.status for run in assistant.experiment.runs()} == {"COMPLETED"}


@pytest.mark.parametrize("given", [{"net": {"a": 0.5}}, {"net.a": 0.5}])
def test_what_stands_beside_a_given_value_is_suggested(made, given):
    ex, assistant, seen = made
    run = ex.run(named_configs=["two_keys"], config_updates={**given, "epochs": 4})
    kept = assistant.experiment.run(run._id)
    assert kept.status == "COMPLETED"
    assert kept.config["net"]["a"] == seen[-1]["net"]["a"] == 0.5
    assert kept.config["net"]["head"]["width"] == seen[-1]["net"]["head"]["width"] >= 5
    assert seen[-1]["epochs"] == 4
    assert len(assistant.experiment.runs()) == 1


def test_where_all_is_given_nothing_is_suggested(made):
    ex, assistant, seen = made
    for _ in range(2):
        ex.run(named_configs=["with_none"])
    with pytest.raises(labwatch.NothingToSuggest):
        ex.run(named_configs=["with_none"])
    ex.run(named_configs=["with_none"], config_updates={"reg": "l1"})
    assert seen[-1]["reg"] == "l1"


def test_a_given_value_decides_what_is_active(made):
    ex, assistant, seen = made
    for layers in (1, 2, 1, 2):
        run = ex.run(named_configs=["conditional"], config_updates={"net": {"layers": layers}})
        assert run.config["net"]["layers"] == layers
        assert (run.config["net"]["drop"] == 0.125) == (layers == 1)
    assert standing(assistant)[-1][1:] == ("COMPLETED", "own")


def test_a_value_outside_the_space_is_refused_and_takes_no_run(made):
    ex, assistant, seen = made
    with pytest.raises(labwatch.InvalidError, match=r"net\.a"):
        ex.run(named_configs=["two_keys"], config_updates={"net": {"a": 5.0}})
    with pytest.raises(ValueError, match=r"7 is given where the search space has net\.a"):
        ex.run(named_configs=["two_keys"], config_updates={"net": 7})
    assert standing(assistant) == []
    assert seen == []


def test_one_hyperparameter_is_given_one_value():
    one = UniformFloat(0, 1)
    space = SearchSpace({"a": one, "twin": {"deep": [one, 3]}, "c": Constant(None)})
    assert space.given({"twin": {"deep": [0.5, 3]}}) == {one["uid"]: 0.5}
    assert space.values_with({"a": 0.1, "c": None}, {one["uid"]: 0.5}) == {"a": 0.5, "c": None}
    with pytest.raises(ValueError, match=r"twin\.deep\[0\] and a are one hyperparameter"):
        space.given({"a": 0.25, "twin": {"deep": [0.5, 3]}})


# ---- runs that Sacred does not begin, or begins later ----


def test_a_run_without_a_space_is_never_taken_for_a_suggestion(made, store):
    ex, assistant, seen = made
    with pytest.raises(ConfigAddedError):
        ex.run(named_configs=["one_key"], config_updates={"unknown": 1})
    ex.run()
    assert assistant.experiment.run(1).status == "RUNNING"
    origins = ["own", "foreign"] if store.startswith("mongodb") else ["own"]
    assert [run.origin for run in assistant.experiment.runs()] == origins
    run = ex.run(named_configs=["one_key"])
    assert run._id == 1


def test_what_could_not_be_begun_is_given_back(made):
    ex, assistant, seen = made
    config = assistant.get_suggestion()
    with pytest.raises(ConfigAddedError):
        assistant.run_config({**config, "unknown": 1})
    assert standing(assistant) == [(1, "QUEUED", "own")]
    with pytest.raises(ConfigAddedError):
        assistant.run_config({"net": {"a": 0.5}, "unknown": 1})  # nobody else wants this one
    assert standing(assistant) == [(1, "QUEUED", "own")]


def test_printing_a_configuration_with_given_values_leaves_nothing(made):
    ex, assistant, seen = made
    ex.run("print_config", named_configs=["one_key"], config_updates={"net": {"a": 0.5}})
    assistant._give_back()
    assert standing(assistant) == []
    ex.run("print_config", named_configs=["one_key"])
    assistant._give_back()
    assert [status for _, status, _ in standing(assistant)] == ["QUEUED"]


def test_sacreds_queue_option_queues_the_run_with_all_that_was_given(made):
    ex, assistant, seen = made
    run = ex.run(named_configs=["one_key"], config_updates={"epochs": 6, "net.a": 0.5}, options={"--queue": True})
    assert standing(assistant) == [(run._id, "QUEUED", "own")]
    assert assistant.run_from_queue(0)._id == run._id
    assert (seen[-1]["epochs"], seen[-1]["net"]["a"]) == (6, 0.5)
    assert standing(assistant) == [(run._id, "COMPLETED", "own")]


def test_a_run_has_one_space(made):
    ex, assistant, seen = made
    with pytest.raises(ValueError, match="one search space, not one_key and with_none"):
        ex.run(named_configs=["one_key", "with_none"])
    assert {status for _, status, _ in standing(assistant)} == {"QUEUED"}
    assert seen == []


def test_what_cannot_be_given_back_is_told(made, away, caplog):
    ex, assistant, seen = made
    assistant.get_suggestion()
    away("_release")
    assistant._give_back()
    assert "run 1 was suggested and not begun, and cannot be given back: the store is away" in caplog.text
    assistant.experiment.release(1)


def test_a_space_may_search_an_ingredients_configuration(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = Ingredient("data", save_git_info=False)
    data.add_config({"size": 3, "noise": {"kind": "none", "level": 0.0}})
    ex = Experiment("with data", ingredients=[data], save_git_info=False)
    assistant = LabAssistant(ex, url=store)

    @assistant.search_space
    def space():
        data = {"noise": {"level": UniformFloat(0.1, 1)}}  # noqa: F841
        x = UniformFloat(0, 1)  # noqa: F841

    @data.capture
    def load(size, noise):
        return size, noise

    @ex.main
    def main(x):
        size, noise = load()
        assert (size, noise["kind"]) == (3, "none")
        return x + noise["level"]

    for updates in ({}, {"data.noise.level": 0.5}, {"data": {"noise": {"level": 0.25}}, "x": 0.5}):
        run = ex.run(named_configs=["space"], config_updates=updates)
        kept = assistant.experiment.run(run._id)
        assert kept.result == pytest.approx(kept.config["x"] + kept.config["data"]["noise"]["level"])
    assistant.run_suggestion()
    assert [one[1:] for one in standing(assistant)] == [("COMPLETED", "own")] * 4
    assert [run.config["data"]["noise"]["level"] for run in assistant.experiment.runs()][1:3] == [0.5, 0.25]
    assistant._close()


def test_a_run_within_a_run_is_a_run_of_its_own(store, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ex = Experiment("within", save_git_info=False)
    assistant = LabAssistant(ex, url=store)

    @assistant.search_space
    def space():
        x = UniformFloat(0, 1)  # noqa: F841

    @ex.command
    def inner(x):
        return x

    @ex.main
    def main(x):
        return x + ex.run("inner", named_configs=["space"]).result

    outer = ex.run(named_configs=["space"])
    first, second = assistant.experiment.runs()
    assert (first.status, second.status) == ("COMPLETED", "COMPLETED")
    assert first.result == outer.result == pytest.approx(first.config["x"] + second.result)
    assistant._close()


# ---- results ----


def test_a_result_may_have_in_it_what_no_document_has(made):
    ex, assistant, seen = made
    run = ex.run(named_configs=["one_key"], config_updates={"outcome": "dict"})
    kept = assistant.experiment.run(run._id)
    assert kept.result == pytest.approx(run.result["optimization_target"])
    assert kept.results["large"] == str(2**70)
    assert "object" in kept.results["model"]


def test_what_is_told_of_a_run_waits_for_its_store(made, away):
    ex, assistant, seen = made
    found = away("_send", "_annotate", "_log", "_file_put")
    ex.run(named_configs=["one_key"])
    assert {"_send", "_annotate", "_log", "_file_put"} == set(found)
    kept = assistant.experiment.run(1)
    assert kept.status == "COMPLETED"
    assert kept.metrics == {"a": [(0, seen[-1]["net"]["a"])]}


# ---- databases ----


def test_a_mongo_observer_of_the_same_database_records_no_second_time(store, tmp_path, monkeypatch):
    if not store.startswith("mongodb"):
        pytest.skip("a MongoObserver writes to MongoDB")
    from sacred.observers import MongoObserver

    monkeypatch.chdir(tmp_path)
    address, _, database = store.rpartition("/")
    ex = Experiment("twice", save_git_info=False)
    ex.observers.append(MongoObserver(url=address, db_name=database))
    assistant = LabAssistant(ex, database, url=address)

    @assistant.search_space
    def space():
        x = UniformFloat(0, 1)  # noqa: F841

    @ex.main
    def main(x):
        return x

    ex.run(named_configs=["space"])
    ex.run(config_updates={"x": 0.5})
    assert [one[1:] for one in standing(assistant)] == [("COMPLETED", "own"), ("COMPLETED", "foreign")]
    database_of_pymongo = ex.observers[0].plain.runs.database
    assistant.set_database(database_of_pymongo.client[f"{database}_2"])
    ex.run(named_configs=["space"])
    ex.run(config_updates={"x": 0.5})
    assert [one[1:] for one in standing(assistant)] == [("COMPLETED", "own"), ("COMPLETED", "foreign")]
    assert assistant.experiment.store.endswith(f"{database}_2")
    assistant._close()


def test_a_file_has_no_databases(made, store):
    _, assistant, _ = made
    if store.startswith("mongodb"):
        assistant.set_database("another")
        assert assistant._store.endswith("/another")
        return
    with pytest.raises(ValueError, match="no databases"):
        assistant.set_database("another")


@pytest.mark.parametrize("outcome", ["huge", "huge in it"])
def test_a_result_beyond_all_numbers_is_a_failure(made, outcome):
    ex, assistant, _ = made
    ex.run(named_configs=["one_key"], config_updates={"outcome": outcome})
    assert [(run.status, run.failure) for run in assistant.experiment.runs()] == [("FAILED", "user")]
