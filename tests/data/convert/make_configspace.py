"""Makes the samples configspace.json (ConfigSpace 1.2.2) and configspace-0.6.json (ConfigSpace 0.7.1, the last one that
writes "json_format_version"), and prints them: python make_configspace.py > configspace.json"""
import json

from ConfigSpace import *

cs = ConfigurationSpace(name="svm", seed=1)
C = UniformFloatHyperparameter("C", 1e-3, 1e3, log=True, default_value=1.0)
degree = UniformIntegerHyperparameter("degree", 2, 5, default_value=3)
kernel = CategoricalHyperparameter("kernel", ["linear", "rbf", "poly"], default_value="rbf", weights=[1, 2, 1])
size = OrdinalHyperparameter("size", ["small", "medium", "large"], default_value="medium")
data = Constant("data", "heart_scale")
noise = NormalFloatHyperparameter("noise", mu=0.5, sigma=0.2, lower=0.0, upper=1.0)
gamma = UniformFloatHyperparameter("gamma", 1e-5, 10, log=True)
width = UniformIntegerHyperparameter("svm:width", 1, 1000, log=True)
mixed = CategoricalHyperparameter("mixed", [7, 2.5, "x"])
once = Constant("once", 3)
parameters = [C, degree, kernel, size, data, noise, gamma, width, mixed, once]
conditions = [
    EqualsCondition(degree, kernel, "poly"),
    InCondition(gamma, kernel, ["rbf", "poly"]),
    AndConjunction(GreaterThanCondition(width, degree, 2), EqualsCondition(width, size, "large")),
    OrConjunction(EqualsCondition(noise, mixed, 7), LessThanCondition(noise, size, "large")),
    NotEqualsCondition(once, kernel, "linear"),
]
forbiddens = [
    ForbiddenEqualsClause(C, 2.0),
    ForbiddenAndConjunction(ForbiddenEqualsClause(kernel, "linear"), ForbiddenInClause(size, ["small", "large"])),
    ForbiddenLessThanRelation(C, gamma),
]
if hasattr(cs, "to_serialized_dict"):
    cs.add(parameters)
    cs.add(conditions)
    cs.add(forbiddens)
    print(json.dumps(cs.to_serialized_dict(), indent=2))
else:
    from ConfigSpace.read_and_write import json as cs_json

    parameters += [UniformFloatHyperparameter("q", 0, 1, q=0.1), NormalFloatHyperparameter("free", mu=0.5, sigma=0.2)]
    cs.add_hyperparameters(parameters)
    cs.add_conditions(conditions)
    cs.add_forbidden_clauses(forbiddens)
    print(cs_json.write(cs))
