"""How much a table may hold."""

MAX_BYTES = 5_000_000
MAX_ROWS = 50_000
MAX_COLUMNS = 100
MAX_CELL = 20_000  # characters
MAX_LABEL = 60  # characters
MAX_CLASSES = 100
