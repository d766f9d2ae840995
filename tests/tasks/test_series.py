"""A series: numbers and dates as strangers write them, gaps without a leak, a split in time, and floors by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attnlab.tasks import Reading, Series, SizeError, TableError
from attnlab.tasks.series.dates import grid_of
from attnlab.tasks.series.floors import linear_forecast, period_of, trends
from attnlab.tasks.series.line import MIN_VALUES, Line, line_of
from attnlab.tasks.series.numbers import numbers_of
from attnlab.tasks.series.reading import SERIES, read_series
from attnlab.tasks.series.shipped import SHIPPED, SeriesName, about, shipped_bytes, shipped_line
from attnlab.tasks.tables import Given, guessed
from tests.tasks.small import seeded


def wave(count: int, period: int = 7, slope: float = 0.0) -> Line:
    values = [math.sin(2 * math.pi * at / period) + slope * at for at in range(count)]
    return line_of(values, range(count), list(map(str, range(count))))


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2.5", "-3e2"], [1.0, 2.5, -300.0]),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3.0]),
        (["1,234", "2.5"], [1234.0, 2.5]),
        (["1.234,5", "2,5"], [1234.5, 2.5]),
        (["1 234", "−5", "1'000"], [1234.0, -5.0, 1000.0]),
        (["", "NA", "nan", "null", "-", "7", "缺失"], [None, None, None, None, None, 7.0, None]),
    ],
)
def test_a_column_is_read_in_its_own_way_of_writing(cells: list[str], values: list[float | None]) -> None:
    assert numbers_of(cells, "x") == values


@pytest.mark.parametrize(
    "cell", ["inf", "-inf", "1e999", "1e300", "twelve", "1;2", "0x10", "１2a", "１２", "e5", "1_000", "="]
)
def test_what_is_no_number_is_refused_with_its_row(cell: str) -> None:
    with pytest.raises(TableError, match=r"^row 2, column 'x' \('.*'\) must be ") as caught:
        numbers_of(["1", cell], "x")
    assert caught.value.field == "row"


@given(st.text(max_size=12))
def test_any_cell_is_a_finite_number_a_gap_or_a_refusal(cell: str) -> None:
    try:
        (found,) = numbers_of([cell], "x")
    except TableError:
        return
    assert found is None or math.isfinite(found)


# --- dates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "places", "labels"),
    [
        (["1999", "2000", "2002"], (0, 1, 3), ("1999", "2000", "2002")),
        (["2024-01", "2024-02", "2024-04"], (0, 1, 3), ("2024-01", "2024-02", "2024-04")),
        (["2024年11月", "2024年12月", "2025年1月"], (0, 1, 2), ("2024-11", "2024-12", "2025-01")),
        (["2024Q4", "2024Q3", "2025Q1"], (1, 0, 2), ("2024-10", "2024-07", "2025-01")),
        (["31.12.2023", "01.01.2024", "03.01.2024"], (0, 1, 3), ("2023-12-31", "2024-01-01", "2024-01-03")),
        (["1/31/2024", "2/1/2024"], (0, 1), ("2024-01-31", "2024-02-01")),
        (["2024-03-01 00:00", "2024-03-08T00:00:00Z"], (0, 1), ("2024-03-01", "2024-03-08")),
    ],
)
def test_dates_stand_on_their_grid(cells: list[str], places: tuple[int, ...], labels: tuple[str, ...]) -> None:
    grid = grid_of(cells, "day")
    assert (grid.places, grid.labels, grid.even) == (places, labels, True)


def test_dates_without_an_even_step_keep_their_order() -> None:
    grid = grid_of(["2024-01-01", "2024-01-08", "2024-01-15", "2024-01-17"], "day")
    assert (grid.places, grid.even) == ((0, 1, 2, 3), False)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["2024-01", "2024-01"], r"^row 2, column 'day' \('2024-01'\) must be another date: it is there twice$"),
        (["3/4/2024", "5/6/2024"], r"^column 'day' \('3/4/2024'\) must say which is the day"),
        (["2024-13"], r"^row 1, column 'day' \('2024-13'\) must be a date, such as"),
        (["2024-02-30"], "must be a date"),
        (["yesterday"], "must be a date"),
        (["99999"], "must be a date"),
        ([""], "must be a date"),
        (["2024-01-02-03"], "must be a date"),
    ],
)
def test_what_is_no_date_is_refused_by_name(cells: list[str], message: str) -> None:
    with pytest.raises(TableError, match=message):
        grid_of(cells, "day")


@given(st.text(alphabet="0123456789-/.年月日Q T:", max_size=14))
def test_any_cell_is_a_date_or_a_refusal(cell: str) -> None:
    try:
        found = grid_of([cell], "day")
    except TableError:
        return
    assert found.places == (0,)


# --- a table ----------------------------------------------------------------------------------------------------------


def table(rows: int = MIN_VALUES, dated: bool = True) -> list[str]:
    return [f"{1900 + at},{at % 5}" if dated else str(at % 5) for at in range(rows)]


def series_in(text: str) -> Line:
    data = text.encode()
    return read_series(data, guessed(data, SERIES, Given()))


def test_a_column_alone_and_dates_beside_it_are_found() -> None:
    alone = series_in("\n".join(["load", *table(dated=False)]))
    dated = series_in("\n".join(["year,load", *table()]))
    assert alone.values == dated.values == tuple(float(at % 5) for at in range(MIN_VALUES))
    assert (alone.labels[:2], dated.labels[:2]) == (("1", "2"), ("1900", "1901"))
    swapped = series_in("\n".join(["load;year", *(";".join(reversed(row.split(","))) for row in table())]))
    assert swapped.values == dated.values


def test_rows_out_of_order_are_put_into_it_and_that_is_known() -> None:
    rows = table()
    shuffled = series_in("\n".join(["year,load", *rows[7:], *rows[:7]]))
    assert shuffled.values == series_in("\n".join(["year,load", *rows])).values
    assert not shuffled.was_sorted


def test_a_gap_takes_the_value_before_it_whether_a_cell_is_empty_or_a_row_is_missing() -> None:
    rows = table(50)
    without = [*rows[:10], "1910,", *rows[11:20], *rows[21:]]
    line = series_in("\n".join(["year,load", *without]))
    assert line.filled == {10, 20}
    assert (line.values[10], line.values[20]) == (line.values[9], line.values[19])
    assert line.labels[20] == "1919 +"


def test_days_without_weekends_follow_each_other() -> None:
    days = [f"2024-{1 + at // 28:02}-{1 + at % 28:02},{at % 3}" for at in range(112) if at % 7 not in (5, 6)]
    line = series_in("\n".join(["day,price", *days]))
    assert (len(line.values), line.even, line.filled) == (len(days), False, frozenset())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\n".join(["x", *table(MIN_VALUES - 1, dated=False)]),
            rf"^file \(39 values\) must have {MIN_VALUES} to 20000$",
        ),
        ("\n".join(["x", *["3.5"] * 50]), r"^label_column \(all values 3.5\) must hold values that differ$"),
        (
            "\n".join(["y,x", *(f"{1900 + at},{at if at % 2 else ''}" for at in range(90))]),
            "for at least 75% of its dates",
        ),
        ("\n".join(["y,x", *table(), "2000,many"]), r"^row 41, column 'x' \('many'\) must be a number"),
        ("x\n", r"^file \(0 values\) must have"),
    ],
)
def test_a_table_that_is_no_series_is_refused_in_one_sentence(text: str, message: str) -> None:
    data = text.encode()
    single = "," not in text
    reading = Reading(text_column="" if single else "y", label_column="x", separator="\t" if single else ",")
    with pytest.raises(TableError, match=message):
        read_series(data, reading)


# --- the task ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_series_are_read_with_their_source_and_licence(name: SeriesName) -> None:
    line = shipped_line(name)
    assert about(name)["source"]
    assert about(name)["licence"]
    data = shipped_bytes(name)
    assert read_series(data, guessed(data, SERIES, Given())).values == line.values
    assert len(line.values) == {"sunspots": 309, "co2": 526, "passengers": 144}[name]


def test_gaps_of_the_shipped_co2_are_never_asked_for() -> None:
    task = Series(shipped=2)
    gaps = {task.series.labels.index(month) for month in ("1964-02", "1964-03", "1964-04")}
    assert gaps <= task.series.filled
    assert not gaps & {*task.asked("train").tolist(), *task.asked("test").tolist()}


@pytest.mark.parametrize("shipped", [1, 2, 3])
def test_nothing_of_the_test_reaches_what_is_learned_from(shipped: int) -> None:
    task = Series(shipped=shipped, lags=12)
    line = task.series
    later = [*line.values[: task.num_train], *(value * 3 + 50 for value in line.values[task.num_train :])]
    changed = Series(lags=12, line=Line(tuple(later), line.labels, line.filled, line.labels[task.num_train - 1]))
    assert int(task.asked("train").max()) < task.num_train <= int(task.asked("test").min())
    for mine, others in ((task, changed),):
        assert torch.equal(mine.examples("train").inputs, others.examples("train").inputs)
        assert torch.equal(mine.examples("train").targets, others.examples("train").targets)
        assert (mine.unit, mine.period, mine.relative) == (others.unit, others.period, others.relative)


def test_a_window_ends_before_its_target() -> None:
    task = Series(lags=4, line=wave(60))
    batch = task.examples("test")
    values = torch.tensor(task.series.values)
    place = int(task.asked("test")[3])
    told = batch.inputs[3, :, 0] * task.unit + values[: task.num_train].mean()
    assert told.tolist() == pytest.approx(values[place - 4 : place].tolist(), abs=1e-5)
    assert task.in_own_unit(batch.targets[:, -1], "test").tolist() == pytest.approx(
        values[task.asked("test")].tolist(), abs=1e-5
    )


def test_a_series_that_drifts_is_told_relative_to_its_last_value() -> None:
    task = Series(lags=14, line=wave(120, slope=0.5))
    batch = task.examples("train")
    assert task.relative
    assert not batch.inputs[:, -1].any()
    values = torch.tensor(task.series.values)
    due = task.in_own_unit(batch.targets[:, -1], "train")
    assert due.tolist() == pytest.approx(values[task.asked("train")].tolist(), abs=1e-4)
    assert not Series(lags=14, line=wave(120)).relative


@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_floors_by_hand(slope: float) -> None:
    task = Series(lags=14, line=wave(160, slope=slope))
    assert task.period == 7
    floors = {floor.name: floor.metric for floor in task.info.floors}
    values, at = task.series.values, task.asked("test").tolist()
    last = sum((values[place] - values[place - 1]) ** 2 for place in at) / len(at) / task.unit**2
    assert floors["last value"] == pytest.approx(last)
    assert floors["seasonal"] == pytest.approx(0, abs=1e-9)  # the wave repeats, with its slope
    assert floors["linear"] is not None
    assert floors["linear"] < 1e-2 < last


def test_a_straight_line_is_found_again() -> None:
    windows = torch.randn(400, 3, generator=seeded())
    weights = torch.tensor([0.5, -2.0, 1.0])
    asked = torch.randn(20, 3, generator=seeded(1))
    told = linear_forecast(windows, windows @ weights + 4, asked)
    assert told.tolist() == pytest.approx((asked @ weights + 4).tolist(), abs=0.1)


def test_noise_has_no_season_and_no_trend() -> None:
    noise = torch.randn(300, generator=seeded(2))
    assert period_of(torch.sin(torch.arange(300) * 2 * math.pi / 9), 20) == 9
    assert period_of(torch.arange(8).float(), 2) is None
    assert not trends(noise)
    assert trends(noise + torch.arange(300) / 50)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Series(lags=40, line=wave(50)), r"^lags \(40\) must leave at least 16 values to learn from"),
        (lambda: Series(shipped=4), r"^shipped \(4\) must be between 1 and 3$"),
        (
            lambda: Series(lags=4, line=line_of([1.0] * 45 + [2.0] * 15, range(60), ["x"] * 60)),
            r"^line \(constant where it is learned from\) must vary",
        ),
    ],
)
def test_a_series_that_cannot_be_learned_is_refused(make: object, message: str) -> None:
    with pytest.raises(SizeError, match=message):
        make()  # type: ignore[operator]
