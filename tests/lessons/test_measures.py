"""Measures of lessons against cases worked by hand, and against the engine by another way."""

import math

import pytest
import torch

from attnlab.engine import Edit, SpecError
from attnlab.lessons.measures import MEASURES
from attnlab.lessons.raced import once
from attnlab.lessons.shown import Shown, opening, shown
from attnlab.looks.layers import asked
from attnlab.settings import carried
from attnlab.settings.attention import Explorer
from attnlab.training import Point
from attnlab.training.shown.compared import race_curves
from attnlab.training.shown.races import RACES
from attnlab.training.shown.told import TOLD

CAT = "The cat sat on the mat, because it was tired."


def layer(link: str = "", began: str = "") -> Shown:
    return shown(opening("layer", link), opening("layer", began or link))


def of(measure: str, picture: Shown, **arguments: object) -> object:
    for measures in MEASURES.values():
        if measure in measures:
            return measures[measure].of(picture, arguments)  # type: ignore[arg-type]  # plain values
    raise KeyError(measure)


def test_tokens_are_counted_as_each_tokenizer_cuts() -> None:
    family = layer("?sentence=I ❤️ 👩‍👩‍👧 and 🇫🇷!")
    assert [of("tokens_by", family, tokenizer=name) for name in ("words", "characters")] == [6, 12]
    assert of("tokenizers_apart", family) == 6
    assert (of("tokens", layer()), of("letters", layer())) == (12, len(CAT))
    assert of("same_sentence", layer("?sentence=a", "?sentence=b")) is False


def test_equal_words_have_equal_rows_only_without_added_positions() -> None:
    text = "?sentence=the dog chased the cat"
    apart = [
        of("rows_apart", layer(f"{text}&positions={name}"), one=1, other=4) for name in ("none", "rope", "learned")
    ]
    assert apart[:2] == [0.0, 0.0]
    assert apart[2] > 0.1  # type: ignore[operator]


def test_weights_of_one_row_and_who_is_strongest() -> None:
    row = of("weights_of", layer(), head=8, query=5)
    assert isinstance(row, torch.Tensor)
    torch.testing.assert_close(row[:5], torch.full((5,), 0.2), rtol=1e-5, atol=0)
    assert of("strongest_key", layer(), head=1, query=9) == 8
    assert of("row_sum", layer(), head=1, query=9) == pytest.approx(1)
    assert of("heads_on", layer(), query=1, key=1) == 8  # the first word sees itself alone


def test_dividing_scores_never_moves_who_is_first_but_negating_them_would() -> None:
    for temperature in ("0.05", "10.0"):
        assert of("moved_firsts", layer(f"?temperature={temperature}", "?head=1"), head=1) == 0
    assert of("moved_firsts", layer("?positions=none", "?head=1"), head=1) > 0  # type: ignore[operator]
    assert of("moved_firsts", layer("?sentence=a b", "?head=1"), head=1) == 2  # another length: all of them


def test_entropy_of_an_even_head_is_the_logarithm_of_what_may_be_seen() -> None:
    mean = sum(math.log2(count) for count in range(1, 13)) / 12
    assert of("entropy_bits", layer(), head=8) == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize(
    ("link", "cells"),
    [("?mask=none", 0), ("?mask=causal", 66), ("?mask=window&window=1", 132), ("?mask=prefix&prefix=3", 63)],
)
def test_hidden_cells_are_counted(link: str, cells: int) -> None:
    assert of("hidden_cells", layer(link)) == cells


@pytest.mark.parametrize(("kv_heads", "numbers"), [("all", 128), ("4", 64), ("2", 32), ("1", 16)])
def test_what_is_kept_of_a_token_is_a_key_and_a_value_for_each_group(kv_heads: str, numbers: int) -> None:
    assert of("cache_numbers", layer(f"?kv_heads={kv_heads}")) == numbers


