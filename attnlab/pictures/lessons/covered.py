"""The stage while something on it is being guessed: places without their numbers, which are not sent."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from attnlab.looks.layers import Asked
from attnlab.pictures.packing import Absent, Packable, packed
from attnlab.pictures.stage import ALONE, stage_arrays, stage_header
from attnlab.prose import page_prose

FOLLOWING = (
    ("x", ("token_embedding", "position_embedding", "x")),
    ("query", ("query", "key", "value", "projected_query", "projected_key", "normed_query", "normed_key")),
    ("scores", ("score_query", "score_key", "scores", "scaled_scores")),
    ("masked_scores", ("bias", "masked_scores")),
    ("weights", ("weights", "dropped_weights", "thumbnails")),
    ("head_output", ("head_output", "concat")),
    ("output", ("output",)),
)
"""Matrices in the order in which they follow from each other, in groups that are covered together."""
COVERS = tuple(first for first, _ in FOLLOWING)


def covered_picture(asked: Asked, first: str, of: str) -> bytes:
    """As `stage_picture`, with all from one matrix on covered: each has its place and its size, and no number.

    Args:
        asked: the layer, and where one looks.
        first: the matrix that is guessed, one of `COVERS`; what follows from it is covered with it.
        of: as in `stage_picture`.

    Raises:
        SpecError: as `Asked.trace`.
    """
    trace, words = asked.trace(), page_prose("attention")["stage"]
    arrays = stage_arrays(trace, asked.selection["head"])
    covered = [name for name in _from(first) if name in arrays]
    header = stage_header(trace, asked.selection, asked.params, words)
    if "weights" in covered:
        header["heads"] = [_unnamed(head) for head in header["heads"]]
    # What is missing is nowhere to be had: nobody is asked for it.
    header |= {"of": of, "covered": page_prose("lessons")["covered"], "angles": None}
    header["more"] = {"link": ALONE, "words": page_prose("notebook")["wide"]}
    return packed(header, _covered(arrays, covered), revised_by=("params", "selection", "covered"))


def _from(first: str) -> list[str]:
    """The names from a matrix on, each after what it follows from."""
    return [name for _, names in FOLLOWING[COVERS.index(first) :] for name in names]


def _covered(arrays: Mapping[str, Tensor], names: list[str]) -> dict[str, Packable]:
    sent: dict[str, Packable] = dict(arrays)
    return sent | {name: Absent(arrays[name]) for name in names}


def _unnamed(head: Mapping[str, Any]) -> dict[str, Any]:
    """A head of which nothing is said that was measured on its weights."""
    return dict.fromkeys(head, "") | {"built": None, "entropy_bits": None}
