"""What the tests share."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
