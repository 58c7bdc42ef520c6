"""ConfigSpace's spaces, in and out. Needs ConfigSpace 1.0 or newer: ``pip install "./bindings/python[configspace]"``.

    space = from_configspace(configuration_space)
    experiment.observe_config(dict(configuration), cost)
"""
from __future__ import annotations

import json

from ConfigSpace import ConfigurationSpace

from ._spaces import SearchSpace


def from_configspace(space: ConfigurationSpace) -> SearchSpace:
    """The search space of the same meaning: conditions become `when`, what is forbidden a constraint.

    UnsupportedError or ParseError names what labwatch cannot express.
    """
    text = json.dumps(space.to_serialized_dict())
    return SearchSpace.from_format(text, "configspace", space.name or "configuration space")


def to_configspace(space: SearchSpace) -> ConfigurationSpace:
    """The ConfigurationSpace of the same meaning. UnsupportedError names what ConfigSpace cannot express."""
    return ConfigurationSpace.from_serialized_dict(json.loads(space.to_format("configspace")))
