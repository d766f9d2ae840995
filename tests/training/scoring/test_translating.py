"""What a translator is asked, and how it is scored: by one that has learned nothing, by one that knows it all."""

import functools
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.models import SEQ2SEQ_FAMILIES, FamilyName, Seq2SeqConfig, Seq2SeqModel
from attnlab.models.seq2seq.decoding import END_ID, START_ID
from attnlab.tasks import Translation
from attnlab.training.scoring import translating
from attnlab.training.scoring.translating import report, translate, written

TASK = Translation(num_pairs=5_000, max_source=8)
every_family = pytest.mark.parametrize("family", SEQ2SEQ_FAMILIES)


@functools.cache
def untrained(family: FamilyName = "transformer") -> Seq2SeqModel:
    info = TASK.info
    assert info.source_len is not None
    assert info.source_symbols is not None
    model = Seq2SeqModel(
        Seq2SeqConfig(
            family=family,
            source_vocab_size=len(info.source_symbols),
            target_vocab_size=info.num_outputs,
            source_len=info.source_len,
            target_len=info.seq_len - info.source_len,
            d_model=12,
            num_heads=3,
        )
    ).eval()
    with torch.no_grad():
        model.head.weight.mul_(40)
    return model


@every_family
def test_what_is_written_comes_with_what_led_to_it(family: FamilyName) -> None:
    got = translate(untrained(family), TASK, "The cat sat on the mat.", beams=3)
    steps, words = len(got.words), len(got.source.ids)
    assert got.source.tokens == ("the", "cat", "sat", "on", "the", "mat", ".")
    assert len(got.candidates) == steps
    assert got.influence.shape == (steps, words)
    torch.testing.assert_close(got.influence.sum(-1), torch.ones(steps))
    assert got.log_prob == pytest.approx(got.tree.nodes[got.tree.best].total, rel=1e-4)
    if family == "gru":
        assert got.cross_weights is None
    else:
        assert got.cross_weights is not None
        assert got.cross_weights.shape[-2:] == (steps, words)
        torch.testing.assert_close(got.cross_weights.sum(-1), torch.ones_like(got.cross_weights[..., 0]))


@every_family
def test_greedy_writes_the_likeliest_candidate_at_each_step(family: FamilyName) -> None:
    got = translate(untrained(family), TASK, "the dog sleeps")
    assert got.words == tuple(row[0].word for row in got.candidates)
    assert got.log_prob == pytest.approx(sum(torch.tensor(row[0].probability).log().item() for row in got.candidates))
    for row in got.candidates:
        assert [one.probability for one in row] == sorted((one.probability for one in row), reverse=True)


def test_any_hypothesis_of_the_tree_can_be_looked_at() -> None:
    best = translate(untrained(), TASK, "the dog sleeps", beams=4)
    other = next(node for node in best.tree.nodes[1:] if node.parent == 0 and node.number != best.tree.words_to(1)[0])
    looked = written(untrained(), TASK, best.source, best.tree, other.number)
    assert looked.words == tuple((TASK.info.symbols or ())[word] for word in best.tree.words_to(other.number))
    assert looked.log_prob == pytest.approx(other.total, rel=1e-4)


def test_unknown_words_are_named() -> None:
    assert translate(untrained(), TASK, "the zebra saw a quokka .").source.unknown == ("zebra", "quokka")


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "\0"])
def test_a_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match=r"sentence \(.*\) must hold a word"):
        translate(untrained(), TASK, text)


def test_hostile_and_endless_texts_are_read_like_any_other() -> None:
    for text in ("<script>alert(1)</script>", "a" * 100_000, "the " * 500, "\u202eabc\ud800", "=1+1"):
        got = translate(untrained(), TASK, text)
        assert 1 <= len(got.source.ids) <= (TASK.info.source_len or 0)


# --- scores -----------------------------------------------------------------------------------------------------------


def oracle(wrong: Sequence[int] = ()) -> Any:
    """`greedy` by somebody who knows the answers, but for some rows."""

    def answers(_: Seq2SeqModel, sources: Tensor) -> list[tuple[int, ...]]:
        targets = TASK.batch_of(TASK.test_rows(len(sources), 0)).targets.tolist()
        right = [tuple(word for word in row if word not in (0, END_ID)) for row in targets]
        return [words[:-2] if number in wrong else words for number, words in enumerate(right)]

    return answers


def test_who_knows_the_answers_scores_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translating, "greedy", oracle())
    found = report(untrained(), TASK, examples=40)
    assert (found.scores.exact, found.scores.bleu, found.scores.chrf) == (1.0, 100.0, 100.0)
    assert found.mistakes == ()
    assert {share.score for share in found.by_length} == {1.0}
    assert sum(share.count for share in found.by_length) == 40


def test_mistakes_are_counted_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translating, "greedy", oracle(wrong=(0, 7)))
    found = report(untrained(), TASK, examples=40)
    assert found.scores.exact == pytest.approx(38 / 40)
    assert found.scores.bleu < 100
    assert [one.pair for one in found.mistakes] == [found.examples[0].pair, found.examples[7].pair]
    lengths = {len(one.pair.source) for one in found.mistakes}
    assert {share.at for share in found.by_length if share.score < 1} == lengths


@every_family
def test_heads_are_ordered_by_their_error_and_only_attention_has_any(family: FamilyName) -> None:
    heads = report(untrained(family), TASK, examples=30).heads
    assert len(heads) == {"transformer": 6, "gru_attention": 1, "gru": 0}[family]
    assert [head.error_rate for head in heads] == sorted(head.error_rate for head in heads)
    assert all(0 <= head.error_rate <= 1 for head in heads)


def test_a_head_that_looks_where_the_word_comes_from_has_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights of `trace`, replaced by the gold links."""
    model = untrained("gru_attention")
    pairs = TASK.test_pairs(30)

    class Gold:
        def __init__(self, inputs: Tensor) -> None:
            weights = torch.zeros(len(inputs), 1, 1, inputs.shape[1], inputs.shape[1])
            for number, pair in enumerate(pairs):
                for target, source in pair.sure:
                    weights[number, 0, 0, target, source] = 1.0
            self.cross_weights = weights

    monkeypatch.setattr(model, "trace", Gold)
    (head,) = report(model, TASK, examples=30).heads
    sure = [len(pair.sure) for pair in pairs]
    least = 1 - 2 * sum(len(pair.target) for pair in pairs) / sum(
        len(pair.target) + count for pair, count in zip(pairs, sure, strict=True)
    )
    assert head.error_rate == pytest.approx(least, abs=1e-9)


def test_the_sentence_that_everybody_tries_is_never_trained_on() -> None:
    sides = TASK.corpus.sides
    wanted = ("the", "cat", "sat", "on", "the", "mat", ".")
    assert wanted in {pair.source for pair in TASK.pairs_of(sides["test"])}
    assert wanted not in {pair.source for pair in TASK.pairs_of(sides["train"])}
    assert START_ID == 1
