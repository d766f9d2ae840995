"""What was measured of smaller models, with what made it, as a file: `assets/smaller.json`, or one being written."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice
from attnlab.paths import ASSETS
from attnlab.row_files import write_rows
from attnlab.training.smaller.heads import PARTS, Head
from attnlab.training.smaller.measuring import Score, Shrunk, Stored, Without

TABLE = ASSETS / "smaller.json"
FORMAT, COMMAND = 1, "shrink"
ABOUT = (
    "The Transformer that translates on its page. 'stored': its matrices in so many bits, symmetric whole steps by "
    "row, biases and norms in float32; 'size' is the bytes of that file. 'alone': each head silent by itself. 'cut': "
    "one after the other, the head next that costs the least loss on training sentences. 'exact' is the share of "
    "'examples' held-out sentences that are written word for word, 'chrf' is chrF2. Layers and heads count from 0."
)
MACHINE = ("processor", "python", "torch")


@dataclass(frozen=True)
class Table:
    """What was measured, by what, and when."""

    shrunk: Shrunk
    machine: Mapping[str, str]  # by `MACHINE`
    date: str  # of the day, ISO


def write_table(table: Table, path: Path) -> None:
    """Write it whole: who reads meanwhile finds the last one.

    Raises:
        OSError: the file cannot be written.
    """
    found = table.shrunk
    head = {"format": FORMAT, "command": COMMAND, "about": ABOUT, "complete": found.complete, "date": table.date}
    head |= {"machine": dict(table.machine), "examples": found.examples}
    rows = {
        "heads": [asdict(head) for head in found.heads],
        "stored": [{"bits": one.bits, "size": one.size, **asdict(one.score)} for one in found.stored],
        "alone": [{**asdict(one.head), **asdict(one.score)} for one in found.alone],
        "cut": [{**asdict(one.head), **asdict(one.score)} for one in found.cut],
    }
    write_rows(path, head, rows)


def read_table(path: Path = TABLE) -> Table:
    """What `write_table` wrote.

    Raises:
        SpecError: there is no such file, or it is not one.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["command"] != COMMAND or found["format"] != FORMAT:
            raise ValueError("of another command or format")
        shrunk = Shrunk(
            examples=int(found["examples"]),
            heads=tuple(map(_head, found["heads"])),
            stored=tuple(Stored(int(row["bits"]), int(row["size"]), _score(row)) for row in found["stored"]),
            alone=tuple(Without(_head(row), _score(row)) for row in found["alone"]),
            cut=tuple(Without(_head(row), _score(row)) for row in found["cut"]),
        )
        return Table(shrunk, {name: str(found["machine"][name]) for name in MACHINE}, str(found["date"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"table ({str(path)!r:.120}) must be a file that `python -m attnlab shrink --json` has written"
        raise SpecError("table", "form", message, got=path.name) from error


def _head(row: Mapping[str, Any]) -> Head:
    check_choice("part", row["part"], PARTS)
    return Head(row["part"], int(row["layer"]), int(row["head"]))


def _score(row: Mapping[str, Any]) -> Score:
    return Score(float(row["exact"]), float(row["chrf"]))
