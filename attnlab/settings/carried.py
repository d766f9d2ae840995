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
    return packed({"edits": rows_of(edits)}) if edits else ""


def decoded(text: str) -> tuple[Edit, ...]:
    """The edits in a parameter.

    Raises:
        SpecError: too long, of another version, damaged, or an edit that no layer has.
    """
    if not text:
        return ()
    content = content_of("s", text)
    return edits_of("s", content.get("edits") if isinstance(content, dict) and set(content) == {"edits"} else None)


def check(text: str) -> str | None:
    """A `links.Check`: what is allowed, if the parameter is not."""
    try:
        decoded(text)
    except SpecError as error:
        return f"edits as this app writes them: {error}"
    return None


def packed(content: Any) -> str:
    """JSON values as a parameter, behind the version."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return f"{VERSION}." + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def content_of(name: str, text: str) -> Any:
    """The JSON values in a parameter.

    Args:
        name: of the parameter.
        text: what the link says.

    Raises:
        SpecError: too long, of another version, or damaged.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"{name} ({len(text)} characters) must be at most {MAX_CHARACTERS} long"
        raise SpecError(name, "most", message, got=len(text), most=MAX_CHARACTERS)
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise SpecError(name, "damaged", f"{name} must be a version, a full stop and base64url")
    version, body = int(shape[1]), shape[2]
    if version > VERSION:
        message = f"{name} is of version {version}, newer than this app, which reads version {VERSION}"
        raise SpecError(name, "version", message, got=version, newest=VERSION)
    if version < VERSION:
        message = f"{name} is of version {version}, which never was; this app reads version {VERSION}"
        raise SpecError(name, "version", message, got=version, newest=VERSION)
    try:
        return json.loads(base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise SpecError(name, "damaged", f"{name} is damaged: it does not decode") from error


def rows_of(edits: Sequence[Edit]) -> list[list[Any]]:
    """Edits as JSON values."""
    return [[edit.stage, edit.head, edit.row, edit.col, edit.value] for edit in edits]


def edits_of(name: str, rows: Any) -> tuple[Edit, ...]:
    """The edits of one layer in JSON values.

    Raises:
        SpecError: they are no such list, too many, or an edit that no layer has.
    """
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) == _FIELDS for row in rows):
        raise SpecError(name, "damaged", f"{name} must hold a list of edits of five entries each")
    if len(rows) > MAX_EDITS:
        message = f"{name} ({len(rows)} edits) must hold at most {MAX_EDITS}"
        raise SpecError(name, "most", message, got=len(rows), most=MAX_EDITS)
    return tuple(Edit(stage, head, row, col, _number(value)) for stage, head, row, col, value in rows)


def _number(value: Any) -> Any:
    """JSON knows no difference between 1 and 1.0, and two links that say the same should find the same picture."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGE else value
