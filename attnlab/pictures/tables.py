"""Any tensor of a trace as a table, on screen and as CSV."""

from collections.abc import Mapping, Sequence

import pandas as pd
import torch

from attnlab.engine import LayerTrace
from attnlab.pictures.stage import stage_arrays

# Which token names go with the rows and the columns of each tensor; others count coordinates.
_TOKEN_COLUMNS = frozenset({"scores", "scaled_scores", "bias", "masked_scores", "weights", "dropped_weights"})
_COORDINATE_ROWS = frozenset({"w_query", "w_key", "w_value", "w_output"})
_ONE_ROW = frozenset({"b_query", "b_key", "b_value", "b_output", "norm_gain", "norm_bias", "score_vector"})


def tensor_names(trace: LayerTrace, head: int) -> list[str]:
    """The tensors there are to look at, in the order they are computed."""
    return [name for name in stage_arrays(trace, head) if name != "thumbnails"]


def tensor_table(trace: LayerTrace, head: int, name: str) -> pd.DataFrame:
    """One tensor of one head with named rows and columns. Numbers are the engine's, in its precision.

    Names start with a number ("3 sat"), which keeps equal tokens apart and a spreadsheet from taking a token such
    as "=1+1" for a formula.
    """
    tensor = stage_arrays(trace, head)[name].cpu()
    if tensor.dtype in {torch.bfloat16, torch.float16}:
        tensor = tensor.float()
    tokens = [f"{number} {token}" for number, token in enumerate(trace.tokens, start=1)]
    rows = [name] if name in _ONE_ROW else _coordinates(tensor.shape[0]) if name in _COORDINATE_ROWS else tokens
    columns = tokens if name in _TOKEN_COLUMNS else _coordinates(tensor.shape[1])
    return pd.DataFrame(tensor.numpy(), index=pd.Index(rows, name=name), columns=columns)


def _coordinates(count: int) -> list[str]:
    return [f"c{number}" for number in range(count)]


def heads_table(trace: LayerTrace, labels: Mapping[str, str]) -> pd.DataFrame:
    """What each head does, measured; one row a head.

    Args:
        trace: the computed layer.
        labels: the prose for each pattern's name.
    """
    measures = trace.measures
    built = trace.head_names or ("",) * trace.spec.num_heads
    columns: dict[str, Sequence[object]] = {
        "head": range(1, trace.spec.num_heads + 1),
        "label": [labels.get(label, label) for label in trace.labels],
        "built": [labels.get(name, name) for name in built],
        "entropy_bits": measures.entropy_bits,
        "most_bits": measures.most_bits,
        "effective_tokens": measures.effective_tokens,
        "mean_distance": measures.mean_distance,
        "total_weight": measures.total_weight,
        **{f"on_{name.replace(' ', '_')}": measures.shares[name] for name in ("self", "previous", "next", "first")},
    }
    return pd.DataFrame(columns)
