"""Optimizers written in Python."""
from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import traceback

import pytest

import labwatch
from labwatch import Categorical, Experiment, History, Request, SearchSpace, Suggestion, UniformFloat, UniformInt

X = {"x": UniformFloat(0, 1), "n": UniformInt(1, 9), "c": Categorical(["a", "b"])}


class Cautious:
    """The default first, then near the best, or anywhere."""

    name = "cautious-python"

    def __init__(self, space: SearchSpace, seed: int) -> None:
        self.space = space
        self.seed = seed
        self.told = 0

    def suggest_configuration(self, request: Request) -> Suggestion:
        if request.number == 1 and request.draw == 0:
            return Suggestion(self.space.default(), memo={"kind": "default"})
        drawn = request.sample()
        done = list(request.history.completed())
        if done and request.random() < 0.5:
            best = min(done, key=lambda one: one["cost"])
            return Suggestion({**drawn, **self.near(drawn, best["config"])}, memo={"kind": "near", "run": best["run"]})
        return Suggestion(drawn, memo={"kind": "random"})

    def near(self, drawn: dict, best: dict) -> dict:
        """Between the two, in spaces of one number; elsewhere where it was drawn."""
        if set(drawn) != {"x"} or not isinstance(drawn["x"], float):
            return {}
        return {"x": (drawn["x"] + best["x"]) / 2}

    def update(self, history: History) -> None:
        self.told = len(history)


def test_it_passes_the_contract_of_those_in_c():
    """The suite that every optimizer of the library passes, loaded as a library into Python."""
    contract = os.environ.get("LABWATCH_OPTIMIZER_CONTRACT")
    if not contract:
        pytest.skip("LABWATCH_OPTIMIZER_CONTRACT names no library with the suite")
    program = textwrap.dedent(f"""
        import ctypes, sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_python_optimizers import Cautious
        from labwatch._library import ffi
        from labwatch._optimizing import type_of
        contract = ctypes.CDLL({contract!r})
        contract.optimizer_contract_of.argtypes = [ctypes.c_void_p]
        sys.exit(min(contract.optimizer_contract_of(int(ffi.cast("uintptr_t", type_of(Cautious).pointer))), 100))
    """)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "cautious-python" in done.stderr + done.stdout


def test_it_works_like_any_other(url):
    with Experiment("e", X, optimizer=Cautious, store=url, seed=3, runs=20) as experiment:
        assert experiment.optimizer == "cautious-python"
        experiment.minimize(lambda config: config["x"])
        runs = experiment.runs()
        assert runs[0].config == experiment.space().default()
        assert runs[0].document["labwatch"]["memo"] == {"kind": "default"}
        assert [experiment.replay(run.id)["verdict"] for run in runs] == ["same"] * 20
    with Experiment("e", optimizer=Cautious, store=url, runs=21) as again:
        assert again.suggest().id == 21


def test_what_it_raises_is_told_with_its_place(url):
    class Broken:
        """Broken."""

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            if request.number == 1:
                raise KeyError("no such thing")
            if request.number == 2:
                return {"x": 9, "n": 1, "c": "a"}
            if request.number == 3:
                return {"x": object()}
            raise labwatch.Exhausted("no more ideas")

    with Experiment("e", X, optimizer=Broken, store=url) as experiment:
        with pytest.raises(labwatch.Error, match="no such thing") as raised:
            experiment.suggest()
        cause = raised.value.__cause__
        assert isinstance(cause, KeyError)
        assert any(entry.name == "suggest_configuration" for entry in traceback.extract_tb(cause.__traceback__))
        experiment.observe_config({"x": 0.5, "n": 1, "c": "a"}, 1)
        with pytest.raises(labwatch.Error, match="x"):
            experiment.suggest()
        experiment.observe_config({"x": 0.6, "n": 1, "c": "a"}, 1)
        with pytest.raises(labwatch.Error, match="object"):
            experiment.suggest()
        experiment.observe_config({"x": 0.7, "n": 1, "c": "a"}, 1)
        with pytest.raises(labwatch.Exhausted):
            experiment.suggest()


