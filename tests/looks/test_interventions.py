"""What pages ask of a whole pretrained model: the same numbers, light work at once, and a bound for the rest."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import torch

from attnlab.engine import Edit, SpecError
from attnlab.engine.spec import MAX_TOKENS
from attnlab.interventions import nearness, patched_heads, patched_streams
from attnlab.looks.layers import Asked, asked
from attnlab.looks.pretrained import interventions, sweeps
from attnlab.looks.pretrained.layer import PretrainedLayer
from attnlab.pretrained import Model
from attnlab.settings.attention import Explorer
from attnlab.settings.carried import encoded

TEXT, OTHER = "The cat sat on the mat.", "The dog sat on the mat."
pytestmark = pytest.mark.usefixtures("minilm")


def looked_at(sentence: str = TEXT, **link: str) -> tuple[Asked, PretrainedLayer]:
    said = {"source": "trained", "model": "minilm", "sentence": sentence} | link
    wanted = asked(Explorer.strict({name: [text] for name, text in said.items()}))
    assert isinstance(wanted.layer, PretrainedLayer)
    return wanted, wanted.layer


def waits(_work: Callable[[], Any]) -> str:
    return "waits"


def test_pages_show_what_python_gives(minilm: Model) -> None:
    _, layer = looked_at(layer="4")
    clean, other = minilm.trace(TEXT), minilm.trace(OTHER)
    found = interventions.patched(layer, OTHER, "sentence", 0)
    assert torch.equal(found.streams, patched_streams(clean, other, nearness(clean)))
    assert torch.equal(found.heads, patched_heads(clean, other, nearness(clean)))


def test_of_a_longer_text_what_both_have_is_put_in_and_a_token_that_it_lacks_is_refused() -> None:
    _, layer = looked_at()
    found = interventions.patched(layer, "The old dog sat on the mat.", "token", 3)
    assert [found.tokens[place] for place, own in enumerate(found.counterparts) if own is None] == ["old"]
    assert found.streams.isnan().any(0).tolist() == [own is None for own in found.counterparts]
    with pytest.raises(SpecError, match=r"outcome \('token' 'cat'\) does not go with second"):
        interventions.patched(layer, "The sat on the mat.", "token", 2)


def test_an_edit_on_the_stage_moves_the_layers_behind_it() -> None:
    wanted, layer = looked_at(layer="3", s=encoded((Edit("head", 1, 0, 0, 0.0),)))
    found = interventions.followed(layer, wanted.spec, 2)
    assert not found.moved[:3].any()
    assert found.moved[3:].all()
    assert found.nearness < 1 - 1e-5


def test_heavy_work_waits_its_turn_and_light_work_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interventions, "in_turn", waits)
    _, longest = looked_at("word " * 2 * MAX_TOKENS)
    assert len(longest.read.tokens) == MAX_TOKENS
    assert interventions.patched(longest, OTHER, "sentence", 0) == "waits"
    wanted, short = looked_at(s=encoded((Edit("head", 1, 0, 0, 0.0),)))
    assert interventions.followed(short, wanted.spec, 0) != "waits"


def test_what_would_hold_up_all_others_is_refused_with_what_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interventions, "in_turn", waits)
    monkeypatch.setattr(interventions, "MOST", 1e11)
    _, longest = looked_at("word " * 2 * MAX_TOKENS)
    with pytest.raises(SpecError, match=r"sentence \(128 tokens\) must have at most") as refused:
        interventions.patched(longest, OTHER, "sentence", 0)
    assert refused.value.code == "costly"
    most = refused.value.values["most"]
    for words, answer in ((most - 2, "waits"), (most - 1, None)):  # [CLS] and [SEP] come with them
        _, layer = looked_at("word " * words)
        if answer is None:
            with pytest.raises(SpecError):
                interventions.patched(layer, OTHER, "sentence", 0)
        else:
            assert interventions.patched(layer, OTHER, "sentence", 0) == answer


def test_a_model_that_says_no_word_is_not_asked_for_the_next_one() -> None:
    _, layer = looked_at()
    with pytest.raises(SpecError, match=r"outcome \('next'\) does not go with model"):
        interventions.patched(layer, OTHER, "next", 0)
    sweep = sweeps.sweep_of(sweeps.Question(layer, "next", 0, "zero"))
    sweep.start()
    while sweep.runs:
        time.sleep(0.01)
    assert sweep.trouble is not None
    assert sweep.trouble.field == "outcome"
