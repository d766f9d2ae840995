"""What a worker leaves to be read about a run.

It is stored in English, for the log and the command line; a page finds out which sentence it is and says it in its own
words. A message that is none of these is an error's own, or an older program's: it says itself.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

NOTES: Mapping[str, str] = MappingProxyType(
    {
        "attempts": "{count} workers ended while they trained it.",
        "out_of_memory": "Out of memory. Choose smaller contenders or smaller batches.",
        "program_error": "Training ended by an error in the program; the log of its worker says which.",
        "resumed": "Resumed at step {step}.",
        "resumed_after": "Resumed at step {step} after a worker ended.",
        "unwatched": "Nobody was watching.",
        "no_workers": "The workers that train could not be started; the server's log says why. It is tried again.",
        "no_scheduler": "The scheduler of the workers cannot be reached. It is tried again.",
    }
)
"""By name, with their blanks, which are whole numbers."""
_PATTERNS = {name: re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>\\d+)", re.escape(text))) for name, text in NOTES.items()}


def note(name: str, **values: int) -> str:
    """A sentence as it is stored."""
    return NOTES[name].format(**values)


def told_by(message: str) -> tuple[str, dict[str, int]] | None:
    """Which sentence a message is, with the values of its blanks; None if it is none of ours."""
    for name, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(message):
            return name, {blank: int(value) for blank, value in found.groupdict().items()}
    return None
