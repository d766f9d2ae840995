"""Interventions: cells of a stage set by hand, heads switched off, tokens swapped or given an importance.

One idea serves every "what if": a list of edits, each at a named stage, applied in order; the engine recomputes
all that lies downstream of them and nothing that lies upstream. Undo is dropping the last one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from torch import Tensor

from attnlab.engine.errors import SpecError

EditedStage = Literal[
    "x",
    "w_query",
    "w_key",
    "w_value",
    "query",
    "key",
    "value",
    "scores",
    "mask",
    "weights",
    "head",
    "swap",
    "importance",
    "temperature",
]
STAGES: tuple[str, ...] = get_args(EditedStage)
MAX_EDITS = 64
MAX_VALUE = 1e6
MAX_IMPORTANCE = 100.0
MAX_INDEX = 255
TEMPERATURES = (0.05, 10.0)
"""From the lowest to the highest."""
_VALUES: dict[str, tuple[float, float]] = {
    "mask": (0, 1),
    "head": (0, 1),
    "importance": (0, MAX_IMPORTANCE),
    "temperature": TEMPERATURES,
}
SHARED = ("key", "value", "w_key", "w_value")
"""Stages with one matrix a key/value head; an edit names the query head that it was made in."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Edit:
    """One intervention; indices count from 0.

    stage       head        row, col                     value
    x           0           position, coordinate         the number
    w_*         query head  coordinate of x, of the head the number
    query ...   query head  position, coordinate         the number
    scores      query head  query, key                   the score before scaling
    mask        0           query, key                   1 may attend, 0 may not; in all heads
    weights     query head  query, key                   the weight; its row is not normalised again
    head        query head  0, 0                         0: its output is zeros
    swap        0           two tokens                   not used: 0
    importance  0           0, token                     w, which enters as log w on the scores of that key; 0 masks it
    temperature 0           0, 0                         of the layer, in the place of the spec's

    Raises:
        SpecError: a stage, an index or a value that no layer has.
    """

    stage: str
    head: int
    row: int
    col: int
    value: float

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            message = f"edits: stage ({str(self.stage)[:40]!r}) must be one of {', '.join(STAGES)}"
            raise SpecError("edits", "choice", message, got=self.stage, choices=STAGES)
        for name in ("head", "row", "col"):
            index = getattr(self, name)
            if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index <= MAX_INDEX:
                message = f"edits: {name} ({str(index)[:40]}) must be from 0 to {MAX_INDEX}"
                raise SpecError("edits", "range", message, got=index, low=0, high=MAX_INDEX)
        low, high = _VALUES.get(self.stage, (-MAX_VALUE, MAX_VALUE))
        number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        if not number or not low <= self.value <= high:  # NaN fails too
            message = f"edits: value ({str(self.value)[:40]}) of {self.stage} must be from {low:g} to {high:g}"
            raise SpecError("edits", "range", message, got=self.value, low=low, high=high)


def edit_sizes(stage: str, sizes: "LayerSizes") -> tuple[int, int, int]:
    """How many heads, rows and columns a stage has; 1 where it has none."""
    tokens, d_model, heads = sizes.seq_len, sizes.d_model, sizes.num_heads
    key, value = sizes.key_width, sizes.value_width
    return {
        "x": (1, tokens, d_model),
        "w_query": (heads, d_model, key),
        "w_key": (heads, d_model, key),
        "w_value": (heads, d_model, value),
        "query": (heads, tokens, key),
        "key": (heads, tokens, key),
        "value": (heads, tokens, value),
        "scores": (heads, tokens, tokens),
        "mask": (1, tokens, tokens),
        "weights": (heads, tokens, tokens),
        "head": (heads, 1, 1),
        "swap": (1, sizes.num_tokens, sizes.num_tokens),
        "importance": (1, 1, tokens),
        "temperature": (1, 1, 1),
    }[stage]


@dataclass(frozen=True)
class LayerSizes:
    """What an edit must fit into."""

    num_tokens: int  # without padding
    seq_len: int
    d_model: int
    num_heads: int
    key_width: int
    value_width: int


def fits(edit: Edit, sizes: LayerSizes) -> bool:
    """Whether a layer of these sizes has the edited cell. One that does not fit is kept, and waits."""
    heads, rows, columns = edit_sizes(edit.stage, sizes)
    return edit.head < heads and edit.row < rows and edit.col < columns


def at_stage(edits: Iterable[Edit], stage: str) -> list[Edit]:
    """The edits of one stage, in order."""
    return [edit for edit in edits if edit.stage == stage]


def with_cells_set(tensor: Tensor, edits: Sequence[Edit], heads_per_matrix: int | None = None) -> Tensor:
    """A copy with the edited cells set; the tensor itself where there are none.

    Args:
        tensor: (..., rows, columns), or (..., heads, rows, columns).
        edits: of the stage that the tensor is.
        heads_per_matrix: query heads that share one matrix; None if the tensor has no axis of heads.
    """
    if not edits:
        return tensor
    result = tensor.clone()
    for edit in edits:
        if heads_per_matrix is None:
            result[..., edit.row, edit.col] = edit.value
        else:
            result[..., edit.head // heads_per_matrix, edit.row, edit.col] = edit.value
    return result


def swapped(items: Sequence[Item], edits: Iterable[Edit]) -> tuple[Item, ...]:
    """Tokens in the order the swaps leave them in."""
    result = list(items)
    for edit in at_stage(edits, "swap"):
        if max(edit.row, edit.col) < len(result):
            result[edit.row], result[edit.col] = result[edit.col], result[edit.row]
    return tuple(result)


def importance_of(edits: Iterable[Edit], seq_len: int) -> tuple[float, ...] | None:
    """Each token's importance, 1 where none was set; None if none was."""
    chosen = at_stage(edits, "importance")
    if not chosen:
        return None
    importance = [1.0] * seq_len
    for edit in chosen:
        importance[edit.col] = edit.value
    return tuple(importance)


def temperature_set(edits: Iterable[Edit]) -> float | None:
    """The temperature that was set by hand: the last word counts; None if none was."""
    return next((edit.value for edit in reversed(at_stage(edits, "temperature"))), None)


def heads_off(edits: Iterable[Edit]) -> frozenset[int]:
    """The heads that are switched off: the last word on each counts."""
    last = {edit.head: edit.value for edit in at_stage(edits, "head")}
    return frozenset(head for head, value in last.items() if value == 0)
