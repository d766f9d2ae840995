"""From a run's points to what charts and tables of a race show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attnlab.training import Point

Row = dict[str, Any]


def curve_rows(points: Iterable[Point]) -> list[Row]:
    """Rows of the charts' dataset. An evaluation gives the loss it measured only where it is the task's metric."""
    return [
        {
            "contender": point.contender,
            "step": point.step,
            "examples": point.examples,
            "seconds": point.seconds,
            "loss": point.loss,
            "metric": point.metric,
            "grad_norm": point.grad_norm,
            "tokens_per_s": point.tokens_per_s,
        }
        for point in points
        if point.loss is not None or point.metric is not None
    ]


UNSEEN = -1
"""The place of a row of the crosshair of which nothing is drawn, and its run among the curves: a line of one point."""


def unseen_row(contender: str, rows: Sequence[Row]) -> Row:
    """A row at 0 of which nothing is drawn: an axis needs an extent, also before there is a point or a pointer.

    Args:
        contender: any.
        rows: whose loss and metric it has, so that it makes no axis longer.
    """
    at_zero = dict.fromkeys(("step", "examples", "seconds"), 0.0)
    known = {name: next((row[name] for row in rows if row[name] is not None), 0.0) for name in ("loss", "metric")}
    return {"contender": contender, **at_zero, **known, "run": UNSEEN, "place": UNSEEN, "ruler": False, "right": False}


def filled(rows: Sequence[Row]) -> list[Row]:
    """The same rows, each with its contender's latest loss and metric: what a crosshair reads between two measures."""
    latest: dict[str, Row] = {}
    result = []
    for row in rows:
        known = latest.setdefault(row["contender"], {"loss": None, "metric": None})
        known.update({name: row[name] for name in known if row[name] is not None})
        result.append({**row, **known})
    return result


def lr_marks(points: Iterable[Point], label: str) -> list[Row]:
    """Where learning rates were changed."""
    return [
        {
            "contender": point.contender,
            "step": point.step,
            "examples": point.examples,
            "seconds": point.seconds,
            "label": label.format(lr=f"{point.extras['set_lr']:.2g}"),
        }
        for point in points
        if "set_lr" in point.extras
    ]


def scored_examples(points: Iterable[Point]) -> int | None:
    """How many test examples the latest score while training is of; None where nobody has told."""
    told = [point.extras["test_examples"] for point in points if "test_examples" in point.extras]
    return int(told[-1]) if told else None


def standings(rows: Sequence[Row]) -> dict[str, Row]:
    """By contender: its latest step, seconds, loss, metric and speed, and its metric at equal seconds.

    Equal seconds are those after which the first of them had ended, or as many as the slowest has had so far.
    """
    last: dict[str, Row] = {}
    for row in filled(rows):
        before = last.get(row["contender"], {})
        kept = {name: before.get(name) for name in ("tokens_per_s", "grad_norm") if row[name] is None}
        last[row["contender"]] = {**row, **kept}
    if not last:
        return {}
    common = min(row["seconds"] for row in last.values())
    for contender, row in last.items():
        row["equal_seconds"] = _metric_at(rows, contender, common)
    return last


def _metric_at(rows: Iterable[Mapping[str, Any]], contender: str, seconds: float) -> float | None:
    found = None
    for row in rows:
        if row["contender"] == contender and row["metric"] is not None and row["seconds"] <= seconds:
            found = row["metric"]
    return found
