"""What the engine's border says when it refuses something."""

from typing import Literal

Code = Literal[
    "alike",
    "ambiguous",
    "archive",
    "as_long",
    "beside",
    "budget",
    "busy",
    "byte",
    "bytes",
    "cell",
    "cell_number",
    "cells",
    "choice",
    "classes",
    "closed",
    "column",
    "columns",
    "constant",
    "costly",
    "damaged",
    "date",
    "date_twice",
    "day_order",
    "device",
    "device_memory",
    "different",
    "differs",
    "divides",
    "empty",
    "encoding",
    "even",
    "examples",
    "few_texts",
    "finite",
    "fixed",
    "flag",
    "foreign",
    "form",
    "gaps",
    "inputs",
    "kind",
    "lags",
    "letter",
    "line",
    "link",
    "long",
    "memory",
    "missing",
    "most",
    "multiple",
    "no_cells",
    "no_dates",
    "no_file",
    "no_step",
    "none_here",
    "not_here",
    "not_now",
    "nul",
    "number",
    "odd",
    "one_column",
    "overflow",
    "places",
    "range",
    "rows",
    "same",
    "sentences",
    "short",
    "taken",
    "tensors",
    "twice",
    "unknown",
    "unreadable",
    "varied",
    "version",
    "vocabulary",
    "waiting",
    "whole",
    "wide",
    "words",
]
CODES: dict[Code, tuple[str, ...]] = {
    "alike": (),  # two texts that a model tells apart in nothing
    "ambiguous": ("got", "at", "choices"),  # a letter of DNA that stands for several
    "archive": ("got",),  # no text but another kind of file, by the name of `FILE_KINDS`
    "as_long": ("got", "wanted"),  # two texts that must have as many tokens do not
    "beside": ("got", "other", "of"),  # it does not go with what another field holds
    "budget": ("got",),  # no width meets it
    "busy": (),  # nothing is wrong with it, but too much is asked of the machine at this moment
    "byte": ("got", "at", "encoding"),  # a byte that the encoding does not have
    "bytes": ("got", "most"),  # a file of too many bytes
    "cell": ("row", "column", "got", "most"),  # too many characters in a cell of a table
    "cell_number": ("row", "column", "got", "most"),  # a cell of a series that is no number, or too large a one
    "cells": ("row", "got", "wanted"),  # a row of a table has more cells than its header, or fewer
    "choice": ("got", "choices"),  # none of the names there are
    "classes": ("got", "low", "high"),  # too few classes to tell apart, or too many
    "closed": (),  # no question is open
    "column": ("got", "choices", "high"),  # no column of the table, by name or number
    "columns": ("got", "low", "high"),  # a table of too few or too many columns
    "constant": ("got",),  # values that are all alike
    "costly": ("got", "most"),  # more tokens than what is asked for can be computed of
    "damaged": (),  # it cannot be decoded
    "date": ("row", "column", "got"),  # a cell that is no date
    "date_twice": ("row", "column", "got"),  # a date that is there twice
    "day_order": ("column", "got"),  # dates that can be read in two ways
    "device": ("got", "choices"),  # this machine has none of that name
    "device_memory": ("got",),  # what is asked does not fit on the device
    "different": ("got",),  # several that must differ do not
    "differs": ("got", "wanted"),  # not what something else says it is
    "divides": ("got", "other", "of"),  # it must divide what another field holds
    "empty": ("got",),  # a text with nothing to read
    "encoding": ("got",),  # bytes that are no UTF-8
    "even": ("got",),  # an odd number
    "examples": ("got",),  # so many examples are missing on a side of the split
    "few_texts": ("got", "high"),  # classes of which there is a text to learn from and one to test with
    "finite": ("got",),  # NaN or infinite, where a tensor is named
    "flag": ("got",),  # neither true nor false
    "foreign": ("got",),  # tables of a database that somebody else has made
    "fixed": ("got", "low", "high"),  # a value that cannot be moved
    "form": ("got",),  # not written as it must be
    "gaps": ("got", "of", "least"),  # too few values for the dates there are
    "inputs": ("got", "least", "left"),  # so few inputs are left that they cannot be split
    "kind": ("got", "wanted"),  # of another type, or another kind of task or model
    "lags": ("got", "least", "left"),  # so many lags that too few values are left
    "letter": ("got", "at", "choices"),  # a sign that is no letter of DNA
    "line": ("got",),  # a text with line breaks or control characters
    "link": ("got", "allowed"),  # a parameter of a link that its check refuses
    "long": ("got", "most"),  # written in too many characters
    "memory": ("got", "most"),  # a step would not fit in memory; 0 if none would
    "missing": (),  # not given
    "most": ("got", "most"),  # too many, too long or too large
    "multiple": ("got", "other", "of"),  # it must be a multiple of what another field holds
    "no_cells": (),  # nothing is shown whose cells could be clicked
    "no_dates": (),  # a table of dates without one
    "no_file": ("got",),  # a store that other processes cannot open
    "no_step": (),  # no step of a lesson asks anything there
    "none_here": ("got",),  # none of its kind is installed
    "not_here": ("got",),  # what another machine has
    "not_now": ("got",),  # a deed that does not go with the state it found
    "nul": ("at",),  # a NUL in what should be text
    "number": ("got",),  # no number
    "odd": ("got",),  # an even number
    "one_column": ("high",),  # a table whose cells are probably parted by another sign
    "overflow": ("got",),  # the numbers grow too large for this dtype
    "places": ("most",),  # everything is taken: seats, rooms, streams, questions, rounds
    "range": ("got", "low", "high"),  # a number out of bounds; `high` is None where there is no end
    "rows": ("most",),  # a table of too many rows
    "same": ("got", "other"),  # two that must differ do not
    "sentences": ("got", "least"),  # too few different sentences
    "short": ("got", "least"),  # a text of too few characters
    "taken": ("got", "other"),  # a column that another field has already
    "tensors": ("got",),  # a tensor missing, unknown, or of another shape or type
    "twice": ("got",),  # the same thing again
    "unknown": ("got",),  # nothing of that name is kept here
    "unreadable": ("got", "why"),  # a file, a store or a scheduler that does not answer
    "varied": ("got",),  # a text that repeats itself
    "version": ("got", "newest"),  # written by another version of the program
    "vocabulary": ("got",),  # so few words that every text is a test text
    "waiting": ("most",),  # too many commands that nobody has answered
    "whole": ("got",),  # no whole number
    "wide": ("most",),  # a row of too many cells
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
        super().__init__(field, code, message)  # all three, so that it survives the way from a worker process
        self.field = field
        self.code: Code = code
        self.values = values

    def __str__(self) -> str:
        return str(self.args[2])
