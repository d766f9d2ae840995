"""A table that a learner has uploaded: how its cells are separated, and which column is probably which."""

from attnlab.tasks import TableError
from attnlab.tasks.csv_table import SEPARATORS, read_columns


def separator_and_columns(data: bytes) -> tuple[str, list[str]]:
    """The separator that gives the most columns, and their names.

    Raises:
        TableError: not a table.
    """
    found, refusals = [], []
    for separator in SEPARATORS:
        try:
            found.append((separator, list(read_columns(data, separator=separator))))
        except TableError as refused:
            refusals.append(refused)
    if not found:
        raise refusals[0]
    return max(found, key=lambda pair: len(pair[1]))


def guessed_column(columns: list[str], name: str, otherwise: int) -> int:
    """Where the column of that name is, whatever its case; else the one that is named otherwise."""
    lowered = [column.lower() for column in columns]
    return lowered.index(name) if name in lowered else otherwise % len(columns)
