"""Why a table is refused."""

from attnlab.engine import SpecError


class TableError(SpecError):
    """A table is refused. `field` is what to change: "file", "row", "separator", or a column such as "text_column"."""
