"""What the engine's border says when it refuses something."""

from typing import Literal

Code = Literal[
    "alike",
    "as_long",
    "beside",
    "budget",
    "busy",
    "choice",
    "costly",
    "damaged",
    "device",
    "device_memory",
    "differs",
    "divides",
    "empty",
    "encoding",
    "finite",
    "flag",
    "form",
    "kind",
    "long",
    "memory",
    "missing",
    "most",
    "multiple",
    "none_here",
    "number",
    "overflow",
    "range",
    "same",
    "task",
    "tensors",
    "twice",
    "unknown",
    "unreadable",
    "version",
    "whole",
    "words",
]
CODES: dict[Code, tuple[str, ...]] = {
    "alike": (),  # two texts that a model tells apart in nothing
    "as_long": ("got", "wanted"),  # two texts that must have as many tokens do not
    "beside": ("got", "other", "of"),  # it does not go with what another field holds
    "budget": ("got",),  # no width meets it
    "busy": (),  # nothing is wrong with it, but too much is asked of the machine at this moment
    "choice": ("got", "choices"),  # none of the names there are
    "costly": ("got", "most"),  # more tokens than what is asked for can be computed of
    "damaged": (),  # it cannot be decoded
    "device": ("got", "choices"),  # this machine has none of that name
    "device_memory": ("got",),  # what is asked does not fit on the device
    "differs": ("got", "wanted"),  # not what something else says it is
    "divides": ("got", "other", "of"),  # it must divide what another field holds
    "empty": ("got",),  # a text with nothing to read
    "encoding": ("got",),  # bytes that are no UTF-8
    "finite": ("got",),  # NaN or infinite, where a tensor is named
    "flag": ("got",),  # neither true nor false
    "form": ("got",),  # not written as it must be
    "kind": ("got", "wanted"),  # of another type, or another kind of task or model
    "long": ("got", "most"),  # written in too many characters
    "memory": ("got", "most"),  # a step would not fit in memory; 0 if none would
    "missing": (),  # not given
    "most": ("got", "most"),  # too many, too long or too large
    "multiple": ("got", "other", "of"),  # it must be a multiple of what another field holds
    "none_here": ("got",),  # none of its kind is installed
    "number": ("got",),  # no number
    "overflow": ("got",),  # the numbers grow too large for this dtype
    "range": ("got", "low", "high"),  # a number out of bounds; `high` is None where there is no end
    "same": ("got", "other"),  # two that must differ do not
    "task": (),  # the task's own refusal, or its table's: the message is all there is
    "tensors": ("got",),  # a tensor missing, unknown, or of another shape or type
    "twice": ("got",),  # the same thing again
    "unknown": ("got",),  # nothing of that name is kept here
    "unreadable": ("got", "why"),  # a file, a store or a scheduler that does not answer
    "version": ("got", "newest"),  # written by another version of the program
    "whole": ("got",),  # no whole number
    "words": ("got", "choices"),  # no word of the vocabulary
}
"""Every way to refuse a field, with the values that come with it."""


class SpecError(ValueError):
    """A field is refused.

    The message says it in English, on the command line; a page says it in its own words, from what else is here.

    Attributes:
        field: what to change, so that it can be said beside its control.
        code: why.
        values: what was got and what is allowed, by the names that `CODES` has.
    """

    def __init__(self, field: str, code: Code, message: str, **values: object) -> None:
        super().__init__(message)
        self.field = field
        self.code: Code = code
        self.values = values
