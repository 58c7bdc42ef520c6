"""Studies that Optuna, hyperopt and SMAC3 have written (see samples/) become runs."""
import json
import os
import pickle
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import labwatch
from labwatch.convert import StudyRun, StudyToSave, read_hyperopt, read_optuna, read_smac

SAMPLES = Path(__file__).parent / "samples"
HYPEROPT_SPACE = {
    "C": labwatch.UniformFloat(0.04, 21, log_scale=True), "n": labwatch.UniformInt(2, 10, step=2),
    "kernel": labwatch.Categorical(["linear", "rbf"]), "gamma": labwatch.UniformFloat(0, 1, when={"kernel": "rbf"})}


SMAC_SPACE = {"kernel": labwatch.Categorical(["linear", "rbf"]), "n": labwatch.UniformInt(1, 6),
              "gamma": labwatch.UniformFloat(1e-3, 1, log_scale=True, when={"kernel": "rbf"})}


@pytest.fixture
def store(tmp_path):
    return f"sqlite:{tmp_path}/labwatch.db"


@pytest.fixture
def optuna_file(tmp_path):
    with sqlite3.connect(tmp_path / "study.db") as database:
        database.executescript((SAMPLES / "optuna.sql").read_text())
    database.close()
    return tmp_path / "study.db"


def seen(study):
    return [(run.config, repr(run.result), run.failure) for run in study.runs]


# ---- Optuna ----


@pytest.mark.parametrize("kind", ["sqlite", "url", "journal"])
def test_an_optuna_study_is_read_with_its_space(kind, optuna_file):
    source = {"sqlite": optuna_file, "url": f"sqlite:///{optuna_file}", "journal": SAMPLES / "optuna.journal"}[kind]
    study = read_optuna(source, "svm")
    assert (study.name, study.goal) == ("svm", "maximize")
    assert study.left_out == {"pruned": 1, "running": 1, "waiting": 1}
    parameters = {parameter["name"]: parameter for parameter in study.space.parameters}
    assert set(parameters) == {"kernel", "svm.C", "n", "gamma"}
    assert parameters["kernel"]["choices"] == ["linear", "rbf", None]
    assert parameters["svm.C"]["log_scale"] is True
    assert (parameters["n"]["lower"], parameters["n"]["upper"], parameters["n"]["step"]) == (2, 10, 2)
    assert parameters["gamma"]["step"] == 0.25
    assert "rbf" in parameters["gamma"]["condition"]
    assert len(study.runs) == 13
    for run in study.runs:
        assert ("gamma" in run.config) == (run.config["kernel"] == "rbf")
        if run.result is not None and run.result != float("inf"):
            assert run.result == run.config["n"] + run.config.get("gamma", 0) - run.config["svm.C"] / 1000
    assert [run.info["optuna"]["number"] for run in study.runs if run.failure] == [4]
    first = study.runs[0]
    assert first.info["optuna"]["user_attrs"] == {"seconds": 0.5}
    assert first.info["optuna"]["intermediate_values"] == {"1": first.config["svm.C"], "2": first.config["svm.C"] / 2}
    assert 1767225600_000 < first.start_ms <= first.stop_ms < 1798761600_000  # in 2026


def test_sqlite_and_journal_say_the_same(optuna_file):
    one, other = read_optuna(optuna_file, "svm"), read_optuna(SAMPLES / "optuna.journal", "svm")
    assert seen(one) == seen(other)
    assert one.space == other.space


