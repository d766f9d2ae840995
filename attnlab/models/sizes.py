"""How large a model is, how far it sees, what it must remember; and how wide it must be to match another."""

import functools
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TypeVar

from attnlab.models.config import BOUNDS, FamilyName, ModelConfig
from attnlab.models.kinds import AnyConfig, AnyModel, build_model
from attnlab.models.mixers import MIXERS

C = TypeVar("C", bound=AnyConfig)


@dataclass(frozen=True)
class ModelFacts:
    """What a table of contenders shows of one."""

    family: FamilyName
    d_model: int
    num_layers: int
    body_parameters: int
    parameters: int  # embedding and head included
    receptive_field: int | None  # positions an answer can depend on; None without limit
    reach: int | None  # how far to a side the furthest of them lies
    state_size: int | None  # numbers kept to answer at the next position; None if the model may look ahead
    seq_len: int  # for which the state size holds


def describe(config: AnyConfig, seq_len: int | None = None) -> ModelFacts:
    """The facts of a config, without building its weights.

    Args:
        config: the model.
        seq_len: T at which to give the state size; max_len if left out.
    """
    body, total = count_parameters(config)
    if not isinstance(config, ModelConfig):  # it reads a whole text before it answers
        return ModelFacts(config.family, config.d_model, config.num_layers, body, total, None, None, None, seq_len or 0)
    length = config.max_len if seq_len is None else seq_len
    state = state_size(config, 2 * length if config.trailing_blanks else length) if config.causal else None
    return ModelFacts(
        family=config.family,
        d_model=config.d_model,
        num_layers=config.num_layers,
        body_parameters=body,
        parameters=total,
        receptive_field=receptive_field(config),
        reach=reach(config),
        state_size=state,
        seq_len=length,
    )


def body_parameters(model: AnyModel) -> int:
    """Numbers that training changes between the vectors of the inputs and the head: both of these excluded."""
    outside = sum(weight.numel() for part in model.outside if part is not None for weight in part.parameters())
    return sum(weight.numel() for weight in model.parameters()) - outside


@functools.lru_cache(maxsize=8192)  # of the sweep over all ready races, which asks for 5,000 of them
def count_parameters(config: AnyConfig) -> tuple[int, int]:
    """Parameters of the body and of the whole model, counted on a model without numbers."""
    model = build_model(config, device="meta")
    return body_parameters(model), sum(weight.numel() for weight in model.parameters())


def matched_width(config: C, budget: int, tolerance: float = 0.05) -> C:
    """The config at the width whose body comes closest to `budget` parameters.

    The widths of a small model lie far apart. Where none is near enough, the feed-forward part, if there is one, is
    made narrower or wider than `ff_multiple` says until the budget is met; nothing else changes.

    Args:
        config: the contender, at any width.
        budget: wanted body parameters.
        tolerance: largest relative deviation that still counts as matched.

    Raises:
        ValueError: no width comes within the tolerance; the message names the nearest below and above.
    """

    def miss(candidate: AnyConfig) -> float:
        return abs(count_parameters(candidate)[0] - budget) / max(budget, 1)

    nearest = _nearest_widths(config, budget)
    best = min(nearest, key=miss)
    if miss(best) > tolerance and config.ff_width:
        stretched = [(_nearest_ff_width(width, budget), width.ff_width) for width in nearest]
        best, _ = min(stretched, key=lambda pair: (miss(pair[0]) > tolerance, abs(pair[0].ff_width / pair[1] - 1)))
    if miss(best) > tolerance:
        sizes = ", ".join(f"{count_parameters(width)[0]:,} at d_model {width.d_model}" for width in nearest)
        raise ValueError(
            f"budget ({budget:,} parameters) must be within {tolerance:.0%} of a width that {config.family} with "
            f"num_layers {config.num_layers} and ff_multiple {config.ff_multiple} can have; nearest: {sizes}"
        )
    return best


def _nearest_widths(config: C, budget: int) -> list[C]:
    """The widest config below the budget and the narrowest one above, or the one of them there is."""
    step = config.width_multiple
    widths = range(config.narrowest, int(BOUNDS["d_model"][1]) + 1, step)
    above = bisect_left(widths, budget, key=lambda width: count_parameters(replace(config, d_model=width))[0])
    return [replace(config, d_model=width) for width in widths[max(above - 1, 0) : above + 1]]


def _nearest_ff_width(config: C, budget: int) -> C:
    """The config with the feed-forward width that meets the budget best, within half and double of what it was."""
    one_unit = config.num_feed_forwards * (2 * config.d_model + 1)  # a row up with its bias, a column down
    wanted = config.ff_width + round((budget - count_parameters(config)[0]) / one_unit)
    most = min(2 * config.ff_width, int(BOUNDS["ff_multiple"][1]) * config.d_model)
    return replace(config, ff_multiple=min(max(wanted, config.ff_width // 2, 1), most) / config.d_model)


def reach(config: ModelConfig) -> int | None:
    """How many positions back an answer can see, and as many ahead if the model may; None without limit.

    With trailing blanks an answer stands T positions further from the inputs than without.
    """
    total = 0
    for layer in range(config.num_layers):
        step = MIXERS[config.family].reach(config, layer)
        if step is None:
            return None
        total += step
    return total


def receptive_field(config: ModelConfig) -> int | None:
    """How many positions an answer can depend on, its own included; None without limit.

    Of a TCN 1 + 2 (k - 1) (2^L - 1), causal or not (Bai et al. 2018, section 3.2).
    """
    side = reach(config)
    return None if side is None else 1 + (side if config.causal else 2 * side)


def levels_to_reach(config: ModelConfig, span: int) -> ModelConfig:
    """The config with the fewest layers whose answers see `span` positions back.

    Raises:
        ValueError: not even the deepest one does.
    """
    furthest: int | None = 0
    for layers in range(1, int(BOUNDS["num_layers"][1]) + 1):
        deeper = replace(config, num_layers=layers)
        furthest = reach(deeper)
        if furthest is None or furthest >= span:
            return deeper
    raise ValueError(f"span ({span}) must be at most {furthest}, the reach of {layers} layers of {config.family}")


def state_size(config: ModelConfig, seq_len: int) -> int:
    """Numbers that generating must keep after seq_len positions to answer at the next.

    Keys and values for attention (growing), h and c for recurrence (fixed), the last inputs of every convolution for
    a TCN (growing until its window is full).

    Raises:
        ValueError: the model may look ahead, so that no state replaces the sequence.
    """
    if not config.causal:
        raise ValueError("causal (False) must be True: a model that looks ahead cannot go on from a state")
    kind = MIXERS[config.family]
    return sum(kind.state_size(config, layer, seq_len) for layer in range(config.num_layers))
