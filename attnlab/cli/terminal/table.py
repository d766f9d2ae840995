"""Tables as plain text."""

from collections.abc import Iterable, Sequence

Cell = str | int | float | None


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Columns that line up: text to the left, numbers to the right, "-" where there is nothing."""
    rows = [list(row) for row in rows]
    cells = [list(columns), *([shown(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    left = [any(isinstance(row[at], str) for row in rows) for at in range(len(columns))]
    lines = [
        "  ".join(
            cell.ljust(width) if to_left else cell.rjust(width)
            for cell, width, to_left in zip(row, widths, left, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def shown(value: Cell) -> str:
    """A cell: thousands apart, four figures of a fraction, "-" for nothing."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