def test_imported_runs_teach_at_once_and_are_outside_the_budget(optuna_file, store):
    class Watching:
        name = "watching"
        completed = -1

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            type(self).completed = len(list(request.history.completed()))
            return request.sample()

    study = read_optuna(optuna_file, "svm")
    saved = study.save(store)
    assert (saved.imported, saved.skipped) == (13, 0)
    assert str(saved) == ("imported 13 runs into the experiment 'svm', left out 3: "
                          "1 pruned, 1 running, 1 waiting")
    with labwatch.Experiment("svm", study.space, goal="maximize", store=store, optimizer=Watching,
                             runs=1) as experiment:
        results = [run.result for run in study.runs if run.result is not None and run.result != float("inf")]
        assert experiment.best().result == max(results)
        assert {record.origin for record in experiment.runs()} == {"imported"}
        assert Counter(record.failure for record in experiment.runs()) == {None: 11, "crash": 1, "nan": 1}
        experiment.suggest()
        assert Watching.completed == len(results)
        document = experiment.runs()[0].document
        assert document["info"]["optuna"]["number"] == 0


def test_what_was_imported_is_skipped(optuna_file, store):
    study = read_optuna(optuna_file, "svm")
    StudyToSave(study.name, study.goal, study.space, study.runs[:6]).save(store)  # as if it had been killed
    assert (study.save(store).imported, study.save(store).skipped) == (7, 13)
    twice = StudyToSave("twice", "minimize", study.space, [study.runs[0]] * 2)  # the tool ran it twice
    assert (twice.save(store).imported, twice.save(store).skipped) == (2, 2)


def test_an_experiment_that_is_there_keeps_its_space_and_goal(optuna_file, store):
    study = read_optuna(optuna_file, "svm")
    space = {"kernel": labwatch.Categorical(["linear", "rbf", None]), "svm": {"C": labwatch.UniformFloat(1e-3, 1e3)},
             "n": labwatch.UniformInt(2, 6), "gamma": labwatch.UniformFloat(0, 1, when={"kernel": "rbf"})}
    labwatch.Experiment("svm", space, goal="maximize", store=store).close()
    saved = study.save(store)
    n = sum(run.config["n"] > 6 for run in study.runs)
    assert saved.imported == len(study.runs) - n
    assert sum(count for reason, count in saved.left_out.items() if "outside the space" in reason) == n > 0
    labwatch.Experiment("other", space, store=store).close()
    with pytest.raises(ValueError, match="to maximize"):
        study.save(store, "other")


def test_which_study_and_which_objective(optuna_file):
    with pytest.raises(ValueError, match="'svm', 'two': say which one"):
        read_optuna(optuna_file)
    with pytest.raises(ValueError, match="no study 'gone'"):
        read_optuna(SAMPLES / "optuna.journal", "gone")
    assert read_optuna(optuna_file, "two").goal == "minimize"
    second = read_optuna(SAMPLES / "optuna.journal", "two", objective=1)
    assert (second.goal, [run.result for run in second.runs]) == ("maximize", [3.0, 3.0])
    with pytest.raises(ValueError, match="2 objectives"):
        read_optuna(optuna_file, "two", objective=2)
    with pytest.raises(ValueError, match="load_study"):
        read_optuna("mysql://root@localhost/study")


def test_a_journal_may_end_in_the_middle_of_a_line(tmp_path):
    whole = (SAMPLES / "optuna.journal").read_bytes()
    for length in range(len(whole) - 1500, len(whole), 37):
        (tmp_path / "cut.journal").write_bytes(whole[:length])
        assert len(read_optuna(tmp_path / "cut.journal", "svm").runs) == 13


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "no\n", '{"op_code": 4}\n', '{"op_code": 6, "trial_id": 7}\n',
                                  '{"op_code": 0, "study_name": "x", "directions": [9]}\n', "\x00\xff"])
def test_what_is_no_study_is_an_error(tmp_path, text):
    (tmp_path / "journal").write_text(text)
    with pytest.raises(ValueError, match=r"no journal|no study"):
        read_optuna(tmp_path / "journal")


