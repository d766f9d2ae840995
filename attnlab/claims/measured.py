"""What an experiment measures: figures for a table and a chart, and the numbers on which a verdict rests."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

Size = Literal["tiny", "quick", "full"]
"""How much is measured: in a test, within seconds, or as long as it takes to be sure."""
ASKED: tuple[Size, ...] = ("quick", "full")
"""The sizes that visitors may ask for."""


@dataclass(frozen=True)
class Figure:
    """One measured value."""

    series: str  # a key of the claim's `names`
    at: str | float  # where it was measured: a key of `names`, or a number
    value: float


@dataclass(frozen=True)
class Measured:
    """The figures of one run.

    Raises:
        ValueError: no figures, or a number that is not finite: no verdict may rest on it.
    """

    figures: tuple[Figure, ...]
    numbers: Mapping[str, float]  # by name; one that ends in `_share` is a share of 1

    def __post_init__(self) -> None:
        if not self.figures:
            raise ValueError("figures (none) must be at least one")
        odd = [name for name, value in self.numbers.items() if not math.isfinite(value)]
        odd += [figure.series for figure in self.figures if not math.isfinite(figure.value)]
        if odd:
            raise ValueError(f"measured ({', '.join(odd)}) must be finite numbers")

    @property
    def series(self) -> tuple[str, ...]:
        """The series in their order, each once."""
        return tuple(dict.fromkeys(figure.series for figure in self.figures))

    def to_json(self) -> dict[str, Any]:
        """Strict JSON."""
        rows = [[figure.series, figure.at, figure.value] for figure in self.figures]
        return {"figures": rows, "numbers": dict(self.numbers)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        return cls(tuple(Figure(*row) for row in told["figures"]), dict(told["numbers"]))


def figures_of(table: Mapping[str, Mapping[Any, float]]) -> tuple[Figure, ...]:
    """The figures of values by series and place."""
    return tuple(
        Figure(series, at if isinstance(at, str) else float(at), float(value))
        for series, values in table.items()
        for at, value in values.items()
    )


def averaged(runs: Sequence[Measured]) -> Measured:
    """The mean of every figure and number of at least one run of the same experiment, and how many `seeds` that were.

    Raises:
        ValueError: runs that measured different things.
    """
    if len({tuple((figure.series, figure.at) for figure in run.figures) for run in runs}) != 1:
        raise ValueError("runs must have the same figures")
    columns = zip(*(run.figures for run in runs), strict=True)
    figures = tuple(Figure(column[0].series, column[0].at, mean([one.value for one in column])) for column in columns)
    numbers = {name: mean([run.numbers[name] for run in runs]) for name in runs[0].numbers}
    return Measured(figures, numbers | {"seeds": float(len(runs))})


def mean(values: Sequence[float]) -> float:
    """The mean of at least one value."""
    return math.fsum(values) / len(values)
