"""build_core.py OUT.c: writes the extension module's C source, from core.h and labwatch.cdef."""
import sys
from pathlib import Path

from cffi import FFI

HERE = Path(__file__).parent


def declarations(path):
    """A header without what only the preprocessor understands."""
    return "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("#"))


ffi = FFI()
ffi.cdef((HERE / "labwatch.cdef").read_text())
ffi.cdef(declarations(HERE / "core.h"))
ffi.set_source("labwatch._core", '#include "core.h"')

if __name__ == "__main__":
    ffi.emit_c_code(sys.argv[1])
