"""scikit-build-core, with the C library's sources in the source distribution.

A source distribution holds no files from above its own folder, so they are copied into the folder `c` while it is made.
"""
import shutil
from contextlib import contextmanager
from pathlib import Path

from scikit_build_core.build import *  # noqa: F403
from scikit_build_core.build import build_sdist as _build_sdist

HERE = Path(__file__).resolve().parent
LIBRARY = HERE.parent.parent
PARTS = ["CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "CHANGELOG.md", "cmake", "include", "base",
         "searchspace", "models", "optimizers", "stores", "assistant", "cli", "docs"]


@contextmanager
def sources_of_the_library():
    copy = HERE / "c"
    if not (LIBRARY / "include" / "labwatch" / "labwatch.h").exists():
        yield  # made from a source distribution, which has them
        return
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    try:
        for part in PARTS:
            source = LIBRARY / part
            if source.is_dir():
                shutil.copytree(source, copy / part)
            elif source.exists():
                shutil.copy2(source, copy / part)
        yield
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def build_sdist(sdist_directory, config_settings=None):
    with sources_of_the_library():
        return _build_sdist(sdist_directory, config_settings)
