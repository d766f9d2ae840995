"""A table of points with what made it, as a file: `assets/costs.json`, or one that is being written."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from attnlab.costs.mechanisms import MECHANISMS
from attnlab.costs.points import Point
from attnlab.costs.sizes import WORKS, Sizes
from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice
from attnlab.row_files import write_rows

FORMAT, COMMAND = 2, "costs"
ABOUT = (
    "One causal layer on one sequence, float32, weights and inputs at hand; without norm, feed-forward part or "
    "positions. 'seconds' is the median of 'runs' runs, by the clock that its origin names: 'processor' is the time of "
    "the one thread that computes. 'peak_bytes' is what one run holds at once beyond weights and inputs, as torch's "
    "allocator tells. 'flops' is what torch.utils.flop_counter counts. Both are null where they were not counted; they "
    "may have been later than the seconds, by the same torch on the same kind of device: they do not hang on the rest."
)
MACHINE = ("processor", "python", "torch", "device", "threads", "clock")


@dataclass(frozen=True)
class Origin:
    """What measured points, and when that began."""

    machine: Mapping[str, str]  # by `MACHINE`
    date: str  # of the day, ISO
    busy: bool = False  # whether other programs kept its processors at work


@dataclass(frozen=True)
class CostTable:
    """What was measured, by what, and when."""

    points: tuple[Point, ...]
    base: Sizes  # of the curves
    origins: tuple[Origin, ...]  # of the points, by their number
    planned: int  # points
    done: int  # points that were measured, or left out because of a bound
    complete: bool  # nothing is left to do


def write_table(table: CostTable, path: Path) -> None:
    """Write it whole: who reads meanwhile finds the last one.

    Raises:
        OSError: the file cannot be written.
    """
    rows = [{**asdict(point), "sizes": asdict(point.sizes)} for point in table.points]
    head = {"format": FORMAT, "command": COMMAND, "about": ABOUT, "complete": table.complete}
    head |= {"planned": table.planned, "done": table.done, "base": asdict(table.base)}
    head |= {"origins": [{**asdict(one), "machine": dict(one.machine)} for one in table.origins]}
    write_rows(path, head, {"points": rows})


def read_table(path: Path) -> CostTable:
    """What `write_table` wrote.

    Raises:
        SpecError: there is no such file, or it is not one.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["command"] != COMMAND or found["format"] != FORMAT:
            raise ValueError("of another command or format")
        origins = tuple(map(_origin, found["origins"]))
        if not origins:
            raise ValueError("of no origin")
        return CostTable(
            points=tuple(_point(row, len(origins)) for row in found["points"]),
            base=Sizes(**found["base"]),
            origins=origins,
            planned=int(found["planned"]),
            done=int(found["done"]),
            complete=found["complete"] is True,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"table ({str(path)!r:.120}) must be a file that `python -m attnlab costs --json` has written"
        raise SpecError("table", "form", message, got=path.name) from error


def _origin(row: Mapping[str, Any]) -> Origin:
    return Origin({name: str(row["machine"][name]) for name in MACHINE}, str(row["date"]), row["busy"] is True)


def _point(row: Mapping[str, Any], origins: int) -> Point:
    check_choice("mechanism", row["mechanism"], MECHANISMS)
    check_choice("work", row["work"], WORKS)
    seconds, origin = float(row["seconds"]), int(row["origin"])
    if not seconds > 0 or not 0 <= origin < origins:
        raise ValueError("seconds must be above 0, and origin a number of an origin")
    peak_bytes, flops = (None if row[name] is None else int(row[name]) for name in ("peak_bytes", "flops"))
    sizes, runs = Sizes(**row["sizes"]), int(row["runs"])
    return Point(row["mechanism"], row["work"], sizes, seconds, runs, peak_bytes, flops, origin)
