"""Floors of the in-context Markov chain: uniform, unigram, and the Bayes-optimal bigram."""

import functools
import math

import torch
from torch import Tensor

from attnlab.tasks.base import Floor
from attnlab.tasks.synthetic.chains import bigram_probabilities, sampled_chains, unigram_probabilities

_NUM_SAMPLED = 2048


@functools.lru_cache(maxsize=32)
def markov_floors(num_states: int, length: int) -> tuple[Floor, ...]:
    """Mean losses over the `length` predictions of chains with Dirichlet(1) rows and a uniform first state.

    Uniform: ln K. Unigram and bigram: the expected losses of `unigram_probabilities` and `bigram_probabilities`; exact
    for two states, from 2,048 seeded chains (standard error below .01) for more. The bigram is Bayes-optimal: nothing
    can be better on average.

    At two states and length 100 exactly .6931, .5822 and .5112. (With the paper's stationary start: .577 and .5105.)
    """
    unigram, bigram = _two_states(length) if num_states == 2 else _sampled(num_states, length)
    return (
        Floor("chance", math.log(num_states), math.log(num_states)),
        Floor("unigram", unigram, unigram),
        Floor("bayes", bigram, bigram),
    )


def _two_states(length: int) -> tuple[float, float]:
    """The exact expected losses (unigram, bigram), by dynamic programming over transition counts.

    Start in state 0 (state 1 is its mirror image). After t transitions, the numbers n00 and n01 of those out of 0 and
    the current state x fix the rest: leaving and entering 0 alternate, so n10 = n01 - x, and n11 is what is left of t.
    The probability that the next state is 1, with the unknown rows integrated out, is Laplace's rule on these counts:
    the same rule as the bigram predictor's, whose loss is therefore its own entropy.
    """
    n00 = torch.arange(length + 1, dtype=torch.double)[:, None]
    n01 = torch.arange(length // 2 + 2, dtype=torch.double)[None, :]  # a chain must come back before it leaves again
    at_zero = torch.zeros(length + 1, length // 2 + 2, dtype=torch.double)  # P(n00, n01, x = 0)
    at_zero[0, 0] = 1
    at_one = torch.zeros_like(at_zero)
    unigram = bigram = 0.0
    to_one_from_zero = (n01 + 1) / (n00 + n01 + 2)
    for t in range(length):
        # Clamped, because the table also holds impossible counts; their mass is zero, and zero times infinity is not.
        to_zero_from_one = (n01 / (t - n00 - n01 + 2).clamp(min=1)).clamp(max=1)  # (n10 + 1) / (n10 + n11 + 2)
        for x, mass, to_one in ((0, at_zero, to_one_from_zero), (1, at_one, 1 - to_zero_from_one)):
            ones = t - n00 - n01 + x  # among the t + 1 states so far: n01 + n11 = t - n00 - n10
            guess = ((ones + 1) / (t + 3)).clamp(1e-9, 1 - 1e-9)
            bigram += (mass * _cross_entropy(to_one, to_one)).sum().item()
            unigram += (mass * _cross_entropy(to_one, guess)).sum().item()
        at_zero, at_one = (
            _moved(at_zero * (1 - to_one_from_zero), 0) + at_one * to_zero_from_one,
            _moved(at_zero * to_one_from_zero, 1) + at_one * (1 - to_zero_from_one),
        )
    return unigram / length, bigram / length


def _sampled(num_states: int, length: int) -> tuple[float, float]:
    """The losses (unigram, bigram) on seeded chains."""
    states = sampled_chains(_NUM_SAMPLED, num_states, length + 1, torch.Generator().manual_seed(0))
    after = states[:, 1:, None]
    unigram, bigram = (
        -predict(states[:, :-1], num_states).gather(-1, after).log().mean().item()
        for predict in (unigram_probabilities, bigram_probabilities)
    )
    return unigram, bigram


def _cross_entropy(truth: Tensor, guess: Tensor) -> Tensor:
    """Of two-valued distributions, by the probability of 1."""
    return -torch.xlogy(truth, guess) - torch.xlogy(1 - truth, 1 - guess)


def _moved(mass: Tensor, dim: int) -> Tensor:
    """One count further along dim; the last row or column is never reached."""
    moved = mass.roll(1, dim)
    moved.select(dim, 0).zero_()
    return moved
