"""Spaces of the real ConfigSpace, in and out."""
import pytest

import labwatch

ConfigSpace = pytest.importorskip("ConfigSpace", reason='pip install "./bindings/python[configspace]"')

from labwatch.configspace import from_configspace, to_configspace


def svm() -> "ConfigSpace.ConfigurationSpace":
    cs = ConfigSpace.ConfigurationSpace(name="svm", seed=1)
    kernel = ConfigSpace.CategoricalHyperparameter("kernel", ["linear", "rbf", "poly"], default_value="rbf")
    degree = ConfigSpace.UniformIntegerHyperparameter("degree", 2, 5, default_value=3)
    gamma = ConfigSpace.UniformFloatHyperparameter("gamma", 1e-5, 10, log=True)
    cs.add(kernel, degree, gamma, ConfigSpace.UniformFloatHyperparameter("C", 1e-3, 1e3, log=True, default_value=1.0),
           ConfigSpace.Constant("data", "heart_scale"))
    cs.add(ConfigSpace.EqualsCondition(degree, kernel, "poly"), ConfigSpace.InCondition(gamma, kernel, ["rbf", "poly"]))
    cs.add(ConfigSpace.ForbiddenAndConjunction(ConfigSpace.ForbiddenEqualsClause(kernel, "poly"),
                                               ConfigSpace.ForbiddenEqualsClause(degree, 5)))
    return cs


def test_a_space_comes_in_with_its_conditions_and_what_is_forbidden():
    space = from_configspace(svm())
    assert set(space) == {"kernel", "degree", "gamma", "C"}
    assert space.default() == {"kernel": "rbf", "gamma": 0.01, "C": 1.0, "data": "heart_scale"}
    assert len(space.constraints) == 1
    with pytest.raises(labwatch.InvalidError, match="degree"):
        space.read({"kernel": "poly", "degree": 5, "gamma": 0.1, "C": 1.0})


def test_what_configspace_draws_is_valid_here_and_the_other_way_round():
    cs = svm()
    space = from_configspace(cs)
    with labwatch.Experiment("svm", space, store="memory:", seed=1) as experiment:
        for configuration in cs.sample_configuration(50):
            experiment.observe_config(dict(configuration), float(configuration["C"]))
        assert len(experiment.runs("status = COMPLETED")) == 50
    for config in space.sample(50):
        ConfigSpace.Configuration(cs, values=config).check_valid_configuration()


def test_out_and_in_again_is_the_same_space():
    space = labwatch.SearchSpace({
        "kernel": labwatch.Categorical(["linear", "rbf"], default="rbf"),
        "C": labwatch.UniformFloat(1e-3, 10, log_scale=True),
        "degree": labwatch.UniformInt(1, 5, when={"kernel": "linear"}), "size": labwatch.Ordinal([1, 2, 3])})
    cs = to_configspace(space)
    assert isinstance(cs, ConfigSpace.ConfigurationSpace)
    assert from_configspace(cs) == space


def test_what_configspace_cannot_express_is_named():
    space = labwatch.SearchSpace({"sizes": labwatch.Categorical([[64], [64, 64]])})
    with pytest.raises(labwatch.UnsupportedError, match="sizes"):
        to_configspace(space)
