"""Experiments: suggesting, observing, looking, and what goes wrong."""
from __future__ import annotations

import enum
import gc
import math
import pickle
import subprocess
import sys
import time
import warnings
import weakref
from datetime import datetime, timezone
from pathlib import Path

import pytest

import labwatch
from labwatch import Categorical, Experiment, UniformFloat, UniformInt, errors
from labwatch._library import lib, text_of

X = {"x": UniformFloat(0, 1)}


def statuses(experiment):
    return {run.id: run.status for run in experiment.runs()}


# ---- suggesting and observing ----


def test_suggest_observe_and_look(experiment):
    run = experiment.suggest()
    assert (run.id, run.number, run.attempt, run.replicate, run.fidelity, run.parent) == (1, 1, 1, 0, None, None)
    assert run.config["data"] == "heart_scale"
    assert isinstance(run.config["n"], int)
    assert 0 <= run.seed < 2**31
    assert statuses(experiment) == {1: "RUNNING"}
    run.observe(0.25, info={"epochs": 3, "nan": math.nan}, duration=1.5, output="hello\0\ud800")
    assert run.ended
    record = experiment.run(1)
    assert (record.status, record.result, record.cost, record.duration) == ("COMPLETED", 0.25, 0.25, 1.5)
    assert record.config == run.config
    assert record.seed == run.seed
    assert (record.space, record.origin, record.failure, record.attempt) == ("default", "own", None, 1)
    assert record.document["info"]["epochs"] == 3
    assert record.document["captured_out"].startswith("hello\\0")
    assert abs((datetime.now(timezone.utc) - record.start_time).total_seconds()) < 600
    assert record.stop_time >= record.start_time
    assert experiment.best().id == 1
    assert experiment.standing["used"] == 1


def test_the_same_seed_gives_the_same_suggestions(tmp_path):
    def suggestions(seed, store):
        with Experiment("e", X, optimizer="random", store=store, seed=seed) as experiment:
            return [experiment.suggest().config["x"] for _ in range(5)]

    assert suggestions(7, "memory:") == suggestions(7, f"sqlite:{tmp_path}/a.db")
    assert suggestions(7, "memory:") != suggestions(8, "memory:")


def test_the_command_gives_the_same_suggestions(tmp_path, url):
    """What Python suggests, `labwatch` suggests: it is the same library."""
    command = str(Path(labwatch.__file__).parent / "bin" / "labwatch")
    with Experiment("e", X, optimizer="sobol", store=url, seed=3) as experiment:
        mine = [experiment.suggest().config["x"] for _ in range(3)]
    file = tmp_path / "e.yaml"
    file.write_text("experiment: e\noptimizer: sobol\nseed: 3\nspace:\n  x: !UniformFloat [0, 1]\n")
    said = subprocess.run([command, "suggest", str(file), "-n", "3", "--format", "json", "--store",
                           f"sqlite:{tmp_path}/other.db"], capture_output=True, text=True, check=True).stdout
    assert all(repr(x) in said for x in mine)


def test_what_is_maximised_is_told_in_the_users_sign(url):
    with Experiment("e", X, optimizer="random", store=url, goal="maximize", objective="accuracy") as experiment:
        for accuracy in (0.5, 0.9, 0.7):
            experiment.suggest().observe({"accuracy": accuracy, "loss": 1})
        best = experiment.best()
        assert (best.id, best.result, best.cost) == (2, 0.9, -0.9)
        assert best.results == {"accuracy": 0.9, "loss": 1}
        assert [run.result for run in experiment.best(2)] == [0.9, 0.7]
        assert (experiment.goal, experiment.objective) == ("maximize", "accuracy")


@pytest.mark.parametrize("result", [1, 1.5, True, "numpy.float32", "numpy.int64", "numpy.array"])
def test_numbers_of_all_kinds_are_results(experiment, result):
    if isinstance(result, str):
        numpy = pytest.importorskip("numpy")
        result = {"numpy.float32": numpy.float32(0.5), "numpy.int64": numpy.int64(3),
                  "numpy.array": numpy.array(0.25)}[result]
    run = experiment.suggest()
    run.observe(result)
    assert experiment.run(run.id).result == float(result)


