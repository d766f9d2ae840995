"""Exact match, BLEU and chrF: by hand where a hand can, and what their signatures say."""

import subprocess
import sys

import pytest

from attnlab.tasks import corpus_scores

REFERENCES = ["Le chat est assis sur le tapis.", "Une vache dort."]


def test_the_references_themselves_are_perfect() -> None:
    scores = corpus_scores(REFERENCES, REFERENCES)
    assert scores is not None
    assert (scores.exact, scores.bleu, scores.chrf) == pytest.approx((1, 100, 100))
    assert scores.bleu <= 100


def test_bleu_by_hand() -> None:
    """Eight tokens, "un" is wrong: 7 of 8 words are right, 5 of 7 pairs, 3 of 6 triples, 2 of 5 fours; no penalty."""
    scores = corpus_scores(["Le chat est assis sur un tapis."], REFERENCES[:1])
    assert scores is not None
    assert scores.exact == 0
    assert scores.bleu == pytest.approx(100 * (7 / 8 * 5 / 7 * 3 / 6 * 2 / 5) ** (1 / 4))


def test_a_letter_makes_a_sentence_inexact_and_costs_little_chrf() -> None:
    scores = corpus_scores(["Le chat est assise sur le tapis.", "Une vache dort."], REFERENCES)
    assert scores is not None
    assert scores.exact == 0.5
    assert 90 < scores.chrf < 100
    assert scores.bleu < scores.chrf


def test_signatures_say_how_it_was_computed() -> None:
    scores = corpus_scores(REFERENCES, REFERENCES)
    assert scores is not None
    assert scores.bleu_signature == "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
    assert scores.chrf_signature == "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"


def test_nothing_has_no_score_and_every_hypothesis_needs_a_reference() -> None:
    assert corpus_scores([], []) is None
    with pytest.raises(ValueError, match=r"^references \(2\) must be as many as the hypotheses \(1\)$"):
        corpus_scores(["Le chat."], REFERENCES)


def test_an_empty_hypothesis_is_scored() -> None:
    scores = corpus_scores(["", "Une vache dort."], REFERENCES)
    assert scores is not None
    assert scores.exact == 0.5


def test_sacrebleu_is_not_loaded_before_it_is_needed() -> None:
    script = "import sys, attnlab.tasks; print('sacrebleu' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )
