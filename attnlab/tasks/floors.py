"""Scores that need no learning, or that cannot be beaten, where several tasks share them.

Losses are mean cross-entropies in nats over scored positions, as a task's own loss.
"""

import math

from attnlab.tasks.base import Floor


def chance(num_choices: int, metric: float | None = None) -> Floor:
    """A uniform guess among the answers that can occur: loss ln n, accuracy 1/n."""
    return Floor("chance", loss=math.log(num_choices), metric=1 / num_choices if metric is None else metric)


def order_blind(num_items: int, num_symbols: int) -> Floor:
    """What a model reaches that knows which symbols it must give back, but not in which order.

    All orders of n independent uniform symbols are equally likely, so each answer is symbol s with probability c_s / n,
    where c_s counts s among the n. Loss: the expected entropy of c / n. By linearity over symbols, with
    c_s ~ Binomial(n, 1/S), it is -S Σ_k P(k) (k/n) ln(k/n). Accuracy: always answering the most frequent symbol is
    right in max(c) of n places, so it is E[max c] / n = Σ_m P(max c >= m) / n.
    """
    n, S = num_items, num_symbols
    loss = 0.0
    for k in range(1, n + 1):
        probability = math.comb(n, k) * (1 / S) ** k * (1 - 1 / S) ** (n - k)
        loss -= S * probability * k / n * math.log(k / n)
    expected_max = sum(1 - _probability_max_below(m, n, S) for m in range(1, n + 1))
    return Floor("order-blind", loss=loss, metric=expected_max / n)


def _probability_max_below(bound: int, n: int, S: int) -> float:
    """P(no symbol occurs `bound` times or more among n uniform draws from S).

    Sequences are counted symbol by symbol: ways[j] is the number of ways to fill j of the n places so far.
    """
    ways = [1] + [0] * n
    for _ in range(S):
        ways = [sum(math.comb(j, k) * ways[j - k] for k in range(min(j, bound - 1) + 1)) for j in range(n + 1)]
    return float(ways[n] / S**n)
