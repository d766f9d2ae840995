"""Any tensor of a layer as a table and as CSV, made only while somebody looks."""

from collections.abc import Mapping

import streamlit as st

from attnlab.engine import LayerTrace
from attnlab.pictures.tables import tensor_names, tensor_table
from attnlab.text import for_spreadsheets
from attnlab.ui.kit.taking.downloads import download


def numbers_view(trace: LayerTrace, head: int, words: Mapping[str, str]) -> None:
    """A drawer with one tensor at a time.

    Args:
        trace: of the layer.
        head: whose matrices are meant, from 0.
        words: the explorer's prose of the page.
    """
    drawer = st.expander(words["numbers"], key="table", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        names = tensor_names(trace, head)
        name = st.selectbox(words["tensor"], names, index=names.index("weights"), key="tensor")
        table = tensor_table(trace, head, name)
        rows, columns = table.shape
        st.caption(words["shape"].format(rows=rows, columns=columns, dtype=trace.spec.dtype, head=head + 1))
        file = f"{name}-head-{head + 1}.csv"
        # Above the table, which comes last: below, it would be pushed away from under the pointer.
        download(words["download"], for_spreadsheets(table.to_csv()), file, "text/csv")
        st.dataframe(table)