@pytest.mark.parametrize("number", [1, 2, 3])
def test_numbers_from_before_the_first_place(tmp_path, number):
    """In Python they would count from the end."""
    journal = [
        {"op_code": 0, "study_name": "s", "directions": [-1 if number == 1 else 1]},
        {"op_code": 4, "study_id": 0, "datetime_start": "2026-01-01T00:00:00"},
        {"op_code": 6, "trial_id": -1 if number == 2 else 0, "state": -1 if number == 3 else 1, "values": [1.0]},
    ]
    path = tmp_path / "journal.log"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in journal))
    with pytest.raises(ValueError, match=f"{number if number < 3 else 3}: this is no journal|journal.log:3"):
        read_optuna(path)


def test_another_database_is_no_study(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as database:
        database.execute("CREATE TABLE x (y)")
    with pytest.raises(ValueError, match="no study of Optuna"):
        read_optuna(tmp_path / "other.db")


def test_optunas_own_object(optuna_file):
    optuna = pytest.importorskip("optuna", minversion="5", reason="pip install optuna")
    loaded = optuna.load_study(study_name="svm", storage=f"sqlite:///{optuna_file}")
    study, file = read_optuna(loaded), read_optuna(optuna_file, "svm")
    assert seen(study) == seen(file)
    assert study.space == file.space
    assert [run.start_ms for run in study.runs] == [run.start_ms for run in file.runs]


# ---- hyperopt ----


def test_hyperopts_trials(store):
    study = read_hyperopt(SAMPLES / "hyperopt.pkl", HYPEROPT_SPACE)
    assert len(study.runs) == 12
    for run in study.runs:
        assert (run.failure == "user") == (run.config["n"] == 4)
        assert ("gamma" in run.config) == (run.config["kernel"] == "rbf")
        if run.failure is None:
            assert run.result == pytest.approx(run.config["n"] + run.config.get("gamma", 0.5), rel=1e-6)
    assert {run.failure for run in study.runs} == {None, "user"}
    saved = study.save(store, "svm")
    assert saved.imported == 12
    with labwatch.Experiment("svm", store=store) as experiment:
        assert experiment.best().result == min(run.result for run in study.runs if run.failure is None)
        assert experiment.best().start_time.year == 2026


def test_a_pickle_is_not_executed(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path}/executed",)

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        trial = {"state": 2, "misc": {"vals": {"x": [0.5]}}, "result": {"status": "ok", "loss": 1.0, "evil": Evil()}}
        (tmp_path / "trials.pkl").write_bytes(pickle.dumps([trial], protocol))
        study = read_hyperopt(tmp_path / "trials.pkl", {"x": labwatch.UniformFloat(0, 1)})
        assert [run.result for run in study.runs] == [1.0]
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({"a": 1}), pickle.dumps([1]), b"\x80\x05c",
                                     pickle.dumps([{"misc": {}, "result": None}]), b"(i__builtin__\nexec\n."])
def test_what_holds_no_trials_is_an_error(tmp_path, content):
    (tmp_path / "trials.pkl").write_bytes(content)
    with pytest.raises(ValueError, match=r"no pickle|no Trials"):
        read_hyperopt(tmp_path / "trials.pkl", HYPEROPT_SPACE)


def nested_tuple_pickle(depth, container):
    """Of a tuple in a tuple, …, as a key or in a frozenset: Python's own hash would call itself that often."""
    inner = b"K\x01" + b"\x85" * depth
    return b"\x80\x04" + (b"}" + inner + b"K\x02s." if container == "a key" else b"(" + inner + b"\x91.")


@pytest.mark.parametrize("container", ["a key", "a frozenset"])
def test_a_pickle_that_is_nested_too_deeply(tmp_path, container):
    assert pickle.loads(nested_tuple_pickle(3, container))
    (tmp_path / "trials.pkl").write_bytes(nested_tuple_pickle(200_000, container))
    with pytest.raises(ValueError, match="nested deeper"):
        read_hyperopt(tmp_path / "trials.pkl", HYPEROPT_SPACE)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_long_pickle_is_not_a_deep_one(tmp_path, protocol):
    trial = {"state": 2, "misc": {"vals": {"x": [0.5]}}, "result": {"status": "ok", "loss": 1.0}}
    trials = [{**trial, "numbers": {i: i for i in range(600)}} for _ in range(600)]
    (tmp_path / "trials.pkl").write_bytes(pickle.dumps(trials, protocol))
    assert len(read_hyperopt(tmp_path / "trials.pkl", {"x": labwatch.UniformFloat(0, 1)}).runs) == 600


