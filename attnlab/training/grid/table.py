"""The shipped table of the grid, made by `python -m attnlab sweep --grid`: cells of a view, floors, what made it."""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from attnlab.paths import ASSETS
from attnlab.training.grid.panels import Panel, QuestionName, View
from attnlab.training.plans.contender import contender

TABLE = ASSETS / "choosing.json"


@dataclass(frozen=True)
class Cell:
    """One contender over its seeds: scores are shares of right answers."""

    key: str
    along: float  # its value of what lies along the axis
    curve: float
    median: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True)
class GridTable:
    """What a sweep of the grid has written."""

    tasks: Mapping[str, Mapping[str, Any]]
    rows: Mapping[str, tuple[Mapping[str, Any], ...]]  # by the name of a curve

    @classmethod
    def read(cls, path: Path) -> Self:
        """The table of a file."""
        told = json.loads(path.read_text(encoding="utf-8"))
        rows = {name: tuple(row for row in told["rows"] if row["task"] == name) for name in told["tasks"]}
        return cls(told["tasks"], rows)

    def has(self, panel: Panel) -> bool:
        """Whether every cell of a panel was trained: one that was declared since is not there yet."""
        keys = {row["contender"] for name in self._names(panel) for row in self.rows.get(name, ())}
        return keys >= {key for value in panel.curve_values for key in panel.row(value)}

    def cells(self, view: View) -> tuple[Cell, ...]:
        """The cells of a view, curve by curve in the order of its values."""
        found = [_cell(row, view) for name in self._names(view.panel) for row in self.rows[name]]
        return tuple(sorted(found, key=lambda cell: (cell.curve, cell.along)))

    def floors(self, panel: Panel) -> dict[str, float]:
        """Scores that need no learning, by their names."""
        (first, *_) = self._names(panel)
        return {one["name"]: one["metric"] for one in self.tasks[first]["floors"] if one["metric"] is not None}

    def measured(self, panels: Iterable[Panel]) -> list[Mapping[str, Any]]:
        """What trained some panels, `machine` and `date`: each once, in their order."""
        names = (name for panel in panels for name in self._names(panel))
        found: list[Mapping[str, Any]] = []
        for name in names:
            by = self.tasks[name]["measured"]["examples"]
            found += [] if by in found else [by]
        return found

    def _names(self, panel: Panel) -> tuple[str, ...]:
        return tuple(panel.swept_as(value) for value in panel.curve_values)


def _cell(row: Mapping[str, Any], view: View) -> Cell:
    words = contender(row["contender"]).words
    numbers = {name: float(row[name]) for name in ("median", "low", "high")}
    at, curve = _value(view.along, words), _value(view.curves, words)
    return Cell(key=row["contender"], along=at, curve=curve, seeds=row["seeds"], **numbers)


def _value(name: QuestionName, words: Mapping[str, str]) -> float:
    """A setting of a contender; the numbers of a head are its width over its heads."""
    return float(words["d_model"]) / float(words["heads"]) if name == "d_k" else float(words[name])


@functools.cache
def grid_table() -> GridTable:
    """The table that ships. Treat it as read-only: every session shares it."""
    return GridTable.read(TABLE)
