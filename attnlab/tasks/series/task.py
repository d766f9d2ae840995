"""One step ahead: the next value of a series, from a window of those before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from attnlab.sequences import Level, two_decimals
from attnlab.tasks.base import Batch, Floor, Split, TaskInfo
from attnlab.tasks.checks import SizeError, check_whole, only_length
from attnlab.tasks.series.floors import linear_forecast, period_of, scored, trends
from attnlab.tasks.series.line import Line
from attnlab.tasks.series.shipped import SHIPPED, SeriesName, shipped_line
from attnlab.tasks.split import check_split, distinct, pick

MAX_LAGS = 256
LEAST_TRAIN, LEAST_TEST = 16, 4
HELD_OUT = 0.25
"""Share of a series that is held out at its end, where nobody has said another."""


@dataclass(frozen=True)
class Series:
    """The value after a window of `lags` values, due at the window's last position, which alone is scored.

    The series is split in time: all that is asked in the test comes after all that is learned from. Windows of the test
    begin in the training part, as a forecast knows the past. A value that was filled in is read, but never asked for.

    Units are those of the training part: its standard deviation. Where it drifts (`trends`), no level of the training
    part would hold in the test: then a window is told relative to its last value, as is the answer, and the unit is the
    standard deviation of a step. What is learned is then the next change. (NLinear does the same: Zeng et al. 2023,
    "Are Transformers Effective for Time Series Forecasting?", https://arxiv.org/abs/2205.13504)

    Floors, all in squared units on the test: "last value" says what was last; "seasonal" what was one period earlier,
    with a trend the step of one period earlier, and is there where the training part has a period (`period_of`);
    "constant" the training part's mean, with a trend its mean step; "linear" is a ridge regression on the same windows.

    Args:
        lags: values in a window.
        shipped: which series of `SHIPPED`, from 1; without meaning where there is a `line`.
        line: the learner's own series.

    Raises:
        SizeError: a size out of bounds; a series too short for that many lags, or constant where it is learned.

    Source: ours; that a straight line is the rival to beat, Zeng et al. 2023, above.
    """

    lags: int = 24
    shipped: int = 1
    line: Line | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        check_whole("lags", self.lags, 4, MAX_LAGS)
        check_whole("shipped", self.shipped, 1, len(SHIPPED))
        train, test = (len(self._targets_of(side)) for side in ("train", "test"))
        if train < LEAST_TRAIN or test < LEAST_TEST:
            found = f"lags ({self.lags}) must leave at least {LEAST_TRAIN} values to learn from"
            message = f"{found} and {LEAST_TEST} held out, of {len(self.series.values)}; it leaves {train} and {test}"
            raise SizeError("lags", "lags", message, got=self.lags, least=LEAST_TRAIN, left=train)
        if not float(self._training_part.std()) > 0:
            message = "line (constant where it is learned from) must vary before it is held out"
            raise SizeError("line", "constant", message, got=float(self._training_part.mean()))

    @property
    def name(self) -> SeriesName | None:
        """Which of the shipped series; None of the learner's own."""
        return SHIPPED[self.shipped - 1] if self.line is None else None

    @cached_property
    def series(self) -> Line:
        """The series that is learned."""
        return shipped_line(SHIPPED[self.shipped - 1]) if self.line is None else self.line

    @cached_property
    def info(self) -> TaskInfo:
        """Sizes, floors."""
        return TaskInfo(
            name="series",
            symbols=None,
            num_features=1,
            num_outputs=1,
            regression=True,
            causal=True,
            seq_len=self.lags,
            span=self.lags,
            metric="mse",
            floors=self._floors(),
            sizes={"lags": self.lags, "shipped": self.shipped},
            num_test=len(self._targets_of("test")),
            close=self._usual_step,
        )

    @cached_property
    def num_train(self) -> int:
        """Values of the training part, which begins the series."""
        line = self.series
        if line.until is not None:
            return line.labels.index(line.until) + 1
        return round((1 - HELD_OUT) * len(line.values))

    @cached_property
    def relative(self) -> bool:
        """Whether the training part drifts, so that windows are told relative to their last value."""
        return trends(self._training_part)

    @cached_property
    def unit(self) -> float:
        """What 1 is of the task, in the series' own unit."""
        part = self._training_part
        return float((part.diff() if self.relative else part).std())

    @cached_property
    def period(self) -> int | None:
        """The season of the training part, in values; None where it has none that a window holds."""
        part = self._training_part
        return period_of(part.diff() if self.relative else part, self.lags - 1)

    def sample(
        self, batch_size: int, generator: torch.Generator, split: Split = "train", seq_len: int | None = None
    ) -> Batch:
        """Inputs (B, T, 1) values, targets (B, T) float32, the next one at the last position and 0 elsewhere."""
        only_length(seq_len, self.lags)
        draw = distinct if check_split(split) == "test" else pick
        return self._batch(draw(self._targets_of(split), batch_size, generator))

    def examples(self, split: Split) -> Batch:
        """Every value of one side that is asked for, once, in time."""
        return self._batch(self._targets_of(check_split(split)))

    def asked(self, split: Split) -> Tensor:
        """(N,) the place in the series of each of the `examples`."""
        return self._targets_of(check_split(split))

    def items(self, batch: Batch, number: int) -> tuple[Level, ...]:
        """The values of one window."""
        return tuple(map(self.answer_item, batch.inputs[number, :, 0].tolist()))

    def answer_item(self, value: float) -> Level:
        """A value, within the range of the windows that are learned from."""
        low, high = self._range
        return Level(two_decimals(value), value, low, high)

    def in_own_unit(self, answers: Tensor, split: Split) -> Tensor:
        """(N,) answers to the `examples` as values of the series, in its own unit."""
        places = self._targets_of(check_split(split))
        level = self._values[places - 1] if self.relative else self._mean
        return answers.double() * self.unit + level

    @cached_property
    def _values(self) -> Tensor:
        return torch.tensor(self.series.values, dtype=torch.float64)

    @cached_property
    def _range(self) -> tuple[float, float]:
        windows, _ = self._windows(self._targets_of("train"))
        return windows.min().item(), windows.max().item()

    @property
    def _training_part(self) -> Tensor:
        return self._values[: self.num_train]

    @property
    def _mean(self) -> float:
        return float(self._training_part.mean())

    @property
    def _usual_step(self) -> float:
        """How far the next value is from the last one in the training part, in the median."""
        return float(self._training_part.diff().abs().median()) / self.unit

    def _targets_of(self, split: Split) -> Tensor:
        """(N,) places that are asked for: with a whole window before them, measured, on that side."""
        return self._places[split]

    @cached_property
    def _places(self) -> Mapping[Split, Tensor]:
        places = torch.arange(self.lags, len(self.series.values))
        filled = torch.tensor(sorted(self.series.filled), dtype=torch.int64)
        places = places[~torch.isin(places, filled)]
        return {"train": places[places < self.num_train], "test": places[places >= self.num_train]}

    def _batch(self, places: Tensor) -> Batch:
        windows, targets = self._windows(places)
        due = torch.zeros(len(places), self.lags)
        due[:, -1] = targets.float()
        scored_at = (torch.arange(self.lags) == self.lags - 1).expand(len(places), self.lags)
        return Batch(windows.float()[..., None], due, scored_at)

    def _windows(self, places: Tensor) -> tuple[Tensor, Tensor]:
        """(B, L) and (B,) in the task's units."""
        rows = self._values[places[:, None] + torch.arange(-self.lags, 0)]
        level = rows[:, -1:] if self.relative else torch.full((len(places), 1), self._mean, dtype=torch.float64)
        return (rows - level) / self.unit, (self._values[places] - level[:, 0]) / self.unit

    def forecasts(self) -> Mapping[str, Tensor]:
        """(N,) what each floor answers to the `examples` of the test, by its name, in the task's units."""
        windows, targets = self._windows(self._targets_of("train"))
        asked, _ = self._windows(self._targets_of("test"))
        found = {"constant": targets.mean().expand(len(asked)), "last value": asked[:, -1]}
        if self.period is not None:
            before = asked[:, -self.period]
            found["seasonal"] = before - asked[:, -self.period - 1] if self.relative else before
        return found | {"linear": linear_forecast(windows, targets, asked)}

    def _floors(self) -> tuple[Floor, ...]:
        _, due = self._windows(self._targets_of("test"))
        return tuple(scored(name, answers, due) for name, answers in self.forecasts().items())
