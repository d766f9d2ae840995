"""What commands write: text for people, JSON for programs."""

import json
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attnlab.engine import SpecError

FORMAT = 1  # of the JSON; a change that an older reader would misread raises it


def say(text: str) -> None:
    """A line for people who asked for it, on stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note_down(text: str) -> None:
    """A line beside what was asked for, on stderr."""
    sys.stderr.write(f"{one_line(text)}\n")
    sys.stderr.flush()


def one_line(message: str) -> str:
    """The message on one line, without anything that a terminal would obey."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in " ".join(message.split()))


def checked_path(text: str | None) -> Path | None:
    """Where JSON will go, refused before the work that leads to it.

    Raises:
        SpecError: a folder, or a file in a folder that there is not.
    """
    if text is None:
        return None
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise SpecError("json", "form", f"json ({text!r:.120}) must be a file in a folder that exists", got=text)
    return path


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Strict JSON: what is not finite is null.

    Raises:
        OSError: the file cannot be written.
    """
    text = json.dumps(finite({"format": FORMAT, **content}), indent=1, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def finite(value: Any) -> Any:
    """The same with None for NaN and infinities, at every depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value
