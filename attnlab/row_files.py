"""Tables that are shipped: JSON with a row a line, so that a change of one number is a change of one line."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def write_rows(path: Path, head: Mapping[str, Any], rows: Mapping[str, Iterable[Any]]) -> None:
    """Write a table whole: who reads meanwhile finds the last one.

    Args:
        path: of the file.
        head: JSON values by name.
        rows: lists of JSON values by name, behind the head.

    Raises:
        OSError: the file cannot be written.
        ValueError: a number of the rows that is not finite.
    """
    lists = (f' "{name}": [\n{_lines(each)}\n ]' for name, each in rows.items())
    text = json.dumps(head, indent=1).removesuffix("\n}") + ",\n" + ",\n".join(lists) + "\n}\n"
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _lines(rows: Iterable[Any]) -> str:
    return ",\n".join(f"  {json.dumps(row, allow_nan=False)}" for row in rows)