def test_edits_and_heads_that_are_off_are_counted() -> None:
    off = carried.encoded((Edit("head", 0, 0, 0, 0.0), Edit("head", 2, 0, 0, 0.0)))
    mixed = carried.encoded((Edit("head", 0, 0, 0, 0.0), Edit("scores", 0, 8, 1, 60.0)))
    assert (of("edits", layer(f"?s={off}")), of("switched_off", layer(f"?s={off}"))) == (2, 2)
    assert of("only_switched", layer(f"?s={off}")) is True
    assert of("only_switched", layer(f"?s={mixed}")) is False
    assert of("weight", layer(f"?s={mixed}"), head=1, query=9, key=2) > 0.99  # type: ignore[operator]
    assert of("score", layer(f"?s={mixed}"), head=1, query=9, key=2) == 60


def test_outputs_are_made_of_values() -> None:
    assert of("from_mean_of_values", layer(), head=8, token=5) < 1e-6  # type: ignore[operator]
    assert of("from_one_value", layer("?normalizer=hard"), head=1, token=9) == 0
    assert of("from_one_value", layer(), head=8, token=5) > 0.1  # type: ignore[operator]
    value = carried.encoded((Edit("value", 6, 10, 0, 5.52),))
    assert of("head_output", layer(f"?s={value}"), head=7, token=11, coordinate=1) == pytest.approx(5, abs=0.05)


def test_a_bag_of_words_cannot_tell_a_swap_and_a_mask_can() -> None:
    apart = [
        of("output_apart", layer(f"?positions=none&mask={mask}"), token=3, one=1, other=6)
        for mask in ("none", "causal")
    ]
    assert apart[0] < 1e-5 < 0.1 < apart[1]  # type: ignore[operator]


def test_a_head_that_is_most_needed_costs_most_when_it_is_off() -> None:
    lost = [of("lost_without", layer(), head=head, token=9) for head in range(1, 9)]
    assert of("most_needed", layer(), token=9) == lost.index(max(lost)) + 1 == 1  # type: ignore[type-var]
    every = carried.encoded(tuple(Edit("head", head, 0, 0, 0.0) for head in range(8)))
    whole = float(asked(Explorer()).trace().layer.output.norm())
    assert of("output_lost", layer(f"?s={every}", "?head=1")) == pytest.approx(whole, rel=1e-4)


def test_names_of_heads_are_compared_with_how_the_step_began() -> None:
    assert of("labels_changed", layer("?kv_heads=2", "?head=1")) == 0
    assert of("labels_changed", layer("?positions=none", "?head=1")) == 5
    assert of("heads_called", layer("?positions=none"), name="uniform") == 6
    assert of("label", layer("?heads=16&mask=none"), head=9) == "next"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("weight", {"head": 9, "query": 1, "key": 1}),
        ("weight", {"head": 1, "query": 13, "key": 1}),
        ("weight", {"head": 1, "query": 1, "key": 0}),
        ("entropy_bits", {"head": 0}),
        ("label", {"head": 17}),
        ("from_one_value", {"head": 9, "token": 1}),
        ("rows_apart", {"one": 1, "other": 40}),
    ],
)
def test_a_place_that_the_layer_does_not_have_is_refused_by_name(name: str, arguments: dict[str, int]) -> None:
    with pytest.raises(SpecError, match=r"\w+ \(\d+\) must be from 1 to \d+"):
        of(name, layer(), **arguments)


# --- stacks and races -------------------------------------------------------------------------------------------------


def stack(link: str) -> Shown:
    return shown(opening("stack", link), opening("stack", link))


def test_without_a_stream_all_words_become_alike() -> None:
    deep = "?stack_architecture=encoder&stack_depth=6"
    with_stream, without = (of("alike", stack(f"{deep}{more}"), block=6) for more in ("", "&stack_residual=false"))
    assert with_stream < 0.75 < 0.99 < without  # type: ignore[operator]
    lengths = [
        of("stream_length", stack(f"{deep}&stack_placement={name}"), block=6) for name in ("post", "pre", "none")
    ]
    assert lengths == sorted(lengths)  # type: ignore[type-var]
    assert lengths[0] == pytest.approx(math.sqrt(32), rel=1e-3)  # a layer norm leaves √d


