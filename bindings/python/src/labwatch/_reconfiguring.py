"""Runs that went on with another configuration than they were given."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._library import bytes_of, ffi, lib, new_error, read

if TYPE_CHECKING:
    from ._experiments import Experiment
    from ._runs import Run


def reconfigure(experiment: Experiment, run: Run, config: Mapping[str, Any]) -> None:
    """Gives a run that this process executes the configuration which it really had, in the experiment's space.

    What is missing counts at its default. ConflictError if somebody else has the run by now.
    """
    error = new_error()
    data = bytes_of(config)
    token = ffi.new("lw_token *", {"bytes": list(run._token)})
    run.config = read(lib.core_reconfigure(experiment._handle, run.id, token, data, len(data), error), error)
