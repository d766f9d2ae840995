"""A table that a learner brings: how its cells are separated, and which column is which."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from attnlab.prose import page_prose
from attnlab.tasks import TableError
from attnlab.tasks.csv_table import SEPARATORS, read_columns

SEPARATOR_NAMES = dict(zip(SEPARATORS, ("comma", "semicolon", "tab"), strict=True))


@dataclass(frozen=True)
class OwnTable:
    """A file, and what its reader was told about it."""

    data: bytes
    separator: str
    columns: tuple[str, ...]  # as the header calls those that were asked for


def own_table(words: Mapping[str, str], columns: Mapping[str, int], example: bytes, *, key: str) -> OwnTable | None:
    """An uploaded table; None after saying that there is none yet, with an example of one to take.

    Args:
        words: "upload", "upload_help", "missing", and for each column "<name>_column".
        columns: which are asked for: their most probable names, and where each is if no column has its name.
        example: a table that would do.
        key: of the widgets.

    Raises:
        TableError: not a table.
    """
    said = page_prose("training")["form"]
    file = st.file_uploader(words["upload"], help=words["upload_help"], key=key)
    if file is None:
        st.info(words["missing"], icon=":material/upload_file:")
        st.download_button(said["example"], example, "example.csv", "text/csv", on_click="ignore", key=f"{key}_example")
        return None
    data = file.getvalue()
    found, header = separator_and_columns(data)
    with st.container(horizontal=True):
        separator = st.selectbox(
            said["separator"],
            SEPARATORS,
            index=SEPARATORS.index(found),
            format_func=lambda sign: said["separators"][SEPARATOR_NAMES[sign]],
            key=f"{key}_separator_{file.file_id}",
            width=150,
        )
        chosen = [
            st.selectbox(
                words[f"{name}_column"],
                header,
                index=guessed_column(header, name, otherwise),
                key=f"{key}_{name}_{file.file_id}",
            )
            for name, otherwise in columns.items()
        ]
    return OwnTable(data, separator, tuple(chosen))


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
