"""python -m labwatch.convert: results of other tools become runs."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .. import errors
from . import StudyToSave, read_hyperopt, read_optuna, read_smac


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m labwatch.convert",
        description="Imports a study of another tool into an experiment, whose optimizer learns from it at once. "
                    "What was imported before is skipped.")
    tools = parser.add_subparsers(dest="tool", required=True, metavar="TOOL")

    optuna = tools.add_parser("optuna", help="an SQLite file or a journal of Optuna")
    optuna.add_argument("source", help="sqlite:///study.db, or the path of an SQLite file or journal")
    optuna.add_argument("--study", help="which study, if there are several")
    optuna.add_argument("--objective", type=int, default=0, help="which objective, from 0, if it has several")

    hyperopt = tools.add_parser("hyperopt", help="a pickled Trials object of hyperopt; it is not executed")
    hyperopt.add_argument("source", help="the file")
    hyperopt.add_argument("--space", required=True, help="a file with the search space, by hyperopt's labels")

    smac = tools.add_parser("smac", help="a run history of SMAC3")
    smac.add_argument("source", help="runhistory.json, or its folder")
    smac.add_argument("--space", help="a file with the search space; without it configspace.json beside it")

    for tool in (optuna, hyperopt, smac):
        tool.add_argument("--to", metavar="STORE", help="where to: $LABWATCH_STORE, else sqlite:labwatch.db")
        tool.add_argument("--name", help="the experiment; without it the study's name")
    return parser


def _read(given: argparse.Namespace) -> StudyToSave:
    if given.tool == "optuna":
        return read_optuna(given.source, given.study, given.objective)
    if given.tool == "hyperopt":
        return read_hyperopt(given.source, given.space, given.name)
    return read_smac(given.source, given.space, given.name)


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done; 1: it failed; 2: the command line or a file is wrong; 75: the store is away; 130: interrupted."""
    given = _parser().parse_args(arguments)
    try:
        print(_read(given).save(given.to, given.name))
    except errors.UnavailableError as error:
        print(f"{error}", file=sys.stderr)
        return 75
    except (ValueError, OSError) as error:
        print(f"{error}", file=sys.stderr)
        return 2
    except errors.Error as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