def test_a_written_word_looks_at_the_word_for_the_next_one() -> None:
    trained = stack("?stack_source=trained&stack_open=decoder.2.cross_attention&stack_head=4")
    assert [of("looks_at", trained, block=2, head=4, row=row) for row in (1, 2)] == [1, 2]
    assert of("opened_block", trained) == 2
    assert of("opened_focus", trained) > 0.9  # type: ignore[operator]
    elsewhere = stack("?stack_source=trained&stack_open=encoder.1.self_attention")
    assert (of("opened_block", elsewhere), of("opened_focus", elsewhere)) == (0, 0.0)
    beyond = stack("?stack_source=trained&stack_open=decoder.2.cross_attention&stack_head=16")
    assert of("opened_focus", beyond) == 0.0
    for link in (
        "?stack_open=decoder.5.cross_attention",
        "?stack_architecture=decoder&stack_open=decoder.1.cross_attention",
    ):
        assert of("opened_focus", stack(link)) == 0.0
    with pytest.raises(SpecError, match=r"block \(1\) must have attention between two texts"):
        of("crossed", stack("?stack_architecture=decoder"), block=1, head=1, row=1)


def race(name: str) -> Shown:
    settings = opening("races", f"?t_race={name}")
    return shown(settings, settings)


def test_who_is_ahead_is_told_by_the_longest_test_and_less_loss_is_more() -> None:
    assert of("lead", race("recall"), family="transformer") > 0.5  # type: ignore[operator]
    assert of("lead", race("parity"), family="transformer") < -0.4  # type: ignore[operator]
    assert of("lead", race("markov_chain"), family="lstm") > 0  # type: ignore[operator]
    assert of("final_score", race("recall"), contender="lstm") < 0.5  # type: ignore[operator]


def test_a_score_at_a_step_is_the_last_one_until_then() -> None:
    scores = {step: of("score_at", race("recall"), contender="transformer", step=step) for step in (0, 99, 100, 400)}
    assert scores[0] < 0.1  # type: ignore[operator]
    assert scores[99] < scores[100] < scores[400]  # type: ignore[operator]
    assert scores[400] > 0.99  # type: ignore[operator]
    with pytest.raises(SpecError, match=r"contender \('gru'\) must be one of transformer, lstm, tcn"):
        of("score_at", race("recall"), contender="gru", step=1)
    with pytest.raises(SpecError, match="a race whose curves are kept"):
        of("score_at", race("parity"), contender="rnn", step=1)


def test_a_race_that_was_run_decides_instead_of_the_one_that_ships() -> None:
    points = [Point("tcn", 0, metric=0.1), Point("tcn", 10), Point("tcn", 50, metric=0.7)]
    raced = once("recall", {"tcn": 0.9, "transformer": 0.2, "lstm": 0.5}, points)
    settings = opening("races", "?t_race=recall")
    own = shown(settings, settings, raced)
    assert of("final_score", own, contender="tcn") == 0.9
    assert of("lead", own, family="transformer") == pytest.approx(-0.7)
    assert [of("score_at", own, contender="tcn", step=step) for step in (0, 10, 60)] == [0.1, 0.1, 0.7]
    parity = opening("races", "?t_race=parity")
    assert of("lead", shown(parity, parity, raced), family="rnn") == of("lead", race("parity"), family="rnn")


def test_the_curves_that_ship_end_as_their_race_is_told_to() -> None:
    for name, told in race_curves().items():
        ends = {end.contender: end for end in TOLD[name] if end.tested_length is None}
        assert set(told["scores"]) == set(RACES[name].contenders)
        assert all(ends[contender].holds(scores[-1][1]) for contender, scores in told["scores"].items())


def test_what_no_race_has_is_refused() -> None:
    with pytest.raises(SpecError, match=r"contender \('gru'\) must be one of transformer, lstm, tcn"):
        of("final_score", race("recall"), contender="gru")
    with pytest.raises(SpecError, match=r"t_race \('csv'\) must be one of recall, .*of which there is a comparison"):
        of("lead", race("csv"), family="transformer")
    with pytest.raises(SpecError, match="must race against others"):
        of("lead", race("heads"), family="transformer")


def test_two_pages_make_no_picture() -> None:
    with pytest.raises(TypeError, match="must be of one picture"):
        shown(Explorer(), opening("stack", ""))
