"""Warnings that name the line of the user's program."""
from __future__ import annotations

import sys
import warnings


def warn(text: str, category: type[Warning] = RuntimeWarning) -> None:
    """As warnings.warn, for whoever called into this package."""
    frame = sys._getframe(1)
    level = 2
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "labwatch":
        frame = frame.f_back
        level += 1
    warnings.warn(text, category, stacklevel=level)
