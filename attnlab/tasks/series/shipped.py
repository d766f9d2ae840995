"""The series that come with the app."""

import functools
import tomllib
from typing import Literal, get_args

from attnlab.paths import ASSETS
from attnlab.tasks.series.dates import grid_of
from attnlab.tasks.series.line import Line, line_of
from attnlab.tasks.series.numbers import numbers_of
from attnlab.tasks.tables import Reading, cells_of

SeriesName = Literal["sunspots", "co2", "passengers"]
SHIPPED: tuple[SeriesName, ...] = get_args(SeriesName)
"""In the order of the task's size `shipped`, from 1."""
FOLDER = ASSETS / "series"
_READINGS = {
    "sunspots": ("year", "sunspots"),
    "co2": ("month", "co2_ppm"),
    "passengers": ("month", "passengers_thousand"),
}


def shipped_bytes(name: SeriesName) -> bytes:
    """The file of a series, as a learner's own could be."""
    return (FOLDER / f"{name}.csv").read_bytes()


@functools.lru_cache(maxsize=len(SHIPPED))
def shipped_line(name: SeriesName) -> Line:
    """A series, read as a learner's file is."""
    dates, values = _READINGS[name]
    rows = list(cells_of(shipped_bytes(name), Reading(text_column=dates, label_column=values)))
    grid = grid_of([cell for cell, _ in rows], dates)
    numbers = numbers_of([cell for _, cell in rows], values)
    return line_of(numbers, grid.places, grid.labels, until=about(name).get("until"))


@functools.lru_cache(maxsize=len(SHIPPED))
def about(name: SeriesName) -> dict[str, str]:
    """Source and licence of a series, and `until` where a source says what is held out."""
    told: dict[str, dict[str, str]] = tomllib.loads((FOLDER / "sources.toml").read_text(encoding="utf-8"))
    return told[name]
