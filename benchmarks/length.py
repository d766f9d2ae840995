"""What a training step costs as sequences grow: attention to all, within a window, and linear."""

import math
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from attnlab.models import FamilyName, ModelConfig, SequenceModel
from benchmarks import report
from benchmarks.engine import one_thread

FAMILIES: tuple[FamilyName, ...] = ("transformer", "window_attention", "linear_attention")
LENGTHS = (128, 256, 512, 1024, 2048, 4096)
BATCH, D_MODEL, WINDOW = 4, 32, 16
ROUNDS, WARM_UP = 9, 2
SLOPE_BAR = 1.15
ABOUT = (
    f"A body of two blocks as a race has it (d_model {D_MODEL}, 4 heads, feed-forward part, causal), {BATCH} "
    f"sequences, float32, window {WINDOW}; forward pass and gradients of all weights. Milliseconds are processor time "
    f"of the one thread that trains, medians of {ROUNDS} turns of all three in random order. Slope: of the straight "
    "line through the logarithms of milliseconds and length, fitted to all lengths; 1 is a cost that grows with the "
    "length, 2 one that grows with its square. The feed-forward part, which all three share, costs by the length, and "
    "at short lengths hides the square."
)


def run() -> dict[str, Any]:
    """Measure every length."""
    with one_thread():
        measured = {length: milliseconds(length) for length in LENGTHS}
    slopes = {family: slope({length: ms[family] for length, ms in measured.items()}) for family in FAMILIES}
    rows = [
        [length, *ms.values(), *(ms[family] / ms["transformer"] for family in FAMILIES[1:])]
        for length, ms in measured.items()
    ]
    return {
        "title": "Length",
        "about": ABOUT,
        "columns": [
            "T",
            *(f"{family}, ms" for family in FAMILIES),
            *(f"{family} / transformer" for family in FAMILIES[1:]),
        ],
        "rows": [*rows, ["slope", *slopes.values(), None, None]],
        "bars": bars(slopes, measured[LENGTHS[-1]]),
        "measurements": {str(length): ms for length, ms in measured.items()},
    }


def milliseconds(length: int) -> dict[str, float]:
    """Medians of a step of each family at T = length."""
    calls = {family: step(family, length)[1] for family in FAMILIES}
    seconds: dict[str, list[float]] = {family: [] for family in calls}
    order, shuffled = list(calls), random.Random(length)
    for turn in range(ROUNDS + WARM_UP):
        shuffled.shuffle(order)
        for family in order:
            began = time.thread_time()
            calls[family]()
            if turn >= WARM_UP:
                seconds[family].append(time.thread_time() - began)
    return {family: 1e3 * statistics.median(taken) for family, taken in seconds.items()}


def step(family: FamilyName, length: int) -> tuple[SequenceModel, Callable[[], None]]:
    """A model and its training step without the optimizer.

    It starts from the vectors of the inputs, because models take no more than 2,048 of these.
    """
    config = ModelConfig(family=family, vocab_size=2, num_outputs=2, d_model=D_MODEL, window=WINDOW, max_len=2048)
    model = SequenceModel(config)
    vectors = torch.randn(BATCH, length, D_MODEL, generator=torch.Generator().manual_seed(0))

    def call() -> None:
        model.zero_grad()
        model.answers(vectors).square().mean().backward()  # type: ignore[no-untyped-call]

    return model, call


def slope(cost: Mapping[int, float]) -> float:
    """Of the least-squares line through (log length, log cost)."""
    lengths, costs = [[math.log(one) for one in values] for values in (cost.keys(), cost.values())]
    return statistics.linear_regression(lengths, costs).slope


def bars(slopes: Mapping[FamilyName, float], longest: Mapping[str, float]) -> Sequence[dict[str, Any]]:
    """What cheap means: a cost that grows with the length, and a step that takes less at the longest."""
    cheap = FAMILIES[1:]
    return [
        *(report.bar(f"{family}: slope of cost over length", slopes[family], SLOPE_BAR, "") for family in cheap),
        *(
            report.bar(
                f"{family} / transformer at T = {LENGTHS[-1]}", longest[family] / longest["transformer"], 0.5, "times"
            )
            for family in cheap
        ),
    ]
