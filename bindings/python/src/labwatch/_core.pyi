"""The extension module: C's functions and values, of which only numbers have types in Python.

They are declared in core/core.h and core/labwatch.cdef.
"""
from typing import Any

ffi: Any
lib: _Library

class _Library:
    LW_OK: int
    LW_KNOWN: int
    LW_LATE: int
    LW_EXHAUSTED: int
    LW_EINVAL: int
    LW_ENOTFOUND: int
    LW_ECONFLICT: int
    LW_EUNAVAILABLE: int
    LW_EINTERRUPTED: int
    CORE_ROW_ID: int
    CORE_ROW_STATUS: int
    CORE_ROW_SPACE: int
    CORE_ROW_FAILURE: int
    CORE_ROW_ORIGIN: int
    CORE_ROW_ATTEMPT: int
    CORE_ROW_REPLICATE: int
    CORE_ROW_START: int
    CORE_ROW_STOP: int
    CORE_ROW_HEARTBEAT: int
    CORE_ROW_INTEGERS: int
    CORE_ROW_RESULT: int
    CORE_ROW_COST: int
    CORE_ROW_FIDELITY: int
    CORE_ROW_DURATION: int
    CORE_ROW_NUMBERS: int
    LW_COMPLETED: int
    LW_FAILED: int
    LW_VOID: int
    LW_NO_TIME: int
    LW_STATUS_OTHER: int
    LW_FAILURE_USER: int
    LW_FILE_ARTIFACT: int
    LW_FILE_SOURCE: int
    LW_READS_HISTORY: int

    def __getattr__(self, name: str) -> Any: ...
