"""The border of the store: what comes in is what both databases can hold and give back unchanged.

PostgreSQL refuses NUL in text, no driver can send half a surrogate pair, and integers have 63 bits.
"""

import json
import math
import numbers
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import NoneType

from attnlab.training.store.errors import StoreError, UnknownRunError

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

MAX_WHOLE = 2**63 - 1
MAX_MESSAGE = 2_000
MAX_DEPTH = 12
SHOWN_KEY = 40
ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is mistaken for something else when read aloud
ID_LENGTH = 12

_ID = re.compile(f"[{ID_ALPHABET}]{{{ID_LENGTH}}}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")  # could reverse the text around a name


def checked_id(run: object) -> str:
    """A run's id as a link gives it, refused without asking the database where it cannot be one."""
    if not isinstance(run, str) or not _ID.fullmatch(run):
        raise UnknownRunError(run)
    return run


def checked_text(field: str, value: object, longest: int) -> str:
    """A line of text without control characters, stripped, not empty."""
    if not isinstance(value, str):
        raise StoreError(field, value, "text", "line")
    if len(value) > longest:
        allowed = f"at most {longest} characters long (got {len(value)})"
        raise StoreError(field, value, allowed, "long", most=longest)
    stripped = value.strip()
    if not any(unicodedata.category(sign)[0] not in "CZ" for sign in stripped):
        raise StoreError(field, value, "text with at least one visible character", "empty")
    if any(map(_is_control, stripped)) or _BIDI.search(stripped):
        raise StoreError(field, value, "text without line breaks and control characters", "line")
    return stripped


def cleaned_message(text: str) -> str:
    """A message that can be stored whatever it holds: it often comes from an exception, where a refusal is no help."""
    clean = "".join("\ufffd" if _is_control(sign) and sign not in "\n\t" else sign for sign in text[:MAX_MESSAGE])
    return clean if len(text) <= MAX_MESSAGE else clean[:-1] + "…"


def checked_whole(field: str, value: object, low: int = 0, high: int = MAX_WHOLE) -> int:
    """A whole number that both databases can hold."""
    if type(value) is not int and (not isinstance(value, numbers.Integral) or isinstance(value, bool)):
        raise StoreError(field, value, "a whole number", "whole")
    whole = int(value)
    if not low <= whole <= high:
        raise StoreError(field, whole, f"between {low} and {high}", "range", low=low, high=high)
    return whole


def checked_number(field: str, value: object, low: float = -math.inf, high: float = math.inf) -> float:
    """A number; NaN and infinities only where no bounds are given."""
    if type(value) is not float and (not isinstance(value, numbers.Real) or isinstance(value, bool)):
        raise StoreError(field, value, "a number", "number")
    bounded = (low, high) != (-math.inf, math.inf)
    try:
        number = float(value)
    except OverflowError:
        raise StoreError(field, value, "a number of double precision", "number") from None
    if bounded and not low <= number <= high:  # NaN fails too
        allowed = f"a number from {low:g} to {high:g}"
        raise StoreError(field, number, allowed, "range", low=low, high=high)
    return number


def checked_time(field: str, value: object) -> datetime:
    """A point in time with a zone, in UTC."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise StoreError(field, value, "a time with a time zone")
    return value.astimezone(UTC)


def json_text(field: str, value: object, most_bytes: int) -> str:
    """A value as strict JSON that reads back as the same value.

    Raises:
        StoreError: NaN, infinity, a type JSON lacks, text that PostgreSQL refuses, or too large; `field` is the path
            to it, such as "config.settings.lr".
    """
    _check_json(field, value)
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"), default=dict)  # of another Mapping
    except ValueError:  # a whole number of more than 4300 digits
        raise StoreError(field, "...", "JSON with numbers of at most 64 bits") from None
    if len(text) > most_bytes:
        raise StoreError(field, f"{len(text)} bytes", f"at most {most_bytes} bytes of JSON")
    return text


def _check_json(path: str, value: object, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        raise StoreError(path, "...", f"at most {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        _check_json_text(path, value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise StoreError(path, value, "a finite number")
    elif not isinstance(value, (NoneType, bool, int, float, Mapping, list, tuple)):
        raise StoreError(path, value, "JSON: text, number, true, false, null, list or object")
    for child_path, child in _children(path, value):
        _check_json(child_path, child, depth + 1)


def _children(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, (list, tuple)):
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise StoreError(path, key, "JSON: a key is text")
            _check_json_text(path, key)
            yield f"{path}.{key[:SHOWN_KEY]}", item


def _check_json_text(path: str, text: str) -> None:
    if _UNSTORABLE.search(text):
        raise StoreError(path, text, "text without NUL and lone surrogates")


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}