def test_what_it_is_told(url):
    seen = []

    class Watching:
        """Watches."""

        name = "watching"

        def __init__(self, space, seed):
            assert list(space) == ["x", "n", "c"]
            assert seed == 5

        def suggest_configuration(self, request):
            seen.append([(one["run"], one["outcome"], one["cost"], one["failure"]) for one in request.history])
            assert request.history[-1:] == list(request.history)[-1:]
            with pytest.raises(IndexError):
                request.history[len(request.history)]
            assert (request.seed, request.budget) == (5, 9)
            return request.sample()

    with Experiment("e", X, optimizer=Watching, store=url, seed=5, runs=9) as experiment:
        experiment.suggest().observe(0.5)
        experiment.suggest().fail("no", "memory")
        experiment.suggest()
        experiment.suggest()
    assert seen[-1] == [(1, "completed", 0.5, ""), (2, "failed", None, "memory"), (3, "pending", None, "")]


def test_what_is_no_optimizer_is_told(url):
    for wrong in (3, object(), Cautious(SearchSpace(X), 1), int):
        with pytest.raises(TypeError, match="suggest_configuration"):
            Experiment("e", X, optimizer=wrong, store=url)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_in_it_is_no_error_of_the_library(url, raised):
    class Interrupted:
        name = "interrupted"

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            raise raised("now")

    with Experiment("e", X, optimizer=Interrupted, store=url) as experiment:
        with pytest.raises(raised, match="now"):
            experiment.suggest()
        with pytest.raises(labwatch.NotFoundError) as other:
            experiment.observe(7, 1)
        assert other.value.__cause__ is None


def test_a_misspelt_parameter_is_told(url):
    class Misspelt:
        name = "misspelt"

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            return {"x": 0.5, "m": 1, "c": "a"}

    with Experiment("e", X, optimizer=Misspelt, store=url) as experiment, \
            pytest.raises(labwatch.InvalidError, match="'m'"):
        experiment.suggest()


def test_what_it_was_lent_ends_with_the_call(url):
    """The library's memory behind it is gone."""
    kept = []

    class Keeping:
        name = "keeping"

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            kept.extend([request, request.history])
            return request.sample()

        def update(self, history):
            kept.append(history)

    with Experiment("e", X, optimizer=Keeping, store=url) as experiment:
        experiment.suggest().observe(1)
        experiment.suggest()
    request, *histories = kept[:3]
    for use in (request.random, request.sample, *(history.__len__ for history in histories),
                *(lambda history=history: [*history, history[0]] for history in histories)):
        with pytest.raises(ValueError, match="has ended"):
            use()


def test_it_has_a_name_of_its_own_and_returns_configurations(url):
    class Taken:
        name = "tpe"

        def suggest_configuration(self, request):
            return None

    class Nothing(Taken):
        name = "nothing"

        def __init__(self, space, seed):
            pass

    class Speechless(Nothing):
        name = "speechless"

        def suggest_configuration(self, request):
            class Silent(Exception):
                def __str__(self):
                    raise ValueError("no")

            raise Silent

    with pytest.raises(ValueError, match="another name"):
        Experiment("e", X, optimizer=Taken, store=url)
    with Experiment("e", X, optimizer=Nothing, store=url) as experiment, \
            pytest.raises(labwatch.Error, match="returned None"):
        experiment.suggest()
    with Experiment("f", X, optimizer=Speechless, store=url) as experiment:
        with pytest.raises(labwatch.Error, match="Silent"):
            experiment.suggest()
        assert experiment.runs() == []


def test_its_runs_are_read_without_it(url):
    with Experiment("e", X, optimizer=Cautious, store=url) as experiment:
        experiment.suggest().observe(1)
        waiting = experiment.suggest()
    with Experiment("e", store=url) as experiment:
        assert (experiment.optimizer, experiment.best().result) == ("cautious-python", 1)
        experiment.observe(waiting.id, 2)
        with pytest.raises(labwatch.UnsupportedError, match="only the program that brings it"):
            experiment.suggest()
    with pytest.raises(ValueError, match="give optimizer=its class"):
        Experiment("e", X, store=url)


def test_one_that_asks_for_its_own_suggestion_does_not_wait_for_itself(url):
    class Asking:
        name = "asking"

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            return experiment.suggest().config

    with Experiment("e", X, optimizer=Asking, store=url) as experiment:
        for _ in range(2):
            with pytest.raises(labwatch.InvalidError, match="of its own experiment"):
                experiment.suggest()


@pytest.mark.parametrize(("more", "told"), [({"fidelity": -1}, "fidelity -1"), ({"parent": 99}, "run 99")])
def test_members_that_no_run_can_have(url, more, told):
    class Odd:
        name = "odd"

        def __init__(self, space, seed):
            pass

        def suggest_configuration(self, request):
            return Suggestion(request.sample(), **more)

    with Experiment("e", X, optimizer=Odd, store=url) as experiment, pytest.raises(labwatch.InvalidError, match=told):
        experiment.suggest()
