"""Search spaces: what goes in comes back."""
from __future__ import annotations

import copy
import enum
import json
import pickle
import random
from dataclasses import dataclass
from pathlib import Path

import pytest

import labwatch
from labwatch import Categorical, Constant, Gaussian, Ordinal, SearchSpace, UniformFloat, UniformInt, UniformNumber


class Kernel(enum.Enum):
    RBF = "rbf"
    POLY = "poly"


class Colour(str, enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Layer:
    width: int
    bias: bool


CHOICES = {
    "texts": ["a", "b c", "", "ü", "1", "true", "null", "a.b", "x: y", "#", "{}", "\n", '"', "\\"],
    "integers": [0, -1, 2**53, -(2**63), 2**63 - 1],
    "numbers": [0.5, -0.25, 1e-300, 1.7976931348623157e308, 0.1, 1e22],
    "numbers that happen to be whole": [1.0, 2.0, -0.5],
    "a number and its text": [1, "1"],
    "booleans": [True, False],
    "a boolean, a number and a text": [True, 1, "true", "1"],
    "nothing": [None, "None", 0],
    "enumerations": [Kernel.RBF, Kernel.POLY],
    "enumerations of texts": [Colour.RED, Colour.BLUE],
    "enumerations of numbers": [Level.LOW, Level.HIGH],
    "paths": [Path("/data/a"), Path("relative/b.csv")],
    "tuples": [(1, 2), (3,), ()],
    "nested tuples": [((1, 2), "a"), ((3, 4), "b")],
    "lists": [[1, 2], [3.5, "a"], []],
    "mappings": [{"a": 1, "b": [1, 2]}, {"a": {"b": None}}, {}],
    "sets": [frozenset({1, 2}), frozenset()],
    "dataclasses": [Layer(3, True), Layer(4, False)],
}


def exactly(a: object, b: object) -> bool:
    """Equal, and of the same types all through."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(exactly(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(exactly, a, b))
    return a == b


@pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES.keys())
@pytest.mark.parametrize("kind", [Categorical, Ordinal])
def test_choices_come_back_as_they_are(kind, choices, url):
    space = SearchSpace({"group": {"choice": kind(choices)}})
    found = [config["group"]["choice"] for config in space.sample(200)]
    for value in found:
        assert any(exactly(value, choice) for choice in choices)
    assert all(any(exactly(value, choice) for value in found) for choice in choices)
    assert exactly(space.default()["group"]["choice"], choices[0])
    with labwatch.Experiment("e", space, optimizer="random", store=url) as experiment:
        for choice in choices:
            run = experiment.suggest(config={"group": {"choice": choice}})
            assert exactly(run.config, {"group": {"choice": choice}})
            run.observe(1)
        assert [run.config["group"]["choice"] for run in experiment.runs()] == choices


@pytest.mark.parametrize("choices", CHOICES.values(), ids=CHOICES.keys())
def test_constants_come_back_as_they_are(choices):
    for value in choices:
        for given in (value, Constant(value)):
            space = SearchSpace({"x": UniformFloat(0, 1), "deep": {"constant": given}})
            if isinstance(value, dict) and given is value:
                continue  # a mapping is a part of the space, and an empty one is nothing
            if isinstance(value, dict) and not value:
                continue
            assert exactly(space.sample()["deep"]["constant"], value), value


def test_numpy_scalars_go_in_and_come_back_as_the_choices_that_they_are():
    numpy = pytest.importorskip("numpy")
    choices = [numpy.int64(3), numpy.float32(0.5), numpy.str_("a"), numpy.bool_(True)]
    space = SearchSpace({
        "choice": Categorical(choices),
        "x": UniformFloat(numpy.float64(0), numpy.float32(1), default=numpy.float64(0.25)),
        "n": UniformInt(numpy.int32(1), numpy.int64(5)),
        "sizes": numpy.arange(3),
    })
    found = {type(config["choice"]) for config in space.sample(100)}
    assert found == {type(choice) for choice in choices}
    assert exactly(space.default()["x"], 0.25)
    assert space.sample()["sizes"].tolist() == [0, 1, 2]
    read = space.read({"choice": numpy.int16(3), "x": numpy.float32(0.5), "n": numpy.uint8(2)})
    assert read["n"] == 2
    assert read["x"] == 0.5


def test_nested_spaces_have_dotted_names_and_come_back_nested():
    space = SearchSpace({"net": {"layers": [UniformInt(1, 4), UniformInt(5, 8)], "lr": UniformFloat(0, 1)}, "depth": 3})
    assert list(space) == ["net.layers.0", "net.layers.1", "net.lr"]
    assert len(space) == 3
    assert "net.lr" in space
    assert "lr" not in space
    config = space.sample()
    assert 1 <= config["net"]["layers"][0] <= 4
    assert 5 <= config["net"]["layers"][1] <= 8
    assert config["depth"] == 3
    assert space.read({"net.layers.0": 2, "net.layers.1": 6, "net.lr": 0.5}) == space.read(
        {"net": {"layers": [2, 6], "lr": 0.5}})


def test_enumerations_in_lists_and_under_conditions():
    space = SearchSpace({
        "stages": [Categorical([Kernel.RBF, Kernel.POLY]), "fixed"],
        "kernel": Categorical([Kernel.RBF, Kernel.POLY]),
        "degree": UniformInt(2, 5, when={"kernel": Kernel.POLY}),
    })
    for config in space.sample(50):
        assert isinstance(config["stages"][0], Kernel)
        assert ("degree" in config) == (config["kernel"] is Kernel.POLY)


def _random_parameter(draw: random.Random) -> labwatch.Parameter:
    lower = draw.choice([0.001, 1, 2.5, 10])
    upper = lower * draw.choice([2, 3.5, 1000])
    log = draw.random() < 0.5
    return draw.choice([
        lambda: UniformFloat(lower, upper, log_scale=log),
        lambda: UniformInt(draw.randint(1, 5), draw.randint(6, 10**draw.randint(1, 9)), log_scale=log),
        lambda: UniformNumber(1, 2.5),
        lambda: Gaussian(draw.uniform(0.1, 3), draw.uniform(0.1, 2), log_scale=log),
        lambda: Ordinal(sorted({draw.randint(0, 99) for _ in range(4)})),
        lambda: Categorical([draw.choice([None, 1, 1.5, "a", (1, "t"), Kernel.RBF, True])]),
    ])()


@pytest.mark.parametrize("seed", range(60))
def test_what_is_suggested_can_be_given_back(seed, tmp_path):
    """For many spaces: each configuration is read as itself, and means the same in another process's hands."""
    draw = random.Random(seed)
    names = ["a", "b.x", "b.y", "c d", "über", "if", "0"][: draw.randint(1, 7)]
    nested: dict = {}
    for name in names:
        *path, last = name.split(".")
        holder = nested
        for part in path:
            holder = holder.setdefault(part, {})
        holder[last] = _random_parameter(draw)
    space = SearchSpace(nested)
    for config in space.sample(20, seed=seed + 1):
        assert exactly(space.read(config), config)
    again = pickle.loads(pickle.dumps(space))
    assert again == space
    assert exactly(again.sample(5), space.sample(5))
    from_yaml = SearchSpace.from_yaml(space.to_yaml() + "\n")
    assert from_yaml == space
    assert from_yaml.difference(space) == ""


def test_a_space_is_a_value():
    one = SearchSpace({"x": UniformFloat(0, 1), "n": UniformInt(1, 3)})
    other = SearchSpace({"n": UniformInt(1, 3), "x": UniformFloat(0, 1)})
    assert one == other
    assert hash(one) == hash(other)
    assert one != SearchSpace({"x": UniformFloat(0, 2), "n": UniformInt(1, 3)})
    assert one != "a space"
    assert copy.deepcopy(one) == one
    assert UniformFloat(0, 1) == UniformFloat(0, 1)
    assert UniformFloat(0, 1) != UniformFloat(0, 1, log_scale=True)
    assert len({UniformFloat(0, 1), UniformFloat(0, 1)}) == 1
    assert eval(repr(UniformFloat(0, 1, default=0.5))) == UniformFloat(0, 1, default=0.5)


def test_sampling_follows_from_the_seed():
    space = SearchSpace({"x": UniformFloat(0, 1)})
    assert space.sample(5, seed=3) == space.sample(5, seed=3)
    assert space.sample(5, seed=3) != space.sample(5, seed=4)
    assert space.sample(2, seed=3) == space.sample(5, seed=3)[:2]
    assert isinstance(space.sample(), dict)


def test_how_many_configurations_there_are():
    assert SearchSpace({"n": UniformInt(1, 3), "c": Categorical(["a", "b"])}).count() == 6
    assert SearchSpace({"x": UniformFloat(0, 1)}).count() is None
    assert SearchSpace({"n": UniformInt(1, 1000)}).count(limit=10) is None


def test_constraints_hold_and_are_told():
    space = SearchSpace({"a": UniformInt(1, 100), "b": UniformInt(1, 100)}, constraints=["a * b <= 400"])
    assert space.constraints == ["a * b <= 400"]
    assert all(config["a"] * config["b"] <= 400 for config in space.sample(100))
    with pytest.raises(labwatch.InvalidError, match=r"a \* b <= 400"):
        space.read({"a": 100, "b": 100})


def test_files_and_texts(tmp_path):
    text = "experiment: e\nspace:\n  x: !UniformFloat [0, 1]\n"
    path = tmp_path / "space.yaml"
    path.write_text(text)
    spaces = [SearchSpace.from_yaml(text), SearchSpace.from_yaml(path), SearchSpace.from_yaml(str(path)),
              SearchSpace.from_yaml("space:\n  x: !UniformFloat [0, 1]\n"), SearchSpace({"x": UniformFloat(0, 1)})]
    assert all(space == spaces[0] for space in spaces)
    assert SearchSpace(spaces[0].to_dict()["space"]) == spaces[0]
    several = "experiment: e\nspaces:\n  small:\n    x: !UniformFloat [0, 1]\n  large:\n    x: !UniformFloat [0, 9]\n"
    assert SearchSpace.from_yaml(several, "large").parameters[0]["upper"] == 9
    with pytest.raises(labwatch.NotFoundError):
        SearchSpace.from_yaml(several, "medium")
    with pytest.raises(FileNotFoundError):
        SearchSpace.from_yaml(tmp_path / "missing.yaml")


@pytest.mark.parametrize("name", ["labwatch", "configspace", "optuna"])
def test_other_formats(name):
    space = SearchSpace({"x": UniformFloat(1e-3, 1, log_scale=True), "n": UniformInt(1, 8),
                         "c": Categorical(["a", "b"])})
    text = space.to_format(name)
    again = SearchSpace.from_format(text, name)
    assert sorted(again) == sorted(space)
    if name != "labwatch":
        json.loads(text)


def test_what_a_format_cannot_express_is_told():
    with pytest.raises(labwatch.UnsupportedError, match=r"shift|condition"):
        SearchSpace({"m": Categorical([1, 2]), "shift": UniformFloat(0, 1, when={"m": 1})}).to_format("optuna")
    with pytest.raises(labwatch.Error, match="excel"):
        SearchSpace({"x": UniformFloat(0, 1)}).to_format("excel")


@pytest.mark.parametrize(("parameter", "what"), [
    (UniformFloat(1, 0), "x"),
    (UniformFloat(0, 1, log_scale=True), "x"),
    (UniformInt(0.5, 2), "x"),
    (UniformFloat(0, 1, default=2), "x"),
    (Categorical([]), "x"),
    (Categorical(["a", "a"]), "x"),
    (Categorical(["a"], default="b"), "x"),
    (Gaussian(0, -1), "x"),
    (UniformFloat(0, 1, when={"nobody": 1}), "nobody"),
    (UniformFloat(0, 1, when="nobody > "), "x"),
])
def test_a_wrong_parameter_is_told_by_its_name(parameter, what):
    with pytest.raises(labwatch.ParseError, match=what) as raised:
        SearchSpace({"x": parameter})
    assert raised.value.name == "LW_EPARSE"
    assert isinstance(raised.value, ValueError)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(labwatch.ParseError) as raised:
        SearchSpace({"one": UniformFloat(1, 0), "two": UniformInt(3, 2)})
    assert "one" in str(raised.value)
    assert "two" in str(raised.value)


def test_what_no_document_holds_is_told():
    with pytest.raises(TypeError, match="object"):
        SearchSpace({"x": Categorical([object()])})
    with pytest.raises(TypeError, match="search space"):
        labwatch.Experiment("e", 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 100_000, "'; DROP TABLE runs; --", "<script>"])
def test_hostile_texts_come_back_or_are_refused(text, url):
    try:
        space = SearchSpace({"x": UniformFloat(0, 1), "text": text})
    except (labwatch.Error, UnicodeError):
        return
    with labwatch.Experiment("e", space, optimizer="random", store=url) as experiment:
        assert experiment.suggest().config["text"] == text
        assert experiment.runs()[0].config["text"] == text


def test_a_space_shows_itself_as_a_table():
    html = SearchSpace({"x<y": UniformFloat(0, 1), "c": Categorical(["<b>", "&"])})._repr_html_()
    assert "x&lt;y" in html
    assert "<b>" not in html
    assert "<table>" in html
