"""What the charts and the table of a race read from points."""

from attnlab.charts.races.curve_rows import curve_rows, filled, lr_marks, standings
from attnlab.training import Point

POINTS = [
    Point("lstm", 1, 8, 0.5, loss=2.0, grad_norm=3.0, tokens_per_s=100.0),
    Point("lstm", 1, 8, 0.5, metric=0.25, extras={"test_loss": 2.1}),
    Point("tcn", 1, 8, 1.0, loss=1.5, tokens_per_s=50.0),
    Point("lstm", 2, 16, 1.5, loss=1.0, grad_norm=2.0, tokens_per_s=110.0),
    Point("lstm", 2, 16, 1.5, extras={"set_lr": 0.00123}),
    Point("lstm", 2, 16, 1.5, metric=0.75, extras={"test_loss": 1.1}),
]


def test_marks_are_no_rows_and_rows_keep_their_order() -> None:
    rows = curve_rows(POINTS)
    assert [(row["contender"], row["loss"], row["metric"]) for row in rows] == [
        ("lstm", 2.0, None),
        ("lstm", None, 0.25),
        ("tcn", 1.5, None),
        ("lstm", 1.0, None),
        ("lstm", None, 0.75),
    ]


def test_a_crosshair_reads_the_latest_of_each_measure() -> None:
    rows = filled(curve_rows(POINTS))
    assert [(row["loss"], row["metric"]) for row in rows if row["contender"] == "lstm"] == [
        (2.0, None),
        (2.0, 0.25),
        (1.0, 0.25),
        (1.0, 0.75),
    ]


def test_a_change_of_the_learning_rate_is_marked_where_it_was_made() -> None:
    (mark,) = lr_marks(POINTS, "lr {lr}")
    assert mark == {"contender": "lstm", "step": 2, "examples": 16, "seconds": 1.5, "label": "lr 0.0012"}


def test_the_standings_say_who_is_where_and_who_was_ahead_after_as_many_seconds() -> None:
    now = standings(curve_rows(POINTS))
    assert (now["lstm"]["step"], now["lstm"]["loss"], now["lstm"]["metric"]) == (2, 1.0, 0.75)
    assert now["lstm"]["tokens_per_s"] == 110.0  # of the chunk, though an evaluation came later
    assert now["lstm"]["equal_seconds"] == 0.25  # the TCN has trained for one second so far
    assert now["tcn"]["equal_seconds"] is None


def test_without_points_nobody_stands_anywhere() -> None:
    assert standings([]) == {}
