"""What a link carries for things that no widget can bind: one parameter, `s`.

    s = "1." + base64url, without padding, of {"edits": [[stage, head, row, col, value], ...]}

The number in front is the version. A link is never trusted: its length, its encoding, its shape and each edit are
checked, and what is wrong is said in one line. `assets/stage/edits/edits.js` writes the same.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from typing import Any

from attnlab.engine import Edit, SpecError
from attnlab.engine.edits import MAX_EDITS

VERSION = 1
MAX_CHARACTERS = 6000
_FIELDS = 5
LARGE = 2**53  # whole numbers beyond have no float of their own; `Edit` refuses them
_SHAPE = re.compile(r"([0-9]{1,6})\.([A-Za-z0-9_-]*)")


def encoded(edits: Sequence[Edit]) -> str:
    """The parameter for these edits; empty for none."""
    if not edits:
        return ""
    rows = [[edit.stage, edit.head, edit.row, edit.col, edit.value] for edit in edits]
    text = json.dumps({"edits": rows}, separators=(",", ":"), allow_nan=False)
    return f"{VERSION}." + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(text: str) -> tuple[Edit, ...]:
    """The edits in a parameter.

    Raises:
        SpecError: too long, of another version, damaged, or an edit that no layer has.
    """
    if not text:
        return ()
    if len(text) > MAX_CHARACTERS:
        message = f"s ({len(text)} characters) must be at most {MAX_CHARACTERS} long"
        raise SpecError("s", "most", message, got=len(text), most=MAX_CHARACTERS)
    return tuple(Edit(*row) for row in _rows(_content(text)))


def check(text: str) -> str | None:
    """A `links.Check`: what is allowed, if the parameter is not."""
    try:
        decoded(text)
    except SpecError as error:
        return f"edits as this app writes them: {error}"
    return None


def _content(text: str) -> Any:
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise SpecError("s", "damaged", "s must be a version, a full stop and base64url")
    version, body = int(shape[1]), shape[2]
    if version > VERSION:
        message = f"s is of version {version}, newer than this app, which reads version {VERSION}"
        raise SpecError("s", "version", message, got=version, newest=VERSION)
    if version < VERSION:
        message = f"s is of version {version}, which never was; this app reads version {VERSION}"
        raise SpecError("s", "version", message, got=version, newest=VERSION)
    try:
        return json.loads(base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise SpecError("s", "damaged", "s is damaged: it does not decode") from error


def _rows(content: Any) -> list[list[Any]]:
    rows = content.get("edits") if isinstance(content, dict) and set(content) == {"edits"} else None
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == _FIELDS for row in rows):
        raise SpecError("s", "damaged", "s must hold a list of edits of five entries each")
    if len(rows) > MAX_EDITS:
        raise SpecError(
            "s", "most", f"s ({len(rows)} edits) must hold at most {MAX_EDITS}", got=len(rows), most=MAX_EDITS
        )
    return [[stage, head, row, col, _number(value)] for stage, head, row, col, value in rows]


def _number(value: Any) -> Any:
    """JSON knows no difference between 1 and 1.0, and two links that say the same should find the same picture."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGE else value
