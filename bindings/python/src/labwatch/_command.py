"""The `labwatch` command, which the package brings."""
from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Becomes the command, with this program's arguments."""
    command = Path(__file__).with_name("bin") / "labwatch"
    os.execv(command, [str(command), *sys.argv[1:]])