def test_a_pickle_changes_nothing_here(tmp_path):
    """Not even by giving a state to what stands for a function."""
    code = b"c_codecs\nencode\n(N}S'__defaults__'\n(S'x'\ntstb."
    (tmp_path / "trials.pkl").write_bytes(code)
    with pytest.raises(ValueError, match="no Trials"):
        read_hyperopt(tmp_path / "trials.pkl", HYPEROPT_SPACE)
    from labwatch.convert import _unpickling

    assert _unpickling._encode("a") == b"a"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_times_with_a_zone(tmp_path, protocol):
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=1)))
    trial = {"state": 2, "misc": {"vals": {"x": [0.5]}}, "result": {"status": "ok", "loss": 1.0}, "book_time": time}
    (tmp_path / "trials.pkl").write_bytes(pickle.dumps([trial], protocol))
    study = read_hyperopt(tmp_path / "trials.pkl", {"x": labwatch.UniformFloat(0, 1)})
    assert study.runs[0].start_ms == time.timestamp() * 1000


def test_one_strange_trial_does_not_keep_the_others_out(tmp_path, store):
    trial = {"state": 2, "misc": {"vals": {"x": [0.5]}}, "result": {"status": "ok", "loss": 1.0}}
    strange = [{**trial, "misc": {"vals": {"x": [value]}}} for value in (float("nan"), float("inf"), 2**70)]
    strange.append({**trial, "book_time": datetime(2026, 1, 2), "refresh_time": datetime(2026, 1, 1)})
    (tmp_path / "trials.pkl").write_bytes(pickle.dumps([*strange, trial]))
    saved = read_hyperopt(tmp_path / "trials.pkl", {"x": labwatch.UniformFloat(0, 1)}).save(store)
    assert saved.imported >= 1
    assert saved.imported + sum(saved.left_out.values()) == 5


# ---- SMAC ----


@pytest.mark.parametrize("path", [SAMPLES / "smac", SAMPLES / "smac" / "runhistory.json"])
def test_smacs_run_history(path, store):
    study = read_smac(path)
    assert (study.name, study.goal, set(study.space)) == ("svm", "minimize", {"kernel", "n", "gamma"})
    assert len(study.runs) == 16
    for run in study.runs:
        if run.config["n"] == 3:
            assert run.failure == "crash"
        else:
            assert run.result == run.config["n"] + run.config.get("gamma", 0.5)
    assert any(run.failure for run in study.runs)
    assert study.save(store).imported == 16
    with labwatch.Experiment("svm", store=store) as experiment:
        assert experiment.best().result == min(run.result for run in study.runs if run.result is not None)
        assert experiment.best().document["info"]["smac"]["seed"] > 0


