"""What a file needs that a spreadsheet will open: of reading one, nothing is said here."""

_MARK = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def formula_safe(text: str) -> str:
    """A cell for export that no spreadsheet takes for a formula: `'` before = + - @, tab and line ends."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def for_spreadsheets(table: str) -> bytes:
    """A CSV to download, in UTF-8 behind a byte order mark, without which Excel takes it for the system's old code."""
    return (table if table.startswith(_MARK) else _MARK + table).encode()
