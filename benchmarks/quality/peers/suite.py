"""The problems as Python sees them: parameters, conditions, and evaluations by `quality_problems`."""
import ast
import json
import math
import os
import random
import subprocess
from dataclasses import dataclass

PROGRAM = os.environ.get("LABWATCH_QUALITY_PROBLEMS", "quality_problems")


def ask_program(*words):
    return subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout


@dataclass
class Parameter:
    """kind: float, integer, categorical or ordinal. conditions: [(name, allowed values)], all of which must hold."""
    name: str
    kind: str
    lower: float
    upper: float
    log: bool
    choices: list
    conditions: list

    def clip(self, value):
        """The value as the suite takes it: rounding errors at the bounds and foreign number types are gone."""
        if self.choices:
            return value
        if self.kind == "integer":
            return int(min(max(round(value), self.lower), self.upper))
        return float(min(max(value, self.lower), self.upper))

    def from_unit(self, u):
        """The value at u in [0, 1], uniform on the parameter's scale; numbers only.

        Whole numbers have cells of equal width where the scale is linear.
        """
        if self.kind == "integer" and not self.log:
            return self.clip(math.floor(self.lower + u * (self.upper - self.lower + 1)) if u < 1 else self.upper)
        if self.log:
            return self.clip(math.exp(math.log(self.lower) + u * (math.log(self.upper) - math.log(self.lower))))
        return self.clip(self.lower + u * (self.upper - self.lower))

    def to_unit(self, value):
        if self.kind == "integer" and not self.log:
            return (value - self.lower + 0.5) / (self.upper - self.lower + 1)
        if self.log:
            return math.log(value / self.lower) / math.log(self.upper / self.lower)
        return (value - self.lower) / (self.upper - self.lower)

    def sample(self, rng):
        return rng.choice(self.choices) if self.choices else self.from_unit(rng.random())


def read_condition(text):
    """[(name, values)] of `a == 'x' and b in [1, 2]`, which is Python, too."""
    tree = ast.parse(text, mode="eval").body
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    conditions = []
    for part in parts:
        values = ast.literal_eval(part.comparators[0])
        conditions.append((part.left.id, values if isinstance(part.ops[0], ast.In) else [values]))
    return conditions


KINDS = {"UniformFloat": "float", "UniformInt": "integer", "Categorical": "categorical", "Ordinal": "ordinal"}


def read_parameter(name, entry):
    conditions = read_condition(entry["when"]) if "when" in entry else []
    return Parameter(name, KINDS[entry["type"]], entry.get("lower"), entry.get("upper"), entry.get("log_scale", False),
                     entry.get("choices", []), conditions)


class Forbidden(Exception):
    """A constraint forbids the configuration."""


class Problem:
    def __init__(self, name, seed):
        description = json.loads(ask_program("describe", name))
        self.name, self.seed, self.suite = name, seed, description["suite"]
        self.constrained, self.noisy = description["constraints"] > 0, description["group"] == "noisy"
        self.parameters = [read_parameter(n, e) for n, e in description["file"]["space"].items()]
        optimum = float(ask_program("optimum", name, str(seed)))
        self.optimum = None if math.isnan(optimum) else optimum
        self.server = subprocess.Popen([PROGRAM, "serve", name, str(seed)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)

    def active(self, config):
        """The parameters that exist in config, which may have values for others: conditions read earlier ones."""
        there = {}
        for p in self.parameters:
            if all(name in there and there[name] in values for name, values in p.conditions):
                there[p.name] = config[p.name]
        return there

    def sample(self, rng):
        """A value for each parameter, active or not."""
        return {p.name: p.sample(rng) for p in self.parameters}

    def evaluate(self, config):
        """(cost, noiseless value); raises Forbidden, which is no evaluation."""
        config = {p.name: p.clip(config[p.name]) for p in self.parameters if p.name in config}
        self.server.stdin.write(json.dumps(config) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        if not answer:
            raise RuntimeError(f"quality_problems does not take {config}")
        if answer.startswith("forbidden"):
            raise Forbidden
        cost, value = answer.split()
        return float(cost), float(value)

    def close(self):
        self.server.stdin.close()
        self.server.wait()


def generator(seed):
    return random.Random(seed)