@pytest.mark.parametrize("result", [None, "0.5", b"1", [1], object()])
def test_what_is_no_number_is_no_result(experiment, result):
    run = experiment.suggest()
    with pytest.raises(TypeError, match="number"):
        run.observe(result)
    assert not run.ended
    assert statuses(experiment) == {1: "RUNNING"}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "float32"])
def test_what_is_not_finite_is_a_failure(experiment, value):
    if value == "float32":
        value = pytest.importorskip("numpy").float32("nan")
    for result in (float(value), {"result": value, "more": [value, {"x": value}]}):
        run = experiment.suggest()
        run.observe(result)
        record = experiment.run(run.id)
        assert (record.status, record.failure, record.result) == ("FAILED", "nan", None)


def test_a_result_without_the_objective_is_told(experiment):
    run = experiment.suggest()
    with pytest.raises(labwatch.InvalidError, match="result"):
        run.observe({"resutl": 1})
    assert statuses(experiment) == {1: "RUNNING"}


@pytest.mark.parametrize("kind", ["crash", "timeout", "nan", "memory", "died", "user"])
def test_failures_keep_their_kind(experiment, kind):
    run = experiment.suggest()
    run.fail("it broke", kind)
    record = experiment.run(run.id)
    assert record.failure == kind
    assert record.result is None
    assert "it broke" in str(record.document)
    with pytest.raises(ValueError, match="crash, timeout"):
        experiment.suggest().fail("why", "bad luck")


def test_a_second_result_is_refused_and_the_first_one_stays(experiment):
    run = experiment.suggest()
    run.observe(1)
    run.observe(1)
    with pytest.raises(labwatch.ConflictError):
        run.observe(2)
    assert experiment.run(1).result == 1
    run.observe(2, force=True)
    assert experiment.run(1).result == 2


def test_a_refusal_names_arguments_and_no_options_of_the_command(experiment, url):
    run = experiment.suggest()
    run.observe(1.0)
    with pytest.raises(labwatch.ConflictError, match="force=True replaces it"):
        run.observe(2.0)
    stopped = experiment.suggest()
    stopped.interrupt()
    with pytest.raises(labwatch.ConflictError, match="or say force=True"):
        stopped.observe(2.0)
    for other in ({"seed": 2}, {"goal": "maximize"}, {"objective": "loss"}):
        with pytest.raises(labwatch.ConflictError, match="say new_version=True to"):
            labwatch.Experiment("trial", experiment.space(), optimizer="random", store=url, **{"seed": 1, **other})


def test_a_late_result_is_a_warning(experiment):
    run = experiment.suggest()
    run.release()
    taken = experiment.take()
    assert (taken.id, taken.attempt) == (run.id, 2)
    taken.observe(1)
    with pytest.warns(RuntimeWarning, match="attempt"):
        run.observe(2)
    assert experiment.run(run.id).result == 1


def test_a_block_records_how_it_ended(experiment):
    with pytest.raises(ZeroDivisionError), experiment.suggest() as run:
        1 / 0  # noqa: B018
    with pytest.raises(KeyboardInterrupt), experiment.suggest():
        raise KeyboardInterrupt
    with pytest.raises(MemoryError), experiment.suggest():
        raise MemoryError
    with pytest.raises(TimeoutError), experiment.suggest():
        raise TimeoutError
    with experiment.suggest() as ended:
        ended.observe(1)
    known = experiment.suggest()
    known.observe(2)
    with pytest.raises(RuntimeError), known:
        raise RuntimeError
    with experiment.suggest():
        pass  # not known yet
    assert statuses(experiment) == {1: "FAILED", 2: "INTERRUPTED", 3: "FAILED", 4: "TIMEOUT", 5: "COMPLETED",
                                    6: "COMPLETED", 7: "RUNNING"}
    assert "ZeroDivisionError: division by zero" in str(experiment.run(run.id).document)
    assert [experiment.run(id).failure for id in (1, 3, 4)] == ["crash", "memory", "timeout"]


def test_metrics(experiment):
    run = experiment.suggest()
    run.log(loss=0.5)
    run.log({"loss": 0.25, "a b": 1})
    run.log(loss=math.nan)
    run.log({"loss": math.inf}, step=10)
    run.log(loss=1)
    metrics = experiment.run(run.id).metrics
    assert [step for step, _ in metrics["loss"]] == [0, 1, 2, 10, 11]
    assert metrics["loss"][1] == (1, 0.25)
    assert math.isnan(metrics["loss"][2][1])
    assert metrics["loss"][3][1] == math.inf
    assert metrics["a b"] == [(0, 1.0)]


