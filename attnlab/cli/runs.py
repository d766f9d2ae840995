"""`runs`: what an administrator does with the run store: list, delete, pin, prune, back up, restore.

Not named as the page's housekeeping is: `sweep` is a command already, one that trains for hours.
"""

import argparse
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from attnlab.cli.terminal.output import one_line, say
from attnlab.cli.terminal.table import Cell, table
from attnlab.engine import SpecError
from attnlab.training.store import ADMINISTRATOR, RunStore, StoreError, StoreFault
from attnlab.training.store.address import STORE_VARIABLE, store_url
from attnlab.training.store.sql.database import database_time
from attnlab.training.store.upkeep.backup import back_up
from attnlab.training.store.upkeep.keeping import MEGABYTE, Holding, Limits, limits_in, limits_of, total_size
from attnlab.training.store.upkeep.restoring import EXISTING, restore

COLUMNS = ("run", "state", "name", "age", "bytes", "owner", "pinned")
SHOWN_OWNER = 6
UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is to be done, with the options of each."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    actions.add_parser("list", help="every run, newest first; the same owner has the same sign")
    for name, about in {
        "delete": "forget runs with all that is theirs",
        "pin": "keep runs when old ones go",
        "unpin": "keep them no longer",
    }.items():
        actions.add_parser(name, help=about).add_argument("ids", metavar="ID", nargs="+", help="as `list` has it")
    prune = actions.add_parser("prune", help="delete old runs; pinned and unfinished ones stay")
    prune.add_argument("--days", metavar="N", help="those that ended more than N days ago")
    prune.add_argument("--mb", metavar="N", help="and the oldest others, until the store holds N MB")
    prune.add_argument("--dry-run", action="store_true", help="say what would go, and let it stay")
    actions.add_parser("backup", help="write the whole store to a file").add_argument("file", metavar="FILE")
    restored = actions.add_parser("restore", help="bring back what `backup` wrote")
    restored.add_argument("file", metavar="FILE")
    restored.add_argument("--existing", choices=EXISTING, default=EXISTING[0], help="runs that the store already has")


def run(options: argparse.Namespace) -> int:
    """Do it, in the store that $ATTNLAB_STORE names or else the app's own, whether an app runs on it or not.

    Raises:
        SpecError: what is asked for cannot be.
        OSError: a file or the database fails.
    """
    try:
        store = RunStore(store_url())
        try:
            ACTIONS[options.action](store, options)
        finally:
            store.close()
    except StoreError as refused:
        field = STORE_VARIABLE if refused.field == "url" else refused.field
        raise SpecError(field, "form", str(refused).replace("url", field, 1), got=refused.got) from refused
    except StoreFault as fault:
        raise OSError(str(fault)) from fault
    return 0


def run_rows(holdings: Sequence[Holding], now: datetime) -> Iterator[tuple[Cell, ...]]:
    """A row for each run. Its owner is told by a sign, not by the secret that steers the run."""
    for holding in holdings:
        run, pinned = holding.run, "yes" if holding.run.pinned else None
        age, owner = age_text(now - run.created), owner_sign(run.owner)
        yield run.id, run.status, one_line(run.name), age, holding.size, owner, pinned


def age_text(age: timedelta) -> str:
    """In the largest unit of which there is at least one."""
    for unit, length in UNITS:
        if age >= length:
            return f"{age // length} {unit}"
    return f"0 {unit}"


def owner_sign(owner: str) -> str:
    """Some letters that tell owners apart."""
    return hashlib.blake2b(owner.encode()).hexdigest()[:SHOWN_OWNER]


def _list(store: RunStore, _options: argparse.Namespace) -> None:
    _show(store, store.keeping.holdings(), "held")


def _show(store: RunStore, holdings: Sequence[Holding], verb: str) -> None:
    with store.database.reading() as connection:
        now = database_time(connection)
    say(table(COLUMNS, run_rows(holdings, now)))
    say(f"\n{len(holdings)} runs, {total_size(holdings) / MEGABYTE:.1f} MB {verb}")


def _delete(store: RunStore, options: argparse.Namespace) -> None:
    for run_id in _known(store, options.ids):
        store.runs.delete(run_id, by=ADMINISTRATOR)
    store.datasets.sweep()
    say(f"{len(set(options.ids))} runs deleted")


def _pin(store: RunStore, options: argparse.Namespace) -> None:
    for run_id in _known(store, options.ids):
        store.runs.pin(run_id, by=ADMINISTRATOR, pinned=options.action == "pin")
    say(f"{len(set(options.ids))} runs {options.action}ned")


def _known(store: RunStore, ids: Sequence[str]) -> list[str]:
    """Each once, all of them there: a mistyped one stops the command before it has done anything."""
    return [store.runs.get(run_id).id for run_id in dict.fromkeys(ids)]


def _prune(store: RunStore, options: argparse.Namespace) -> None:
    gone = store.keeping.forget(_limits(options), dry_run=options.dry_run)
    _show(store, gone, "would go" if options.dry_run else "deleted")


def _limits(options: argparse.Namespace) -> Limits:
    """Those that were typed; otherwise the app's own."""
    typed = limits_of(options.days, options.mb, names=("days", "mb"))
    limits = typed if typed.any else limits_in(os.environ)
    if not limits.any:
        raise StoreError("days", options.days, "given, or mb: without a limit there is nothing to prune")
    return limits


def _back_up(store: RunStore, options: argparse.Namespace) -> None:
    path = Path(options.file)
    count = back_up(store.database, path)
    say(f"{count} runs, {path.stat().st_size / MEGABYTE:.1f} MB written")


def _restore(store: RunStore, options: argparse.Namespace) -> None:
    say(f"{restore(store, Path(options.file), options.existing)} runs restored")


ACTIONS: dict[str, Callable[[RunStore, argparse.Namespace], None]] = {
    "list": _list,
    "delete": _delete,
    "pin": _pin,
    "unpin": _pin,
    "prune": _prune,
    "backup": _back_up,
    "restore": _restore,
}
