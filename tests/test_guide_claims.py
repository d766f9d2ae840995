"""What the guide claims of a picture, computed by the engine from the guide's own link."""

import math
from urllib.parse import parse_qs, urlsplit

import pytest
import torch

from attnlab.engine import Edit, LayerTrace, StackTrace
from attnlab.lessons import lessons
from attnlab.looks.layers import asked
from attnlab.looks.stacks import asked_stack
from attnlab.looks.trained.opened import Origin
from attnlab.looks.trained.translations import Search, translated
from attnlab.prose import page_text
from attnlab.settings import carried
from attnlab.settings.attention import Explorer
from attnlab.settings.lab.blocks import Blocks
from attnlab.ui.blocks.where import origins
from attnlab.ui.lessons.racing import plan_of_step
from tests.guide_links import guide_links, layer_shown, settings_of
from tests.test_worked_example import WORKED

LINKS = guide_links()

CLAIMED = {
    "Look into a real model",
    "Take the positions away",
    "Take the mask away too",
    "Read in both directions",
    "Put the mask back",
    "Turn the scaling off",
    "Turn it on again",
    "Heat it up",
    "cool it down",
    "Share the keys",
    "Start from chance",
    "Leave some queries blind",
    "One score set by hand",
    "“cat” counts four times",
    "a small one",
    "A word becomes numbers",
    "It asks the others",
    "Two texts",
    "Now trained",
    "Where does the answer come from?",
    "Make it long",
    "who wins",
}
"""The links with settings; the tests below compute what is said of each."""


def shown(said: str, **changes: str) -> LayerTrace:
    """The layer that a link of the guide shows."""
    return layer_shown(LINKS[said], **changes)


def opening() -> LayerTrace:
    return asked(Explorer()).trace()


def moved_by_a_swap(said: str) -> float:
    """How far the output of a word moves when two others change places: the first with each other word."""
    before, moved = shown(said), 0.0
    rows = range(len(before.tokens))
    for other in rows[1:]:
        swap = carried.encoded((Edit("swap", 0, 0, other, 0.0),))
        after = shown(said, s=swap)
        kept = [row for row in rows if row not in {0, other}]
        moved = max(moved, float((before.layer.output[0, kept] - after.layer.output[0, kept]).abs().max()))
    return moved


def test_the_guide_has_no_claim_of_a_picture_that_is_not_computed_here() -> None:
    """A new link into a picture needs a test of what is said of it, and a line here."""
    assert {said for said, link in LINKS.items() if urlsplit(link).query} == CLAIMED | WORKED


# --- try this ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("minilm")
def test_in_a_real_model_a_head_looks_from_it_to_the_animal_and_one_word_changes_that() -> None:
    sentence = parse_qs(urlsplit(LINKS["Look into a real model"]).query)["sentence"][0]
    tired, wide = (
        shown("Look into a real model"),
        shown("Look into a real model", sentence=sentence.replace("tired", "wide")),
    )
    assert (tired.tokens[9], tired.tokens[2]) == ("it", "animal")
    looks = tired.weights[1, 9]
    assert int(looks.argmax()) == 2
    assert float(looks[2]) > 0.5
    assert float(wide.weights[1, 9, 2]) < float(looks[2]) / 2


def test_without_positions_the_head_of_the_previous_word_goes_blind() -> None:
    blind = shown("Take the positions away")
    head = blind.head_names.index("previous")
    assert opening().labels[head] == "previous"
    assert blind.labels[head] == "uniform"
    assert torch.equal(opening().weights[head].argmax(-1)[1:], torch.arange(11))


def test_with_the_mask_alone_order_still_counts() -> None:
    assert moved_by_a_swap("Take the positions away") > 0.1


def test_without_positions_and_mask_a_sentence_is_a_bag_of_words() -> None:
    assert moved_by_a_swap("Take the mask away too") < 1e-6


def test_only_without_the_mask_a_head_looks_at_the_next_word() -> None:
    free, masked = shown("Read in both directions"), shown("Put the mask back")
    assert free.labels[8] == free.head_names[8] == masked.head_names[8] == "next"
    assert torch.equal(free.weights[8].argmax(-1)[:-1], torch.arange(1, 12))
    assert masked.labels[8] != "next"
    assert float(masked.weights[8].triu(1).abs().max()) == 0


def test_unscaled_scores_put_nearly_everything_on_one_word() -> None:
    off, on = shown("Turn the scaling off"), shown("Turn it on again")
    strongest = [float(one.weights[0].max(-1).values.median()) for one in (off, on)]
    assert strongest[0] > 0.95 > 0.6 > strongest[1]
    spread = [float(one.layer.heads.scaled_scores.std()) for one in (off, on)]
    assert spread[0] > 4 * spread[1]


def test_heat_raises_the_entropy_of_every_head_but_the_even_one_and_cold_lowers_it() -> None:
    hot, usual, cold = (one.measures.entropy_bits for one in (shown("Heat it up"), opening(), shown("cool it down")))
    for name, *bits in zip(opening().labels, hot, usual, cold, strict=True):
        if name == "uniform":
            assert bits == pytest.approx([bits[0]] * 3)
        else:
            assert bits[0] > bits[1] > bits[2]


def test_shared_keys_are_the_same_and_the_questions_are_not() -> None:
    heads = shown("Share the keys").layer.heads
    assert heads.key.shape[1] == heads.value.shape[1] == 1
    assert heads.query.shape[1] == 8
    assert all(not torch.equal(heads.query[0, 0], heads.query[0, head]) for head in range(1, 8))


