"""How a text is written, on a made-up model whose every text can be weighed."""

import itertools
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from attnlab.engine import KvCache
from attnlab.engine.stack import SoFar
from attnlab.pretrained.families.pair import WritingRules
from attnlab.pretrained.pairs.writing import Step, beam_search, greedy
from tests.engine.reference import normal

START, END, PADDING, WORDS = 0, 1, 2, 5
RULES = WritingRules(start=START, end=END, padding=PADDING)


def made_up(seed: int) -> Step:
    """Logits that depend on all that was written: what is kept is the text itself."""
    table = 2 * normal(WORDS, 4, WORDS, seed=seed, dtype=torch.float32)

    def step(newest: Tensor, so_far: SoFar) -> tuple[Tensor, SoFar]:
        text = newest[:, None, None, None]
        if so_far.caches:
            text = torch.cat([so_far.caches[0].key, text], 2)
        ids = text[:, 0, :, 0]
        logits = sum(table[ids[:, place], place] / (1 + place) for place in range(ids.shape[1]))
        assert isinstance(logits, Tensor)
        return logits, SoFar((KvCache(text, text),))

    return step


def log_prob(step: Step, ids: tuple[int, ...], rules: WritingRules) -> float:
    """Of a text, computed without any search."""
    so_far, newest, total = SoFar(), rules.start, 0.0
    for id_ in ids:
        logits, so_far = step(torch.tensor([newest]), so_far)
        said = logits[0].log_softmax(-1)
        said[list(rules.never)] = -torch.inf
        if rules.renormalised:
            said = said.log_softmax(-1)
        total, newest = total + float(said[id_]), id_
    return total


def all_texts(most: int) -> list[tuple[int, ...]]:
    """Every text that ends, and every one for whose end there is no more room."""
    words = [id_ for id_ in range(WORDS) if id_ != END]
    ended = [(*text, END) for length in range(most) for text in itertools.product(words, repeat=length)]
    return ended + list(itertools.product(words, repeat=most))


@pytest.mark.parametrize("penalty", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(4))
def test_with_room_for_every_text_the_best_one_is_found(seed: int, penalty: float) -> None:
    step, most = made_up(seed), 3
    scores = {text: log_prob(step, text, RULES) / len(text) ** penalty for text in all_texts(most)}
    found = beam_search(step, RULES, most, 125, penalty)
    ranked = sorted(scores, key=lambda text: -scores[text])
    assert [one.ids for one in found[:5]] == ranked[:5]
    assert [one.score for one in found[:5]] == pytest.approx([scores[text] for text in ranked[:5]], abs=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_greedy_takes_the_likeliest_token_until_the_end(seed: int) -> None:
    step = made_up(seed)
    found = greedy(step, RULES, 4)
    for length in range(len(found.ids)):
        before = found.ids[:length]
        others = [log_prob(step, (*before, id_), RULES) for id_ in range(WORDS)]
        assert found.ids[length] == max(range(WORDS), key=others.__getitem__)
    assert len(found.ids) == 4 or found.ids[-1] == END
    assert found.score == pytest.approx(log_prob(step, found.ids, RULES) / len(found.ids), abs=1e-5)


def test_what_is_never_written_is_not_written_and_the_rest_can_be_made_whole() -> None:
    for seed in range(4):
        step = made_up(seed)
        free = greedy(step, RULES, 4).ids[0]
        rules = replace(RULES, never=(PADDING, free))
        for whole in (False, True):
            told = replace(rules, renormalised=whole)
            for found in (greedy(step, told, 4), *beam_search(step, told, 4, 3)):
                assert not {PADDING, free} & set(found.ids)
                assert found.score == pytest.approx(log_prob(step, found.ids, told) / len(found.ids), abs=1e-5)


def test_at_the_limit_the_end_is_written_where_the_rules_say_so() -> None:
    rules = replace(RULES, ends_at_limit=True)
    for seed in range(4):
        step = made_up(seed)
        for most in (1, 2, 4):
            for found in (greedy(step, rules, most), beam_search(step, rules, most, 3)[0]):
                assert found.ids[-1] == END
                assert END not in found.ids[:-1]


def test_more_beams_than_words_find_no_text_twice() -> None:
    found = beam_search(made_up(1), RULES, 2, 40)
    real = [one.ids for one in found if one.score > -1e6]
    assert len(real) == len(set(real)) == len(all_texts(2))
