"""Exceptions: one for each kind of error that the library tells."""
from __future__ import annotations


class Error(Exception):
    """What the library says went wrong. `code` is its number, `name` its name, such as ``LW_ENOTFOUND``."""

    code: int = 0
    name: str = ""


class NothingToSuggest(Error):
    """There is nothing (more) to suggest: see its subclasses."""


class Exhausted(NothingToSuggest):
    """Every configuration of the space was suggested."""


class BudgetReached(NothingToSuggest):
    """The experiment has all its runs, or its target."""


class Paused(NothingToSuggest):
    """The experiment is paused."""


class InvalidError(Error, ValueError):
    """An argument is not valid."""


class ParseError(Error, ValueError):
    """A file or text is wrong."""


class NotFoundError(Error, LookupError):
    """No such experiment, run, file or type."""


class ConflictError(Error):
    """Someone else was first, or a result is there already."""


class UnavailableError(Error, ConnectionError):
    """The store is away, locked or full; trying again may help."""


class StoreError(Error):
    """The store is damaged, or cannot be used as it is."""


class IOFailedError(Error, OSError):
    """Reading or writing failed."""


class UnsatisfiableError(Error):
    """No configuration satisfies the constraints."""


class UnsupportedError(Error, NotImplementedError):
    """This cannot be expressed or done here."""


class NumericError(Error, ArithmeticError):
    """A computation failed numerically."""


class InterruptedRunError(Error):
    """Stopped by the caller."""


class ForkedError(Error):
    """The handle was opened before a fork: open it again in the child."""


BY_NAME: dict[str, type[Error]] = {
    "LW_EXHAUSTED": Exhausted,
    "LW_BUDGET_REACHED": BudgetReached,
    "LW_PAUSED": Paused,
    "LW_EINVAL": InvalidError,
    "LW_EPARSE": ParseError,
    "LW_ENOTFOUND": NotFoundError,
    "LW_ECONFLICT": ConflictError,
    "LW_EUNAVAILABLE": UnavailableError,
    "LW_ESTORE": StoreError,
    "LW_EIO": IOFailedError,
    "LW_EUNSATISFIABLE": UnsatisfiableError,
    "LW_EUNSUPPORTED": UnsupportedError,
    "LW_ENUMERIC": NumericError,
    "LW_EINTERRUPTED": InterruptedRunError,
}


#: The library names options as the command has them; here they are arguments.
_ARGUMENTS = {"--new-version": "new_version=True", "--force": "force=True"}


def error_of(code: int, name: str, message: str) -> Exception:
    """The exception for a code of the library."""
    if name == "LW_ENOMEM":
        return MemoryError(message)
    error = BY_NAME.get(name, Error)(_for_python(name, message))
    error.code = code
    error.name = name
    return error


def _for_python(name: str, message: str) -> str:
    """The sentence with arguments in place of the command's options, which only refusals name."""
    if name == "LW_ECONFLICT":
        for option, argument in _ARGUMENTS.items():
            message = message.replace(option, argument)
    return message
