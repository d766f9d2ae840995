"""Which command was meant; and what becomes of its errors."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from attnlab.cli.terminal.output import one_line
from attnlab.engine import SpecError

FAILED, REFUSED, INTERRUPTED = 1, 2, 130
COMMANDS = {
    "race": "train contenders side by side on one task",
    "tasks": "list tasks, their sizes and what needs no learning",
    "tune": "regenerate the table of learning rates",
    "runs": "list, delete, pin, prune, back up and restore the runs of the app's store",
    "claims": "put what one reads about attention to the test, and print verdicts and figures",
    "models": "list pretrained models that can be opened here, and compare them with transformers",
    "lessons": "list the lessons and check every answer and goal of theirs with the engine",
    "costs": "measure what attention and its rivals cost in time and memory; regenerates assets/costs.json",
    "shrink": "cut a translator's heads and store its weights in few bits; regenerates assets/smaller.json",
    "sweep": "race over tasks, budgets and seeds on a Dask cluster; regenerates the comparison table",
}
"""Each is a module of this folder, with `add_options` and `run`."""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose refusals take one line."""

    def error(self, message: str) -> NoReturn:
        """End with the reason alone; `--help` has the usage."""
        self.exit(REFUSED, f"{self.prog}: {one_line(message)}\n")


def main(arguments: Sequence[str]) -> int:
    """Run one command.

    Args:
        arguments: as typed, without the program's name.

    Returns:
        The exit code.

    Raises:
        SystemExit: after `--help`, or for a command or an option that there is not.
    """
    name = arguments[0] if arguments and arguments[0] in COMMANDS else None
    module = import_module(f"attnlab.cli.{name}") if name else None
    reader = parser(module.add_options if module else None, name)
    options = reader.parse_args(arguments)
    if module is None:
        reader.error(f"command ({arguments[0]!r:.60}) must come first, and be one of {', '.join(COMMANDS)}")
    try:
        code: int = module.run(options)
        return code
    except SpecError as error:
        return _told(name, str(error), REFUSED)
    except OSError as error:
        what = f"{error.strerror}: {error.filename!r}" if error.filename else str(error)
        return _told(name, what, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def parser(add_options: Callable[[argparse.ArgumentParser], None] | None, name: str | None) -> OneLineParser:
    """All commands; the options of the one that is meant, because those of another would cost its imports."""
    root = OneLineParser(prog="python -m attnlab", description="Attention Lab without a browser.")
    commands = root.add_subparsers(dest="command", required=True, metavar="command")
    for command, about in COMMANDS.items():
        description = f"{about[0].upper()}{about[1:]}."
        made = commands.add_parser(command, help=about, description=description, allow_abbrev=False)
        if command == name and add_options is not None:
            add_options(made)
    return root


def _told(name: str | None, message: str, code: int) -> int:
    sys.stderr.write(f"python -m attnlab {name}: {one_line(message)}\n")
    return code
