"""What the picture of a translation marks, frames and names: cases worked by hand."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from attnlab.models.seq2seq.decoding import BeamTree, Node
from attnlab.pictures.translation.bridge import (
    GAP,
    Picture,
    chosen_head,
    compared,
    gold_links,
    is_right,
    pieces_of,
    translation_payload,
    words_of,
)
from attnlab.pictures.translation.tree import tree_data
from attnlab.prose import page_prose
from attnlab.settings.translate import Translate
from attnlab.tasks import EncodedText, Pair
from attnlab.training.scoring.translating import Candidate, Head, Written
from tests.pictures.payloads import decoded

WORDS = page_prose("translate")
GOLD = Pair(
    ("the", "cat", "sees", "."),
    ("le", "chat", "voit", "."),
    frozenset({(0, 0), (1, 1), (2, 2), (3, 3)}),
    frozenset({(0, 0), (0, 1), (1, 1), (2, 2), (2, 1), (3, 3)}),
)
L, H, T, S = 2, 3, 5, 4


def tree() -> BeamTree:
    nodes = (
        Node(0, None, 1, 0.0, 0.0, 0.0, -1, kept=True),
        Node(1, 0, 4, -0.25, -0.25, -0.25, 0, kept=True),
        Node(2, 0, 5, -3.0, -3.0, -3.0, 0, kept=False),
        Node(3, 1, 2, -0.5, -0.75, -0.5, 1, kept=True),
        Node(4, 1, 5, -0.6, -0.85, -0.6, 1, kept=True),
        Node(5, 4, 2, -0.1, -0.95, -0.4, 2, kept=True),
    )
    return BeamTree(nodes, 5)


def made(*words: str, attention: bool = True) -> Written:
    count = len(words)
    return Written(
        source=EncodedText((4, 3, 6, 7), ("the", "cat", "sees", "."), ("cat",), 0, closed=False),
        words=words,
        text=" ".join(words),
        log_prob=-1.0,
        candidates=tuple((Candidate(word, 0.75), Candidate("<end>", 0.25)) for word in words),
        cross_weights=torch.arange(L * H * count * S).reshape(L, H, count, S).float() if attention else None,
        influence=torch.full((count, S), 1 / S),
        tree=tree(),
    )


RIGHT = made("le", "chat", "voit", ".", "<end>")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("le chat voit .", [("le", False), ("chat", False), ("voit", False), (".", False)]),
        ("le chien voit .", [("le", False), ("chien", True), ("voit", False), (".", False)]),
        ("le voit .", [("le", False), (GAP, True), ("voit", False), (".", False)]),
        ("le beau chat voit .", [("le", False), ("beau", True), ("chat", False), ("voit", False), (".", False)]),
        ("", [(GAP, True)]),
    ],
)
def test_words_that_the_reference_lacks_and_places_where_it_has_more_are_marked(
    words: str, wanted: list[tuple[str, bool]]
) -> None:
    assert compared(words.split(), GOLD.target) == wanted


def test_the_pieces_of_a_sentence_are_the_sentence() -> None:
    words = ("l'", "homme", "aime", "anna", ".")
    assert "".join(text for text, _ in pieces_of(words, None)) == "L'homme aime Anna."
    marked = pieces_of(words, ("l'", "homme", "voit", "anna", "."))
    assert [text for text, wrong in marked if wrong] == ["aime"]
    assert "".join(text for text, _ in marked) == "L'homme aime Anna."


def test_a_word_that_looks_like_the_gap_is_a_word() -> None:
    assert pieces_of((GAP, "b"), None) == [(GAP, False), (" ", False), ("b", False)]


def test_gold_links_are_shown_where_the_translation_is_the_references() -> None:
    assert is_right(RIGHT, GOLD)
    kinds = {(row, col): kind for row, col, kind in gold_links(RIGHT, GOLD)}
    assert kinds == dict.fromkeys(GOLD.possible, "possible") | dict.fromkeys(GOLD.sure, "sure")
    assert gold_links(made("le", "chien", "voit", ".", "<end>"), GOLD) == []
    assert gold_links(RIGHT, None) == []
    assert is_right(RIGHT, None) is None


def picture(written: Written = RIGHT, heads: tuple[Head, ...] = (Head(1, 0, 0.1), Head(0, 2, 0.4))) -> Picture:
    return Picture("transformer", written, heads, {"transformer": written, "gru": made("le", "<end>")}, GOLD)


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [((None, None), (1, 0)), ((1, 3), (0, 2)), ((9, 9), (1, 2)), ((1, None), (0, 0)), ((None, 2), (1, 1))],
)
def test_the_head_is_the_one_asked_for_or_the_nearest_to_the_gold(asked: Any, wanted: tuple[int, int]) -> None:
    assert chosen_head(picture(), *asked) == wanted


def test_without_a_measure_the_head_is_one_of_the_last_layer() -> None:
    assert chosen_head(picture(heads=()), None, None) == (L - 1, 0)
    assert chosen_head(picture(made("le", attention=False), ()), 2, 2) == (0, 0)


def test_while_heads_are_forming_the_one_that_is_looked_at_stays_and_places_do_too() -> None:
    forming = [replace(picture(heads=heads), forming=True) for heads in ((Head(1, 0, 0.1),), (Head(0, 2, 0.4),))]
    assert [chosen_head(one, None, None) for one in forming] == [(L - 1, 0)] * 2
    assert chosen_head(forming[0], 1, 3) == (0, 2)
    shown = [decoded(translation_payload(one, Translate(), {}, WORDS["picture"])).header["heads"] for one in forming]
    places = [[(head["layer"], head["head"]) for head in heads] for heads in shown]
    assert places == [[(layer, head) for layer in range(L) for head in range(H)]] * 2
    assert [[at for at, head in zip(places[0], heads, strict=True) if head["best"]] for heads in shown] == [
        [(1, 0)],
        [(0, 2)],
    ]


def test_the_payload_holds_every_head_row_by_row_and_all_that_is_named() -> None:
    payload = decoded(translation_payload(picture(), Translate(), {}, WORDS["picture"]))
    assert payload.arrays["cross"].shape == (L * H * T, S)
    assert payload.arrays["cross"][(1 * H + 2) * T + 3].tolist() == RIGHT.cross_weights[1, 2, 3].tolist()  # type: ignore[index]
    header = payload.header
    assert header["heads_a_layer"] == H
    assert [word["unknown"] for word in header["source"]] == [False, True, False, False]
    assert [word["name"] for word in header["target"]] == ["le", "chat", "voit", ".", "<end>"]
    assert header["target"][0]["candidates"] == [["le", 0.75], ["<end>", 0.25]]
    assert [row["verdict"] for row in header["rows"]] == ["right", "wrong"]
    assert header["reference"] == "Le chat voit."
    other = decoded(translation_payload(picture(), Translate(word=3), {}, WORDS["picture"]))
    assert other.revision != payload.revision


def test_end_is_no_word_of_a_sentence() -> None:
    assert words_of(RIGHT) == ("le", "chat", "voit", ".")


def test_the_tree_names_words_ranks_complete_sentences_and_marks_the_winners_way() -> None:
    symbols = ("<pad>", "<start>", "<end>", "<unk>", "le", "chat")
    data = tree_data(tree(), symbols, 2, WORDS["search"]["tree"])
    assert [node["word"] for node in data["nodes"]] == ["<start>", "le", "chat", "<end>", "chat", "<end>"]
    assert [node["rank"] for node in data["nodes"]] == [None, None, None, 2, None, 1]
    assert data["winner"] == [5, 4, 1, 0]
    assert data["nodes"][5]["sentence"] == "Le chat"
    assert data["nodes"][3]["shownScore"] == "−0.50"
    assert data["shown"] == 2
