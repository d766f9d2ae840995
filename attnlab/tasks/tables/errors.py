"""Why a table is refused."""


class TableError(ValueError):
    """A table is refused. `field` is what to change: "file", "row", "separator", or a column such as "text_column"."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field

    def __str__(self) -> str:
        return str(self.args[1])
