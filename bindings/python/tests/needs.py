"""Packages that a test works with."""
import importlib.util

import pytest


def needs(package: str) -> None:
    """Skips the rest where it is not installed. Where it is, and cannot be imported, the import fails, and is seen."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"there is no {package}", allow_module_level=True)
