"""A table that a learner brings: how it is read, which column is which, and a look at its first rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import streamlit as st

from attnlab.prose import name_of, page_prose
from attnlab.tasks.tables import ENCODINGS, SEPARATORS, TEXTS, Given, Reading, Roles, first_rows, guessed
from attnlab.text import for_spreadsheets, formula_safe
from attnlab.ui.kit.tables import guarded
from attnlab.ui.kit.taking.downloads import download
from attnlab.ui.races.plan_form import form_row
from attnlab.ui.races.uploads.notice import upload_notice

LOOK = 160
"""Characters of a cell that are shown."""


@dataclass(frozen=True)
class OwnTable:
    """A file, and how it is to be read."""

    data: bytes
    reading: Reading


def own_table(words: Mapping[str, str], roles: Roles, example: bytes, *, key: str) -> OwnTable | None:
    """An uploaded table; None after saying that there is none yet, with an example of one to take.

    All is guessed, and each guess can be changed; what follows from it is then guessed anew.

    Args:
        words: "upload", "upload_help", "missing", "text_column" and "label_column".
        roles: what the two columns are for.
        example: a table that would do.
        key: of the widgets.

    Raises:
        TableError: not a table.
    """
    prose = page_prose("training")
    said = prose["table"]
    upload_notice()
    file = st.file_uploader(words["upload"], help=words["upload_help"], key=key)
    if file is None:
        st.info(words["missing"], icon=":material/upload_file:")
        label, taken = prose["form"]["example"], for_spreadsheets(example.decode())
        download(label, taken, "example.csv", "text/csv", key=f"{key}_example")
        return None
    data = file.getvalue()
    with form_row():
        given, form = _form(data, roles, said, f"{key}_{{}}_{file.file_id}")
    reading = _columns(data, guessed(data, roles, given), roles, words, f"{form}_{given.header}")
    st.caption(_read_as(reading, said))
    _look(data, reading, roles.least)
    return OwnTable(data, reading)


def _form(data: bytes, roles: Roles, said: Mapping[str, str], key: str) -> tuple[Given, str]:
    """What the file is written in, what parts its cells, and whether its first row is data; and the key for the rest.

    A widget's key holds what the guess in it follows from: changed, it is another widget with another guess.
    """
    found = guessed(data, roles, Given())
    encoding = st.selectbox(
        said["encoding"],
        tuple(ENCODINGS),
        index=tuple(ENCODINGS).index(found.encoding),
        format_func=lambda name: name_of("encoding", name),
        help=said["encoding_help"],
        key=key.format("encoding"),
        width=250,
    )
    found, key = guessed(data, roles, Given(encoding=encoding)), f"{key}_{encoding}"
    separator = st.selectbox(
        said["separator"],
        tuple(SEPARATORS),
        index=tuple(SEPARATORS).index(found.separator),
        format_func=lambda sign: name_of("separator", SEPARATORS[sign]),
        key=key.format("separator"),
        width=150,
    )
    found, key = guessed(data, roles, Given(encoding=encoding, separator=separator)), f"{key}_{SEPARATORS[separator]}"
    header = st.checkbox(said["header"], value=found.header, help=said["header_help"], key=key.format("header"))
    return Given(encoding=encoding, separator=separator, header=header), key


def _columns(data: bytes, found: Reading, roles: Roles, words: Mapping[str, str], key: str) -> Reading:
    """The columns that are chosen; of texts and labels a second text too, if one is wanted."""
    said, (names, _) = page_prose("training")["table"], first_rows(data, found, least=roles.least)
    called = partial(_called, found)

    def column(field: str) -> str:
        name, widget = getattr(found, field), key.format(field)
        at = names.index(name) if name else None
        none = said["no_second"] if field == "text_column" and roles.least == 1 else None
        shown = st.selectbox(words[field], names, index=at, format_func=called, key=widget, width=240, placeholder=none)
        return shown or ""

    with st.container(horizontal=True, gap="small"):
        text, label, second = column("text_column"), column("label_column"), None
        others = [name for name in names if name not in (text, label)]
        if roles is TEXTS and others:
            second = st.selectbox(
                said["second_text_column"],
                others,
                index=None,
                format_func=called,
                placeholder=said["no_second"],
                help=said["second_help"],
                key=key.format("second_text_column"),
                width=240,
            )
    return replace(found, text_column=text, label_column=label, second_text_column=second or "")


def _called(reading: Reading, name: str) -> str:
    """What a column is called, where no header names it."""
    return name if reading.header else page_prose("training")["table"]["column_number"].format(number=name)


def _read_as(reading: Reading, said: Mapping[str, str]) -> str:
    sentence = said["read_as"] if reading.header else said["read_as_data"]
    called = name_of("separator", SEPARATORS[reading.separator])
    return sentence.format(encoding=name_of("encoding", reading.encoding), separator=called)


def _look(data: bytes, reading: Reading, least: int) -> None:
    """The first rows as they are read, all columns of them."""
    names, rows = first_rows(data, reading, least=least)
    cells = [[cell if len(cell) <= LOOK else f"{cell[:LOOK]}…" for cell in row] for row in rows]
    headed = [formula_safe(_called(reading, name)) for name in names]
    st.dataframe(guarded(pd.DataFrame(cells, columns=headed), headed), hide_index=True, height="content")
