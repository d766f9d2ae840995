from attnlab.cli.terminal.table import shown, table


def test_columns_line_up_with_numbers_to_the_right() -> None:
    assert table(["family", "steps", "loss"], [["lstm", 12000, 0.123456], ["transformer", 5, None]]).splitlines() == [
        "family        steps    loss",
        "-----------  ------  ------",
        "lstm         12,000  0.1235",
        "transformer       5       -",
    ]


def test_a_table_without_rows_has_its_columns() -> None:
    assert table(["a", "bc"], []).splitlines() == [" a  bc".strip(), "-  --"]


def test_cells_say_what_they_hold() -> None:
    assert [shown(value) for value in (None, "x", 1234567, 0.5, float("nan"))] == ["-", "x", "1,234,567", "0.5", "nan"]