def test_before_training_every_head_looks_everywhere_a_little() -> None:
    chance = shown("Start from chance")
    assert float(chance.weights.min()) > 0
    assert min(chance.measures.entropy_bits) > 0.75 * math.log2(len(chance.tokens))


def test_behind_filler_and_a_causal_mask_the_first_rows_are_zeros() -> None:
    blind = shown("Leave some queries blind")
    rows = blind.weights.sum(-1)
    count = int((rows[0] == 0).sum())
    assert count > 0
    assert float(blind.layer.heads.output[0, :, :count].abs().max()) == 0
    torch.testing.assert_close(rows[:, count:], torch.ones_like(rows[:, count:]))


def test_bits_say_how_many_words_a_head_looks_at() -> None:
    assert "**as if equally**: 2 to the power of a row's entropy in bits, the mean over its rows." in page_text("guide")
    told = asked(Explorer(mask="none")).trace()
    bits = torch.special.entr(told.weights.double()).sum(-1) / math.log(2)
    assert told.measures.effective_tokens == pytest.approx((2**bits).mean(-1).tolist(), rel=1e-4)


# --- change it --------------------------------------------------------------------------------------------------------


def test_with_one_score_set_it_listens_to_cat() -> None:
    edited = shown("One score set by hand")
    query, key = edited.tokens.index("it"), edited.tokens.index("cat")
    assert float(edited.weights[0, query, key]) > 0.99
    assert float(opening().weights[0, query, key]) < 0.01


def test_cat_counts_four_times_whatever_the_match() -> None:
    weighed, plain = shown("“cat” counts four times"), opening()
    query, key = weighed.tokens.index("it"), weighed.tokens.index("cat")
    odds = [one.weights[:, query, key] / one.weights[:, query, 0] for one in (weighed, plain)]
    torch.testing.assert_close(odds[0], 4 * odds[1], rtol=1e-4, atol=0)


# --- trained ----------------------------------------------------------------------------------------------------------


def test_the_small_model_recalls_what_belonged_to_a_name() -> None:
    learned = shown("a small one")
    sentence = list(learned.tokens)
    for query in range(8, len(sentence), 2):
        wanted = sentence.index(sentence[query]) + 1
        assert int(learned.weights[1, query].argmax()) == wanted, sentence[query]


# --- the lesson -------------------------------------------------------------------------------------------------------


def test_where_a_token_stands_is_added_to_what_it_is() -> None:
    first = shown("A word becomes numbers")
    torch.testing.assert_close(first.layer.x[0], first.token_embedding + first.position_embedding)
    assert float(first.position_embedding.abs().max()) > 0


def test_who_listens_to_whom_can_be_followed_in_the_second_step() -> None:
    asks = shown("It asks the others")
    assert float(asks.weights[0, 4, 3]) == float(asks.weights[0, 4].max())


def stack(said: str) -> StackTrace:
    return asked_stack(Blocks.strict(settings_of(LINKS[said]))).trace()


def test_between_two_texts_the_matrix_is_no_longer_square() -> None:
    crossed, own = stack("Two texts"), stack("Two texts").maps("decoder")
    for across, within in zip(crossed.maps("decoder", "cross_attention"), own, strict=True):
        assert across.shape[0] != across.shape[1]
        assert within.shape[0] == within.shape[1] == across.shape[0]


def test_a_trained_head_4_looks_elsewhere_than_that_of_the_seeded_weights() -> None:
    learned, seeded = (head_4_across(stack(said)) for said in ("Now trained", "Two texts"))
    evenness = [float(weights.max(-1).values.mean()) for weights in (learned, seeded)]
    assert evenness[0] > evenness[1] + 0.2


def head_4_across(trace: StackTrace) -> torch.Tensor:
    """(T, S) the weights of head 4 in the cross-attention of the decoder's second block."""
    attention = trace.decoder[1].part("cross_attention").attention
    assert attention is not None
    return attention.heads.weights[0, 3]


def test_four_measures_of_where_an_answer_comes_from_do_not_agree() -> None:
    for shares in origins(stack("Where does the answer come from?"), 2).shares.values():
        orders = {tuple(measure.round(decimals=6).argsort(stable=True).tolist()) for measure in shares.values()}
        assert len(orders) > 1


LONG = (
    "le grand cheval a dormi près de deux vieilles femmes mais mes filles verront le petit oiseau "
    "derrière une maison blanche ."
)


def test_a_gru_loses_the_bird_of_a_long_sentence_and_attention_looks_again() -> None:
    (text,) = parse_qs(urlsplit(LINKS["Make it long"]).query)["tr_text"]
    origin = Origin("translation")
    written = {family: translated(origin, family, Search(text)).words for family in origin.plan.families}
    wanted = (*LONG.split(), "<end>")
    assert written["transformer"] == written["gru_attention"] == wanted
    assert "“le petit oiseau” has become “mon homme”" in page_text("guide")
    assert " ".join(written["gru"]) == " ".join(wanted).replace("le petit oiseau", "mon homme")


# `a bag of words that is right on exactly half of what has a "not"`: tests/training/test_shipped_classifier.py and
# tests/tasks/classification/test_sentiment.py; sizes, floors and outcomes of the races: tests/training.


# --- be taught by it --------------------------------------------------------------------------------------------------


def test_there_are_thirteen_lessons_of_six_to_ten_minutes_and_the_last_runs_a_race() -> None:
    assert len(lessons()) == 13
    assert all(6 <= lesson.minutes <= 10 for lesson in lessons())
    (name,) = settings_of(LINKS["who wins"])["lesson"]
    assert lessons()[-1].id == name
    assert any(plan_of_step(step) for step in lessons()[-1].steps)