def test_files(experiment, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(bytes(range(256)) * 100)
    run = experiment.suggest()
    run.artifact(path)
    run.artifact(path, "other name")
    assert [(file["kind"], file["name"], file["size"]) for file in experiment.files(run.id)] == [
        ("artifact", "model.bin", 25600), ("artifact", "other name", 25600)]
    experiment.save_file(run.id, "other name", tmp_path / "again.bin")
    assert (tmp_path / "again.bin").read_bytes() == path.read_bytes()
    with pytest.raises(OSError, match="missing"):
        run.artifact(tmp_path / "missing")
    with pytest.raises(labwatch.NotFoundError):
        experiment.save_file(run.id, "nothing", tmp_path / "nothing")


def test_a_configuration_of_ones_own(experiment):
    given = {"x": 1.5, "n": 2, "method": "shifted", "shift": 0.5}
    assert experiment.suggest(config=given).config == {**given, "data": "heart_scale"}
    assert experiment.suggest(config={"x": 2}).config["n"] == experiment.space().default()["n"]
    assert experiment.suggest(default=True).config == experiment.space().default()
    for wrong in ({"x": 9}, {"x": "a"}, {"y": 1}, {"method": "plain", "shift": 0.5}):
        with pytest.raises(labwatch.InvalidError, match=r"x|y|shift"):
            experiment.suggest(config=wrong)


def test_what_was_run_elsewhere_teaches(experiment):
    config = {"x": 1, "n": 2, "method": "plain"}
    one = experiment.observe_config(config, 0.5, duration=2, info={"by": "hand"})
    two = experiment.observe_config({**config, "x": 2}, failure="crash", reason="broke", counts=False,
                                    start_ms=1_600_000_000_000, stop_ms=1_600_000_001_000)
    three = experiment.observe_config({**config, "x": 3}, {"result": 0.1, "more": 1}, counts=False)
    records = {run.id: run for run in experiment.runs()}
    assert (records[one].result, records[one].origin, records[one].duration) == (0.5, "own", 2)
    assert (records[two].failure, records[two].origin) == ("crash", "imported")
    assert records[two].start_time == datetime(2020, 9, 13, 12, 26, 40, tzinfo=timezone.utc)
    assert (records[two].stop_time - records[two].start_time).total_seconds() == 1
    assert records[three].results == {"result": 0.1, "more": 1}
    assert experiment.standing["used"] == 1
    assert experiment.best().id == three


def test_the_queue(experiment):
    queued = [experiment.enqueue({"x": 1}), experiment.enqueue(default=True), experiment.enqueue()]
    assert set(statuses(experiment).values()) == {"QUEUED"}
    taken = [experiment.take() for _ in queued]
    assert [run.id for run in taken] == queued
    assert taken[0].config["x"] == 1
    assert taken[1].config == experiment.space().default()
    taken[2].release()
    assert experiment.run(queued[2]).status == "QUEUED"
    again = experiment.take(queued[2])
    assert (again.id, again.attempt) == (queued[2], 2)
    with pytest.raises(labwatch.ConflictError):
        experiment.take(queued[2])
    assert experiment.take().id == 4


def test_retry_remove_release_pause(experiment):
    run = experiment.suggest()
    run.fail("once")
    experiment.retry(run.id)
    assert experiment.run(run.id).status == "QUEUED"
    with pytest.raises(labwatch.ConflictError):
        experiment.retry(run.id)
    other = experiment.suggest()
    experiment.release(other.id)
    assert experiment.run(other.id).status == "QUEUED"
    experiment.remove(other.id)
    with pytest.raises(labwatch.NotFoundError, match="2"):
        experiment.run(other.id)
    assert experiment.suggest().id == 3
    experiment.pause()
    with pytest.raises(labwatch.Paused):
        experiment.take()
    experiment.resume()
    assert experiment.take().id == 1
    experiment.observe(3, 0.5)
    experiment.fail(1, "no more")
    assert statuses(experiment) == {1: "FAILED", 3: "COMPLETED"}
    experiment.remove_all()
    with pytest.raises(ValueError, match="closed"):
        experiment.suggest()


def test_replay_makes_a_suggestion_again(url):
    with Experiment("e", X, optimizer="tpe", store=url, seed=1) as experiment:
        for _ in range(15):
            run = experiment.suggest()
            run.observe((run.config["x"] - 0.3) ** 2)
        for id in (1, 12, 15):
            replay = experiment.replay(id)
            assert replay["verdict"] == "same"
            assert replay["again"]["x"] == experiment.run(id).config["x"]
        with pytest.raises(labwatch.NotFoundError):
            experiment.replay(99)


def test_what_a_model_believes(url):
    with Experiment("e", X, optimizer="gp", store=url, seed=1) as experiment:
        with pytest.raises(labwatch.NotFoundError):
            experiment.model()
        for _ in range(6):
            run = experiment.suggest()
            run.observe((run.config["x"] - 0.3) ** 2)
        assert experiment.model()["optimizer"] == "gp"


def test_filters_and_orders(experiment):
    for cost in (3, 1, 2):
        experiment.suggest(config={"x": cost}).observe(cost)
    experiment.suggest().fail()
    assert [run.id for run in experiment.runs(order="-id")] == [4, 3, 2, 1]
    assert [run.id for run in experiment.runs(order="cost")] == [2, 3, 1]
    assert [run.id for run in experiment.runs("status = FAILED")] == [4]
    assert [run.id for run in experiment.runs("config.x > 1 and status = COMPLETED", limit=1)] == [1]
    assert [run.id for run in experiment.runs(limit=2)] == [1, 2]
    assert experiment.runs(space="default")[0].id == 1
    with pytest.raises(ValueError, match="cost"):
        experiment.runs(order="best")
    with pytest.raises(labwatch.Error, match="statsu"):
        experiment.runs("statsu = FAILED")


def test_many_runs_are_listed_whole(url):
    with Experiment("e", X, optimizer="random", store=url) as experiment:
        configs = experiment.space().sample(300)
        for i, config in enumerate(configs):
            experiment.observe_config(config, i)
        found = experiment.runs()
        assert [run.config for run in found] == configs
        assert [run.result for run in found] == list(range(300))
        assert len({run.seed for run in found}) > 290


def test_a_parameter_of_ones_own_called_seed_stays(url):
    with Experiment("e", {"seed": UniformInt(1, 9)}, optimizer="random", store=url) as experiment:
        run = experiment.suggest()
        assert 1 <= run.config["seed"] <= 9
        assert experiment.run(run.id).config == run.config


def test_several_spaces(url):
    spaces = {"small": X, "large": {"x": UniformFloat(0, 9), "y": UniformFloat(0, 1)}}
    with Experiment("e", spaces=spaces, config={"base": 1}, optimizer="random", store=url) as experiment:
        assert experiment.space_names == ["small", "large"]
        assert set(experiment.suggest().config) == {"x", "base"}
        assert set(experiment.suggest(space="large").config) == {"x", "y", "base"}
        assert [run.space for run in experiment.runs()] == ["small", "large"]
        assert [run.id for run in experiment.runs(space="large")] == [2]
        assert len(experiment.space("large")) == 2
        with pytest.raises(labwatch.NotFoundError, match="medium"):
            experiment.suggest(space="medium")
    with pytest.raises(TypeError, match="not both"):
        Experiment("e", X, spaces=spaces, store=url)


# ---- opening ----


def test_a_stored_experiment_is_opened_as_it_is(url):
    with Experiment("e", X, optimizer="random", store=url, runs=5, seed=9) as experiment:
        experiment.suggest().observe(1)
    with Experiment("e", store=url) as again:
        assert (again.seed, again.optimizer, again.standing["budget"]) == (9, "random", 5)
        assert again.space() == labwatch.SearchSpace(X)
        assert again.best().result == 1
        assert "UniformFloat" in again.text
    with Experiment("e", store=url, read_only=True) as read_only, pytest.raises(labwatch.Error):
        read_only.suggest()
    with pytest.raises(TypeError, match="give a space, too, to change optimizer"):
        Experiment("e", store=url, optimizer="sobol")
    assert labwatch.list_experiments(url) == ["e"]


def test_what_was_changed_in_the_store_stays(url):
    """Opened anew, an experiment is what the store has by then."""
    old = Experiment("e", {"x": X["x"]}, optimizer="random", store=url, runs=5)
    old.suggest().observe(1)
    records = pickle.dumps(old.runs())
    with Experiment("e", {"x": X["x"], "y": UniformFloat(0, 1)}, optimizer="tpe", store=url, runs=50) as new:
        new.suggest().observe(2)
    again = old.reopen()
    assert len(pickle.loads(records)) == 1
    with pytest.raises(labwatch.ConflictError, match="another space since it was opened"):
        old.minimize(lambda config: 4, 6)
    again.minimize(lambda config: 3 if "y" in config else 4, 6)
    for experiment in (again, old, Experiment("e", store=url)):
        with experiment.reopen() as opened:
            assert (len(opened.space()), opened.optimizer, opened.standing["budget"]) == (2, "tpe", 50)
            assert [run.result for run in opened.runs()] == [1, 2, 3, 3, 3, 3]
            assert opened.warnings == []


@pytest.mark.parametrize("taken", [False, True])
def test_objects_of_the_space_that_a_run_is_of(url, taken):
    """A queued run need not be of the first one."""
    class Colour(enum.Enum):
        RED = "red"

    spaces = {"a": {"x": UniformFloat(0, 1)}, "b": {"colour": Categorical([Colour.RED])}}
    with Experiment("e", spaces=spaces, optimizer="random", store=url) as experiment:
        id = experiment.enqueue(space="b")
        run = experiment.take(id) if taken else experiment.take()
        assert (run.space, run.config) == ("b", {"colour": Colour.RED})
        run.observe(1)
        assert experiment.run(run).config == {"colour": Colour.RED}
        assert experiment.suggest(space="a").space == "a"


def test_each_configuration_has_arrays_of_its_own(url):
    np = pytest.importorskip("numpy")
    space = {"x": UniformFloat(0, 1), "w": np.zeros(2)}
    with Experiment("e", space, optimizer="random", store=url, runs=3) as experiment:
        def objective(config):
            config["w"] += 1
            return config["w"].sum()

        experiment.minimize(objective)
        assert [run.result for run in experiment.runs()] == [2, 2, 2]
        assert [list(run.config["w"]) for run in experiment.runs()] == [[0, 0]] * 3


def test_a_run_is_named_by_its_id_or_itself(experiment):
    first, second = experiment.suggest(), experiment.suggest()
    experiment.fail(first, "no good")
    experiment.retry(experiment.run(first))
    experiment.observe(experiment.take(first.id), 1)
    experiment.release(second)
    experiment.remove(experiment.run(second.id))
    assert experiment.run(first).status == "COMPLETED"
    with pytest.raises(labwatch.NotFoundError):
        experiment.run(second)
    for wrong in ("1", 1.5, None):
        with pytest.raises(TypeError, match=r"another program's|whole number"):
            experiment.release(wrong)


def test_settings_that_are_not_given_stay(url):
    Experiment("e", X, optimizer="tpe", store=url, runs=10, seed=3, goal="maximize", retries=2).close()
    with Experiment("e", X, store=url, runs=12) as again:
        assert (again.optimizer, again.seed, again.goal, again.standing["budget"]) == ("tpe", 3, "maximize", 12)
        assert '"retries": 2' in again.text
    with pytest.raises(labwatch.ConflictError):
        Experiment("e", X, store=url, goal="minimize")
    Experiment("f", X, store=url, goal="maximize", objective="accuracy").close()
    for given in ({"goal": "maximize"}, {"objective": "accuracy"}, {}):
        with Experiment("f", X, store=url, **given) as again:
            assert (again.goal, again.objective) == ("maximize", "accuracy")
    with Experiment("e", X, store=url, optimizer="random") as again:
        assert (again.optimizer, again.standing["budget"]) == ("random", 12)


def test_another_space_is_told(url):
    Experiment("e", X, store=url).close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Experiment("e", X, store=url).close()
    with pytest.warns(UserWarning, match=r"version 2 of it:\n(.|\n)*y") as warned:
        Experiment("e", {"y": UniformFloat(0, 1)}, store=url).close()
    assert warned[0].filename == __file__


def test_a_store_may_be_a_path(tmp_path):
    with Experiment("e", X, store=tmp_path / "lab.db") as experiment:
        assert experiment.store == f"sqlite:{tmp_path / 'lab.db'}"
    assert labwatch.list_experiments(tmp_path / "lab.db") == ["e"]


def test_a_time_and_further_results_in_the_table(url):
    with Experiment("e", X, optimizer="random", store=url, objective="loss") as experiment:
        run = experiment.suggest()
        time.sleep(0.05)
        run.observe({"loss": 1, "accuracy": 0.5, "curve": [1, 2]})
        record = experiment.run(run)
        assert 0.04 < record.duration < 60
        assert {key: value for key, value in record.flat().items() if key.startswith("results")} == {
            "results.loss": 1, "results.accuracy": 0.5}


def test_adapters_are_imported_when_they_are_used():
    code = "import labwatch, sys; assert 'labwatch.study' not in sys.modules; print(labwatch.study.create_study)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "create_study" in said
    with pytest.raises(AttributeError, match="studie"):
        labwatch.studie  # noqa: B018


def test_arguments_that_make_no_sense(experiment):
    with pytest.raises(TypeError, match="name is a text"):
        Experiment(None, X)
    with pytest.raises(TypeError, match="URL"):
        Experiment("e", X, store=5)
    with pytest.raises(TypeError, match=r"\(\['rbf', …\]\)"):
        Categorical("rbf", "poly")
    with pytest.raises(TypeError, match="order"):
        Categorical({"rbf", "poly"})
    with pytest.warns(UserWarning, match="nothing to search"):
        Experiment("constant", {"x": (0, 1)}, store="memory:")
    with pytest.warns(RuntimeWarning, match="has no result: it stays RUNNING"), experiment.suggest():
        pass
    for none in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="NaN and infinity"):
            labwatch.SearchSpace({"c": Categorical([none, 1.0])})
        with pytest.raises(ValueError, match="NaN and infinity"):
            labwatch.SearchSpace({"c": none, "x": UniformFloat(0, 1)})
    assert labwatch.SearchSpace(X, constraints="x < 0.5").constraints == ["x < 0.5"]
    with pytest.raises(ValueError, match="limit"):
        experiment.runs(limit=0)
    with pytest.raises(TypeError, match="'run'"):
        Experiment("e", X, run=5)
    with pytest.raises(ValueError, match="how many"):
        experiment.best(-1)
    with pytest.raises(ValueError, match="NaN"):
        experiment.observe_config({"x": float("nan"), "n": 1, "method": "plain"}, 1)
    with pytest.raises(ValueError, match="zero byte"):
        experiment.runs("status = COMPLETED\0 and nonsense (")


