"""What the tests share."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import labwatch

SPACE = {
    "x": labwatch.UniformFloat(-5, 5),
    "n": labwatch.UniformInt(1, 8, log_scale=True),
    "method": labwatch.Categorical(["plain", "shifted"]),
    "shift": labwatch.UniformFloat(0, 1, when={"method": "shifted"}),
    "data": "heart_scale",
}


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spool is the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store on the disk, which is not there yet."""
    return f"sqlite:{tmp_path / 'labwatch.db'}"


@pytest.fixture
def experiment(url: str) -> Iterator[labwatch.Experiment]:
    """Random search for 100 runs at most."""
    with labwatch.Experiment("trial", SPACE, optimizer="random", store=url, runs=100, seed=1) as opened:
        yield opened


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Lets methods of Experiment find the store away every first time of two: away("_send"). Gives who found it so."""
    def begin(*names: str) -> list[str]:
        found: list[str] = []
        for name in names:
            monkeypatch.setattr(labwatch.Experiment, name, _away_at_first(getattr(labwatch.Experiment, name), found))
        return found

    return begin


def _away_at_first(method: Callable[..., Any], found: list[str]) -> Callable[..., Any]:
    calls = 0

    def called(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 2:
            found.append(method.__name__)
            raise labwatch.UnavailableError("the store is away")
        return method(*args, **options)

    return called


@pytest.fixture(params=["sqlite", "mongodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store on the disk, and one on the MongoDB server of the tests, if there is one."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/runs.db"
    server = os.environ.get("LABWATCH_TEST_MONGO_URI")
    if not server:
        pytest.skip("LABWATCH_TEST_MONGO_URI names no server")
    return f"{server}/sacred_{os.getpid()}_{abs(hash(str(tmp_path))) % 10**8}"
