"""Bounds on sizes, checked on the server: a widget's limits are only a courtesy."""

import reprlib

from attnlab.engine import SpecError

MAX_SEQ_LEN = 8192
MAX_BATCH_SIZE = 8192


class SizeError(SpecError):
    """A size is out of bounds."""


def check_whole(field: str, value: object, low: int, high: int) -> None:
    """Refuse a value that is no whole number from low to high.

    Raises:
        SizeError: naming field, value and range.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        message = f"{field} ({reprlib.repr(value)}) must be a whole number between {low} and {high}"
        raise SizeError(field, "whole", message, got=reprlib.repr(value))
    if not low <= value <= high:
        message = f"{field} ({value}) must be between {low} and {high}"
        raise SizeError(field, "range", message, got=value, low=low, high=high)


def length_or_default(seq_len: int | None, default: int, low: int) -> int:
    """T: the length asked for, or the preset's if none is.

    Raises:
        SizeError: seq_len is not between low and `MAX_SEQ_LEN`.
    """
    if seq_len is None:
        return default
    check_whole("seq_len", seq_len, low, MAX_SEQ_LEN)
    return seq_len


def only_length(seq_len: int | None, length: int) -> None:
    """Refuse another length, where a task has only one.

    Raises:
        SizeError: seq_len is neither None nor length.
    """
    if seq_len not in (None, length):
        message = f"seq_len ({seq_len}) must be {length}, the only length of this task"
        raise SizeError("seq_len", "differs", message, got=seq_len, wanted=length)
