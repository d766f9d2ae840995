"""Which examples are for training and which for the test, decided by the example itself.

An example's hash, not a stored list, says on which side it lies. So the side is the same in every process and run,
fresh examples can be drawn for ever, and no test example ever trains a model. (minGPT's sort demo splits with Python's
`hash()`; where that is salted, each process has another split.)
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from attnlab.tasks.base import Split
from attnlab.tasks.checks import MAX_BATCH_SIZE, SizeError, check_whole

TEST_ONE_IN = 4
"""One example in so many is a test example."""

_MAX_ROUNDS = 64
_GOLDEN = 0x9E3779B97F4A7C15 - 2**64  # 2^64 / golden ratio: odd, so no two positions share a key


def hash_rows(rows: Tensor) -> Tensor:
    """A hash of each row that depends on its values, their order and their number, and on nothing else.

    Each value is mixed with a key of its position, and the sum of a row is mixed again; arithmetic is modulo 2^64.

    Args:
        rows: (N, ...) integers or float32; rows of float32 are hashed by their bits.

    Returns:
        (N,) int64, its bits as good as random.

    Source: the mixer is the last step of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
        generators", fig. 13 and its successors' constants).
    """
    values = rows.flatten(1)
    bits = values.view(torch.int32).long() if values.dtype == torch.float32 else values.long()
    keys = _GOLDEN * torch.arange(1, bits.shape[1] + 1)
    return _mixed(_mixed(bits + keys).sum(1))


def is_test(hashes: Tensor) -> Tensor:
    """(N,) bool: which examples belong to the test, by their hashes (N,)."""
    return hashes % TEST_ONE_IN == 0


def is_test_both_sides(hashes: Tensor) -> Tensor:
    """`is_test`, but with an example on each side whenever there are two different hashes.

    For the few examples that a user brings: the smallest hash moves to an empty test side, the largest to an empty
    training side.
    """
    test = is_test(hashes)
    if len(hashes) == 0 or hashes.min() == hashes.max():
        return test
    if not test.any():
        return hashes == hashes.min()
    return test & (hashes != hashes.max()) if test.all() else test


def draw(propose: Callable[[int], Tensor], batch_size: int, split: Split) -> Tensor:
    """Fresh examples from one side of the split, by proposing more than needed and keeping those of that side.

    A hash has nothing to do with what it hashes, so the kept examples have the distribution of the proposed ones.

    Args:
        propose: n -> (n, ...) examples, hashed whole.
        batch_size: B.
        split: the side.

    Returns:
        (B, ...) examples.

    Raises:
        ValueError: so few examples exist that none lies on that side.
    """
    check_whole("batch_size", batch_size, 1, MAX_BATCH_SIZE)
    wanted = check_split(split) == "test"
    share = 1 / TEST_ONE_IN if wanted else 1 - 1 / TEST_ONE_IN
    kept: list[Tensor] = []
    missing = batch_size
    for _ in range(_MAX_ROUNDS):
        candidates = propose(math.ceil(1.2 * missing / share) + 8)  # one round is nearly always enough
        kept.append(candidates[is_test(hash_rows(candidates)) == wanted][:missing])
        missing -= len(kept[-1])
        if missing == 0:
            return torch.cat(kept)
    message = f"the sizes leave {batch_size - missing} examples for split ({split!r}), must be at least 1"
    raise SizeError("seq_len", "examples", message, got=missing)


def pick(side: Tensor, batch_size: int, generator: torch.Generator) -> Tensor:
    """(B,) entries of a side (N,) drawn with replacement, for tasks whose examples are listed."""
    check_whole("batch_size", batch_size, 1, MAX_BATCH_SIZE)
    return side[torch.randint(len(side), (batch_size,), generator=generator)]


def distinct(side: Tensor, batch_size: int, generator: torch.Generator) -> Tensor:
    """(B,) entries of a side (N,), none twice: `batch_size`, or all of them where the side has fewer.

    What a model is scored on: an example that came twice would count twice, and a score of as many as there are is the
    score of the test. Smaller batches of one state are the beginnings of larger ones.
    """
    check_whole("batch_size", batch_size, 1, MAX_BATCH_SIZE)
    return side[torch.randperm(len(side), generator=generator)[:batch_size]]


def check_split(split: Split) -> Split:
    """The split, if it is one.

    Raises:
        SizeError: it is neither "train" nor "test".
    """
    if split not in ("train", "test"):
        message = f"split ({split!r}) must be 'train' or 'test'"
        raise SizeError("split", "choice", message, got=split, choices=("train", "test"))
    return split


def _mixed(bits: Tensor) -> Tensor:
    """Each int64 spread over all 64 bits, one to one."""
    bits = (bits ^ _shifted(bits, 30)) * (0xBF58476D1CE4E5B9 - 2**64)
    bits = (bits ^ _shifted(bits, 27)) * (0x94D049BB133111EB - 2**64)
    return bits ^ _shifted(bits, 31)


def _shifted(bits: Tensor, count: int) -> Tensor:
    """Shift right with zeros coming in; torch's own shift of int64 copies the sign."""
    return (bits >> count) & ((1 << (64 - count)) - 1)