def test_a_file_is_not_replaced_by_nothing(experiment, tmp_path):
    precious = tmp_path / "precious.txt"
    precious.write_text("kept")
    run = experiment.suggest()
    with pytest.raises(labwatch.NotFoundError):
        experiment.save_file(run, "no such file", precious)
    assert precious.read_text() == "kept"
    run.artifact(precious)
    precious.write_text("changed")
    experiment.save_file(run, "precious.txt", precious)
    assert precious.read_text() == "kept"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("precious")] == ["precious.txt"]


def test_a_run_that_nobody_has_any_more_has_no_beats(url):
    """Neither the run nor the thread that beats keeps the experiment."""
    experiment = Experiment("e", X, optimizer="random", store=url, lease=1)
    run = experiment.take()
    beats = experiment._beater._thread
    gone = weakref.ref(experiment)
    run._experiment = None
    del experiment, run
    gc.collect()
    assert gone() is None
    beats.join(60)
    assert not beats.is_alive()


def test_equal_parameters_have_equal_hashes():
    assert len({UniformFloat(0, 1), UniformFloat(0.0, 1.0), UniformFloat(0, 2)}) == 2


def test_a_file_is_opened_as_the_command_does(url, tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text("experiment: from-file\noptimizer: random\nspace:\n  x: !UniformFloat [0, 1]\n")
    with Experiment.from_file(path, store=url, runs=3) as experiment:
        assert experiment.name == "from-file"
        assert experiment.standing["budget"] == 3
    path.write_text("experiment: from-file\nspace:\n  x: !UniformFloat [1, 0]\n")
    with pytest.raises(labwatch.ParseError, match=r"e\.yaml:3"):
        Experiment.from_file(path, store=url)


def test_the_environment_names_the_store(monkeypatch, tmp_path):
    monkeypatch.setenv("LABWATCH_STORE", f"sqlite:{tmp_path}/there.db")
    with Experiment("e", X, optimizer="random"):
        assert (tmp_path / "there.db").exists()
    monkeypatch.delenv("LABWATCH_STORE")
    monkeypatch.chdir(tmp_path)
    with Experiment("e", X, optimizer="random"):
        assert (tmp_path / "labwatch.db").exists()


def test_what_is_wrong_is_told(url):
    with pytest.raises(TypeError, match="'run'"):
        Experiment("e", X, store=url, run=3)
    with pytest.raises(labwatch.NotFoundError, match="nobody"):
        Experiment("nobody", store=url)
    with pytest.raises(labwatch.Error, match="rando"):
        Experiment("e", X, optimizer="rando", store=url).suggest()
    with pytest.raises(labwatch.Error, match="no-such-option"):
        Experiment("e", X, optimizer={"name": "gp", "no-such-option": 1}, store=url).suggest()
    with pytest.raises(labwatch.Error, match="nosuch"):
        Experiment("e", X, store="nosuch:store")
    with pytest.raises(labwatch.Error):
        Experiment("e", X, store="sqlite:/no/such/folder/labwatch.db")


def test_the_end_of_a_budget_and_of_a_space(url):
    with Experiment("few", {"n": UniformInt(1, 3)}, optimizer="random", store=url) as experiment:
        assert sorted(experiment.suggest().config["n"] for _ in range(3)) == [1, 2, 3]
        with pytest.raises(labwatch.Exhausted) as raised:
            experiment.suggest()
        assert isinstance(raised.value, labwatch.NothingToSuggest)
    with Experiment("budget", X, optimizer="random", store=url, runs=1) as experiment:
        experiment.suggest()
        with pytest.raises(labwatch.BudgetReached):
            experiment.suggest()


def test_a_closed_experiment_says_so(experiment):
    run = experiment.suggest()
    experiment.close()
    experiment.close()
    for use in (experiment.suggest, experiment.runs, experiment.best, lambda: run.observe(1), lambda: run.log(a=1)):
        with pytest.raises(ValueError, match="'trial' is closed"):
            use()


def test_a_copy_has_the_same_runs(experiment, tmp_path):
    for x in (1, 2):
        experiment.suggest(config={"x": x}).observe(x)
    other = f"sqlite:{tmp_path}/other.db"
    assert experiment.copy_to(other) == 2
    with Experiment("trial", store=other) as copy:
        assert [(run.id, run.result, run.config) for run in copy.runs()] == [
            (run.id, run.result, run.config) for run in experiment.runs()]


def test_a_damaged_store(tmp_path):
    (tmp_path / "labwatch.db").write_bytes(b"this was a database once" * 1000)
    with pytest.raises(labwatch.StoreError, match=r"labwatch\.db"):
        Experiment("e", X, optimizer="random", store=f"sqlite:{tmp_path}/labwatch.db")


def test_warnings_of_the_library_are_kept(url):
    with Experiment("e", X, optimizer="random", store=url) as experiment:
        assert experiment.warnings == []


# ---- errors ----


def test_each_code_of_the_library_has_its_exception():
    outcomes = {"LW_OK", "LW_KNOWN", "LW_LATE"}
    names = {code: text_of(lib.lw_code_name(code)) for code in range(-100, 100)}
    found = {}
    for code, name in names.items():
        if not name or name in outcomes:
            continue
        error = errors.error_of(code, name, "what went wrong")
        assert str(error) == "what went wrong"
        assert type(error) is not labwatch.Error, f"{name} has no exception of its own"
        if name == "LW_ENOMEM":
            assert type(error) is MemoryError
            continue
        assert (error.code, error.name) == (code, name)
        found[type(error)] = name
    assert set(errors.BY_NAME.values()) == set(found), "an exception is of no code"
    assert "labwatch" in type(errors.error_of(-99, "", "new")).__module__


def test_exceptions_are_pickled_with_their_code(experiment):
    with pytest.raises(labwatch.NotFoundError) as raised:
        experiment.run(99)
    with pytest.raises(labwatch.InvalidError) as told:
        experiment.suggest(config={"x": 99})
    again = pickle.loads(pickle.dumps(told.value))
    assert (str(again), again.code, again.name) == (str(told.value), told.value.code, "LW_EINVAL")
    assert isinstance(raised.value, LookupError)


# ---- tables ----


def test_to_pandas(experiment):
    pandas = pytest.importorskip("pandas")
    experiment.suggest(config={"x": 1, "method": "shifted", "shift": 0.5}).observe(2)
    experiment.suggest(config={"x": 2, "method": "plain"}).fail()
    table = experiment.to_pandas()
    assert list(table["id"]) == [1, 2]
    assert list(table["config.x"]) == [1, 2]
    assert table["config.shift"].isna().tolist() == [False, True]
    assert table["status"].tolist() == ["COMPLETED", "FAILED"]
    assert isinstance(table, pandas.DataFrame)
    assert len(experiment.to_pandas("status = FAILED")) == 1


def test_to_pandas_without_pandas_says_what_is_missing(experiment, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        experiment.to_pandas()


def test_an_experiment_shows_itself_as_a_table(url):
    with Experiment("<b>", {"a": {"x<y": UniformFloat(0, 1)}}, optimizer="random", store=url, runs=9) as experiment:
        assert "0 of 9 runs" in experiment._repr_html_()
        experiment.suggest().observe(0.125)
        html = experiment._repr_html_()
        assert "0.125" in html
        assert "a.x&lt;y" in html
        assert "<b>" not in html
        assert "'<b>'" in repr(experiment)
    with Experiment("e", X, store="memory:") as experiment:
        assert repr(experiment) == "Experiment('e', store='memory:')"


def test_records_are_read_and_pickled(experiment):
    experiment.suggest(config={"x": 1}).observe({"result": 2, "more": "a"})
    record = experiment.run(1)
    assert repr(record).startswith("RunRecord(1, COMPLETED, 2.0, {'x': 1")
    again = pickle.loads(pickle.dumps(record))
    assert (again.id, again.result, again.results, again.config) == (1, 2, {"result": 2, "more": "a"}, record.config)
    assert again.flat() == record.flat()
    assert record.flat()["config.x"] == 1


def test_the_list_of_optimizers():
    found = {one["name"]: one for one in labwatch.list_optimizers()}
    assert {"random", "sobol", "gp", "tpe", "smac"} <= set(found)
    assert any(option["kind"] == "float" for option in found["tpe"]["options"])


def test_the_package_brings_the_command():
    main = [sys.executable, "-c", "from labwatch._command import main; main()", "--version"]
    said = subprocess.run(main, capture_output=True, text=True, check=True).stdout
    assert said == f"labwatch {labwatch.__version__}\n"


# ---- what the import costs and brings ----


def test_the_import_brings_nothing_heavy():
    code = ("import sys; before = set(sys.modules); import labwatch; "
            "print(' '.join(sorted(set(sys.modules) - before)))")
    brought = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                                 check=True).stdout.split())
    for heavy in ("numpy", "pandas", "multiprocessing", "sacred", "sklearn", "cffi", "inspect", "traceback",
                  "datetime", "asyncio", "logging", "labwatch._minimizing"):
        assert heavy not in brought


def test_an_experiment_that_nobody_closed_is_closed_at_the_end(tmp_path):
    code = ("import labwatch\n"
            f"e = labwatch.Experiment('e', {{'x': labwatch.UniformFloat(0, 1)}}, optimizer='random', "
            f"store='sqlite:{tmp_path}/e.db')\n"
            "run = e.take()\nrun.observe(1)\n")
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=None)
    assert [path.name for path in tmp_path.iterdir()] == ["e.db"]


def test_no_warning_is_hidden_where_nothing_is_wrong(experiment):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        experiment.suggest().observe(1)
        experiment.minimize(lambda config: config["x"], 3)


def test_the_version_is_the_librarys():
    assert labwatch.__version__ == text_of(lib.lw_version())
    project = Path(__file__).parents[1] / "pyproject.toml"
    if project.exists():
        assert f'version = "{labwatch.__version__}"' in project.read_text()
