"""From logits to a text, token by token: the likeliest next one, or several hypotheses side by side.

Both take the steps of transformers' `generate`, in its order and in its float32, so that ids are the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from attnlab.engine.stack import SoFar
from attnlab.pretrained.families.pair import WritingRules

Step = Callable[[Tensor, SoFar], tuple[Tensor, SoFar]]
"""The newest ids (B,) and what went before -> logits (B, V) of what comes next, and what has gone before then."""
OUT_OF_THE_QUESTION = -1e9


@dataclass(frozen=True)
class Hypothesis:
    """What was written."""

    ids: tuple[int, ...]  # without the start; the end is among them if it came to one
    score: float  # the log-probability in nats, divided by the length to the power of the length penalty


def greedy(step: Step, rules: WritingRules, most: int, length_penalty: float = 1.0) -> Hypothesis:
    """The likeliest next token, again and again.

    Args:
        step: of a model beside its source.
        rules: how a text begins and ends.
        most: tokens at most, the end among them.
        length_penalty: of the score alone.
    """
    ids: list[int] = []
    total, so_far, newest = 0.0, SoFar(), torch.tensor([rules.start])
    while len(ids) < most and rules.end not in ids[-1:]:
        logits, so_far = step(newest, so_far)
        log_probs = _allowed(logits.float().log_softmax(-1), rules, last=len(ids) + 1 == most)
        newest = log_probs.argmax(-1)
        ids.append(int(newest))
        total += float(log_probs[0, newest])
    return Hypothesis(tuple(ids), total / len(ids) ** length_penalty)


def beam_search(
    step: Step, rules: WritingRules, most: int, num_beams: int, length_penalty: float = 1.0
) -> tuple[Hypothesis, ...]:
    """The best hypotheses that are complete, best first; the search ends when there are `num_beams` of them.

    At each step twice as many continuations are weighed as there are beams, so that as many go on even if half of them
    end. One that ends counts only among the first half. What has not ended when there is no more room counts too.

    Args:
        step: of a model beside its source.
        rules: how a text begins and ends.
        most: tokens at most, the end among them.
        num_beams: hypotheses side by side, 2 or more.
        length_penalty: scores are log-probabilities over length to this power.

    Source: Sutskever et al. 2014, section 3.2, https://arxiv.org/abs/1409.3215
    """
    running, totals = [()] * num_beams, torch.full((num_beams,), OUT_OF_THE_QUESTION)
    totals[0] = 0.0  # all begin alike: only one of them is gone on with
    newest, so_far = torch.full((num_beams,), rules.start), SoFar()
    complete: list[Hypothesis] = []
    for length in range(1, most + 1):
        logits, so_far = step(newest, so_far)
        log_probs = _allowed(logits.float().log_softmax(-1), rules, last=length == most)
        weighed = (log_probs + totals[:, None]).flatten()
        values, places = weighed.topk(min(2 * num_beams, len(weighed)))
        rows, ids = places // log_probs.shape[-1], places % log_probs.shape[-1]
        texts = [(*running[row], id_) for row, id_ in zip(rows.tolist(), ids.tolist(), strict=True)]
        ended = (ids == rules.end) | (length == most)
        scores = values / length**length_penalty
        ending = [at for at in range(num_beams) if ended[at]]
        complete = _best([*complete, *(Hypothesis(texts[at], float(scores[at])) for at in ending)], num_beams)
        if length == most or len(complete) == num_beams:
            break
        kept = (values + ended * OUT_OF_THE_QUESTION).topk(num_beams).indices
        running, totals = [texts[at] for at in kept.tolist()], values[kept] + ended[kept] * OUT_OF_THE_QUESTION
        newest, so_far = ids[kept], so_far.of(rows[kept])
    return tuple(complete)


def _best(hypotheses: list[Hypothesis], count: int) -> list[Hypothesis]:
    return sorted(hypotheses, key=lambda one: -one.score)[:count]


def _allowed(log_probs: Tensor, rules: WritingRules, *, last: bool) -> Tensor:
    """(B, V): the same without what is never written, and the end alone where there is room for nothing else."""
    if rules.never:
        log_probs[:, list(rules.never)] = -torch.inf
    if last and rules.ends_at_limit:
        log_probs = torch.full_like(log_probs, -torch.inf)
        log_probs[:, rules.end] = 0.0
    return log_probs.log_softmax(-1) if rules.renormalised else log_probs
