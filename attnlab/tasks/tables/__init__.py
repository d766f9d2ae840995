"""A stranger's file as rows of cells: what it is written in, what parts its cells, which column is which.

Bytes to text (`decoding`), text to rows (`rows`), how a file is read as a whole (`reading`), and a guess of all of it
(`guessing`), which page and command line share. What the rows mean, `csv_table` and `parallel_text` know.
"""

from attnlab.tasks.tables.decoding import ENCODINGS
from attnlab.tasks.tables.errors import TableError
from attnlab.tasks.tables.guessing import PARALLEL, TEXTS, Given, Roles, first_rows, guessed
from attnlab.tasks.tables.reading import Reading, Sheet, cells_of, columns_of, opened
from attnlab.tasks.tables.rows import SEPARATORS

__all__ = [
    "ENCODINGS",
    "PARALLEL",
    "SEPARATORS",
    "TEXTS",
    "Given",
    "Reading",
    "Roles",
    "Sheet",
    "TableError",
    "cells_of",
    "columns_of",
    "first_rows",
    "guessed",
    "opened",
]
