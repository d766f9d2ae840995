"""One matrix in few bits: whole steps of a row's own length, packed without a gap.

    w of row r  ->  code = round(w / step_r), step_r = largest |w| of the row / (2^(bits - 1) - 1)  ->  code * step_r

Symmetric: a zero stays zero, the largest number of each row stays itself, and no number moves by more than half a step.

Source: absmax quantisation by rows, Dettmers et al. 2022, section 2.1, https://arxiv.org/abs/2208.07339
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.allowed import check_number

MOST_BITS = 8


@dataclass(frozen=True, eq=False)
class Codes:
    """A matrix (R, C) as whole numbers and the length of a step in each row."""

    codes: Tensor  # (R, C) int64, from -(2^(bits - 1) - 1) to as much above 0
    steps: Tensor  # (R, 1), of the matrix's type; 1 in a row of zeros
    bits: int

    @property
    def values(self) -> Tensor:
        """(R, C): the numbers that a model calculates with."""
        return self.codes * self.steps


def coded(matrix: Tensor, bits: int) -> Codes:
    """The nearest whole step to each number of a matrix (R, C).

    Raises:
        SpecError: bits out of bounds (2 to 8).
    """
    check_number("bits", bits, 2, MOST_BITS)
    most = matrix.abs().amax(1, keepdim=True)
    steps = torch.where(most > 0, most / _top(bits), torch.ones_like(most))
    return Codes((matrix / steps).round().clamp(-_top(bits), _top(bits)).long(), steps, bits)


def packed(codes: Codes) -> Tensor:
    """(bytes,) uint8: code after code, the lowest bit first, without a gap; the last byte is filled up with zeros."""
    above_zero = (codes.codes + _top(codes.bits)).flatten()
    bits = (above_zero[:, None] >> torch.arange(codes.bits)) & 1
    bits = torch.nn.functional.pad(bits.flatten(), (0, -bits.numel() % 8))
    return (bits.view(-1, 8) << torch.arange(8)).sum(1).to(torch.uint8)


def unpacked(data: Tensor, steps: Tensor, bits: int, columns: int) -> Codes:
    """What was packed.

    Args:
        data: (bytes,) uint8.
        steps: (R, 1).
        bits: of a code.
        columns: C.
    """
    count = len(steps) * columns
    stream = ((data.long()[:, None] >> torch.arange(8)) & 1).flatten()[: count * bits].view(count, bits)
    codes = (stream << torch.arange(bits)).sum(1) - _top(bits)
    return Codes(codes.view(-1, columns), steps, bits)


def _top(bits: int) -> int:
    """The largest code: one of the 2^bits is not used, so that there are as many below zero as above."""
    return int(2 ** (bits - 1) - 1)
