"""From what was typed to values, or a refusal that names the option."""

from collections.abc import Callable
from typing import TypeVar

from attnlab.engine import SpecError

Value = TypeVar("Value")


def whole(name: str, text: str) -> int:
    """A whole number."""
    return _read(name, text, int, "a whole number")


def given(_name: str, text: str) -> str:
    """The text itself: whoever knows what is allowed reads it."""
    return text.strip()


def number(name: str, text: str) -> float:
    """A number; NaN and the infinities are left to whoever knows the bounds."""
    return _read(name, text, float, "a number")


def names(name: str, text: str) -> tuple[str, ...]:
    """Names between commas."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise SpecError(name, "form", f"{name} ({text!r:.60}) must be names with commas between them", got=text)
    return parts


def wholes(name: str, text: str) -> tuple[int, ...]:
    """Different whole numbers between commas."""
    numbers = tuple(whole(name, part) for part in names(name, text))
    if len(set(numbers)) < len(numbers):
        raise SpecError(
            name, "twice", f"{name} ({text!r:.60}) must be different numbers with commas between them", got=text
        )
    return numbers


def pair(name: str, text: str, read: Callable[[str, str], Value]) -> tuple[str, Value]:
    """A name and its value, "name=value"."""
    key, equals, value = text.partition("=")
    if not (key.strip() and equals):
        raise SpecError(name, "form", f"{name} ({text!r:.60}) must be name=value", got=text)
    return key.strip(), read(key.strip(), value)


def pairs(name: str, texts: list[str], read: Callable[[str, str], Value]) -> dict[str, Value]:
    """Names and values; each name once."""
    found: dict[str, Value] = {}
    for text in texts:
        for part in names(name, text):
            key, value = pair(name, part, read)
            if key in found:
                raise SpecError(name, "twice", f"{name} ({key!r:.60}) must be given once", got=key)
            found[key] = value
    return found


def one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    """A name among those allowed."""
    if text not in allowed:
        raise SpecError(
            name, "choice", f"{name} ({text!r:.60}) must be one of {', '.join(allowed)}", got=text, choices=allowed
        )
    return text


def _read(name: str, text: str, kind: Callable[[str], Value], what: str) -> Value:
    try:
        return kind(text)
    except ValueError as error:
        raise SpecError(name, "form", f"{name} ({text!r:.60}) must be {what}", got=text) from error
