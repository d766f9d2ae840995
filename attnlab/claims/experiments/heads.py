"""Experiments on heads: whether they touch each other, and what they cost."""

from dataclasses import replace

from torch.utils.flop_counter import FlopCounterMode

from attnlab.claims.experiments.drawn import HEADS, largest, layer, stream
from attnlab.claims.measured import Measured, Size, figures_of
from attnlab.engine import Projections, multi_head_attention
from attnlab.models import ModelConfig, count_parameters

COUNTS = (1, 2, 4, 8, 16)
TOKENS: dict[Size, int] = {"tiny": 16, "quick": 64, "full": 256}


def independence(seed: int, size: Size) -> Measured:
    """Which heads' outputs move when the query, key and value weights of the first head are set to zero."""
    x, weights = stream(seed, TOKENS[size]), layer(seed)
    before, after = (multi_head_attention(x, one).heads.output for one in (weights, _without_first_head(weights)))
    moved = {head + 1.0: largest(after[:, head], before[:, head]) for head in range(HEADS)}
    numbers = {"own_moved": moved[1.0], "others_moved": max(moved[head + 1.0] for head in range(1, HEADS))}
    return Measured(figures_of({"moved": moved}), numbers)


def _without_first_head(weights: Projections) -> Projections:
    cut = weights.qkv_proj.clone()
    width = weights.num_heads * weights.head_dim
    for start in (0, width, 2 * width):
        cut[:, start : start + weights.head_dim] = 0.0
    return replace(weights, qkv_proj=cut)


def head_costs(seed: int, size: Size) -> Measured:
    """Parameters of a model's body and multiply-adds of a layer, by the number of heads at one width."""
    d_model, x = 64, stream(seed, TOKENS[size], 64)
    config = ModelConfig(family="transformer", vocab_size=16, num_outputs=16, d_model=d_model, num_heads=1)
    parameters, work = {}, {}
    for heads in COUNTS:
        parameters[heads] = float(count_parameters(replace(config, num_heads=heads))[0])
        with FlopCounterMode(display=False) as counter:
            multi_head_attention(x, layer(seed, heads, d_model))
        work[heads] = counter.get_total_flops() / 2
    one, many = COUNTS[0], COUNTS[-1]
    relative = {
        "parameters": {heads: count / parameters[one] for heads, count in parameters.items()},
        "multiply_adds": {heads: count / work[one] for heads, count in work.items()},
    }
    numbers = {
        "heads": many,
        "parameters": parameters[one],
        "parameters_times": relative["parameters"][many],
        "work_times": relative["multiply_adds"][many],
    }
    return Measured(figures_of(relative), numbers)