def test_smac_with_budgets_and_other_files(tmp_path):
    entry = {"config_id": 1, "instance": None, "seed": 0, "cost": 1.0, "time": 1.0, "status": 1, "starttime": 1.0,
             "endtime": 2.0, "additional_info": {}}
    entries = [{**entry, "budget": 3.0}, {**entry, "budget": 9.0, "cost": 0.5}, {**entry, "budget": 9.0, "status": 0}]

    def write(data):
        (tmp_path / "runhistory.json").write_text(json.dumps({"data": data, "configs": {"1": {"x": 0.5}}}))

    write(entries)
    with pytest.raises(ValueError, match="give the search space"):
        read_smac(tmp_path)
    study = read_smac(tmp_path, {"x": labwatch.UniformFloat(0, 1)}, "mine")
    assert study.runs == [StudyRun({"x": 0.5}, 0.5, None, 1000, 2000, 1.0,
                                   {"smac": {"config_id": 1, "seed": 0, "budget": 9.0}})]
    assert study.left_out == {"with a lower budget": 1, "not ended": 1}
    write([[1, None, 0, None, 1.0]])
    with pytest.raises(ValueError, match="newer format"):
        read_smac(tmp_path, {"x": labwatch.UniformFloat(0, 1)})
    write([{**entry, "cost": [1.0, 2.0]}])
    with pytest.raises(ValueError, match="several objectives"):
        read_smac(tmp_path, {"x": labwatch.UniformFloat(0, 1)})
    for text in ("[", "[" * 200_000):
        (tmp_path / "runhistory.json").write_text(text)
        with pytest.raises(ValueError, match="no JSON"):
            read_smac(tmp_path)
    write([{**entry, "time": "zz"}, {**entry, "time": [1]}, entry])
    saved = read_smac(tmp_path, {"x": labwatch.UniformFloat(0, 1)}).save(f"sqlite:{tmp_path / 'e.db'}")
    assert (saved.imported, sum(saved.left_out.values())) == (1, 2)


# ---- damaged files ----


@pytest.mark.parametrize("kind", ["optuna.journal", "study.db", "hyperopt.pkl", "runhistory.json"])
def test_a_damaged_file_is_read_or_refused(kind, optuna_file, tmp_path):
    sources = {"optuna.journal": SAMPLES / "optuna.journal", "study.db": optuna_file,
               "hyperopt.pkl": SAMPLES / "hyperopt.pkl", "runhistory.json": SAMPLES / "smac" / "runhistory.json"}
    whole = sources[kind].read_bytes()
    draw = random.Random(1)
    outcomes = Counter()
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            at = draw.randrange(len(damaged))
            damaged[at:at + draw.choice([1, 1, 9])] = bytes(draw.randrange(256) for _ in range(draw.choice([0, 1, 1])))
        (tmp_path / kind).write_bytes(damaged)
        try:
            if kind == "hyperopt.pkl":
                study = read_hyperopt(tmp_path / kind, HYPEROPT_SPACE)
            elif kind == "runhistory.json":
                study = read_smac(tmp_path / kind, labwatch.SearchSpace(SMAC_SPACE))
            else:
                study = read_optuna(tmp_path / kind, "svm")
            study.save("memory:", "damaged")
            outcomes["read"] += 1
        except (ValueError, labwatch.Error):
            outcomes["refused"] += 1
    assert outcomes["refused"] > 0


# ---- the command line ----


def convert(*arguments):
    command = [sys.executable, "-m", "labwatch.convert", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_the_command_line(optuna_file, store, tmp_path):
    code, out, err = convert("optuna", f"sqlite:///{optuna_file}", "--study", "svm", "--to", store, "--name", "mine")
    assert (code, err) == (0, "")
    assert out == "imported 13 runs into the experiment 'mine', left out 3: 1 pruned, 1 running, 1 waiting\n"
    assert "skipped 13 that are there already" in convert("optuna", SAMPLES / "optuna.journal", "--study", "svm",
                                                          "--to", store, "--name", "mine")[1]
    (tmp_path / "space.yaml").write_text(labwatch.SearchSpace(HYPEROPT_SPACE).to_yaml())
    assert convert("hyperopt", SAMPLES / "hyperopt.pkl", "--space", tmp_path / "space.yaml", "--to", store)[0] == 0
    assert convert("smac", SAMPLES / "smac", "--to", store, "--name", "smac")[0] == 0
    assert sorted(labwatch.list_experiments(store)) == ["hyperopt", "mine", "smac"]


def test_the_command_line_says_what_is_wrong(tmp_path, store):
    code, out, err = convert("optuna", tmp_path / "missing.db", "--to", store)
    assert (code, out) == (2, "")
    assert "missing.db" in err
    assert convert("optuna")[0] == 2
    code, _, err = convert("smac", SAMPLES / "smac", "--to", store, "--name", "a/b")
    assert code == 2
    assert "a/b" in err
