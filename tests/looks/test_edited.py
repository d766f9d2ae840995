"""Edits in several layers of a pretrained model, as pages ask for them."""

import contextlib
import io
import time

import numpy as np
import pytest
import torch

from attnlab.engine import Edit, SpecError
from attnlab.interventions import ablated_heads, edited, nearness, patched_heads, patched_streams
from attnlab.looks import stepwise
from attnlab.looks.layers import Asked, asked
from attnlab.looks.overview import every_layer, overview
from attnlab.looks.pretrained import interventions, sweeps
from attnlab.looks.pretrained.layer import PretrainedLayer, edited_spec
from attnlab.looks.pretrained.says import edited_model, lens, pretrained_layer
from attnlab.notebook.whole import model_arrays, model_script
from attnlab.pictures.stage import stage_picture
from attnlab.pretrained import Model
from attnlab.settings.attention import Explorer
from attnlab.settings.elsewhere import told
from tests.pictures.payloads import decoded

TEXT, OTHER = "The cat sat on the mat.", "The dog sat on the mat."
OFF, SCORE, COLD = Edit("head", 1, 0, 0, 0.0), Edit("scores", 2, 4, 3, 30.0), Edit("temperature", 0, 0, 0, 0.25)
EVERY = {2: (OFF,), 4: (SCORE, COLD)}
"""By layer, from 1."""
pytestmark = pytest.mark.usefixtures("minilm")


def looked_at(layer: int, every: dict[int, tuple[Edit, ...]] | None = None, **link: str) -> Asked:
    s, elsewhere = told(layer, EVERY if every is None else every)
    said = {"source": "trained", "model": "minilm", "sentence": TEXT, "layer": str(layer)}
    said |= {"s": s, "elsewhere": elsewhere} | link
    return asked(Explorer.strict({name: [text] for name, text in said.items()}))


def of_model(wanted: Asked) -> PretrainedLayer:
    assert isinstance(wanted.layer, PretrainedLayer)
    return wanted.layer


def by_hand(minilm: Model) -> torch.Tensor:
    trace = minilm.trace(TEXT)
    read = of_model(looked_at(1)).read
    specs = {number - 1: edited_spec("minilm", read, "float32", edits) for number, edits in EVERY.items()}
    return edited(trace, specs).attentions


@pytest.mark.parametrize("layer", [1, 2, 3, 4, 6])
def test_the_stage_shows_each_layer_behind_the_edits_of_those_before_it(layer: int, minilm: Model) -> None:
    wanted, whole = looked_at(layer), by_hand(minilm)
    torch.testing.assert_close(wanted.trace().weights, whole[layer - 1], rtol=0, atol=1e-6)
    before = wanted.before()
    assert before is not None
    torch.testing.assert_close(before.weights, minilm.trace(TEXT).attentions[layer - 1], rtol=0, atol=1e-6)
    header = decoded(stage_picture(wanted)).header["selection"]
    assert (header["layer"], header["layers"]) == (layer - 1, 6)
    assert [number + 1 for number, _ in header["others"]] == [number for number in EVERY if number != layer]


def test_all_heads_and_all_words_follow(minilm: Model) -> None:
    wanted = looked_at(6)
    every = every_layer(wanted)
    assert every is not None
    assert every.edited == (1, 3)
    torch.testing.assert_close(overview(every).weights, by_hand(minilm), rtol=0, atol=1e-6)
    torch.testing.assert_close(overview(every.before).weights, minilm.trace(TEXT).attentions, rtol=0, atol=1e-6)
    plain, model = pretrained_layer(wanted), edited_model(wanted)
    assert plain is not None
    assert model is not None
    assert lens(plain).words[:2] == lens(model).words[:2]
    assert lens(plain).words != lens(model).words
    found = interventions.followed(of_model(wanted), wanted.spec, 2)
    assert found.first == 1
    assert not found.moved[:2].any()
    assert found.moved[2:].all()


def test_a_swap_in_any_layer_changes_what_is_read_and_its_order_is_that_of_the_layers() -> None:
    first, second = Edit("swap", 0, 1, 2, 0.0), Edit("swap", 0, 2, 3, 0.0)
    shown = [looked_at(layer, {2: (first,), 5: (second,)}).trace().tokens for layer in (1, 2, 5)]
    assert shown[0] == shown[1] == shown[2]
    assert shown[0][1:4] == ("cat", "sat", "The")


def test_an_edit_of_a_layer_or_a_head_that_is_not_there_waits() -> None:
    waiting = {3: (Edit("head", 200, 0, 0, 0.0),), 90: (OFF,)}
    wanted = looked_at(6, waiting)
    assert torch.equal(wanted.trace().weights, looked_at(6, {}).trace().weights)
    every = every_layer(wanted)
    assert every is not None
    overview(every)
    model_script(of_model(wanted), wanted.spec)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_script_of_the_whole_model_opens_the_same_weights_and_finds_no_difference(dtype: str) -> None:
    wanted = looked_at(4, dtype=dtype)
    script = model_script(of_model(wanted), wanted.spec)
    assert script.isascii()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(script, "exported.py", "exec"), names := {"__name__": "__main__"})
    assert names["largest"] == 0
    assert printed.getvalue().splitlines()[-1] == "largest difference from the app: 0"
    arrays = np.load(io.BytesIO(model_arrays(of_model(wanted), wanted.spec)))
    assert arrays["attentions"].shape == arrays["attentions_before"].shape == (6, 12, 9, 9)
    assert not np.array_equal(arrays["attentions"], arrays["attentions_before"])


# --- sweeps -----------------------------------------------------------------------------------------------------------


def waited(sweep: sweeps.Sweep) -> sweeps.Sweep:
    until = time.monotonic() + 60
    while sweep.runs and time.monotonic() < until:
        time.sleep(0.01)
    return sweep


def test_a_sweep_comes_to_what_python_gives_and_is_kept(minilm: Model) -> None:
    sweeps.forget()
    question = sweeps.Question(of_model(looked_at(1, {})), "sentence", 0, "zero")
    sweep = sweeps.sweep_of(question)
    assert (sweep.done, sweep.runs, sweep.ended) == (0, False, False)
    sweep.start()
    assert waited(sweep).ended
    trace = minilm.trace(TEXT)
    torch.testing.assert_close(sweep.lost, 1 - ablated_heads(trace, nearness(trace)), rtol=0, atol=1e-6)
    assert sweeps.sweep_of(question) is sweep


def test_a_sweep_and_patching_are_of_the_edited_model(minilm: Model) -> None:
    sweeps.forget()
    model, read = edited_model(looked_at(6)), of_model(looked_at(1)).read
    assert model is not None
    specs = {number - 1: edited_spec("minilm", read, "float32", edits) for number, edits in EVERY.items()}
    trace, other = (edited(minilm.trace(text), specs) for text in (TEXT, OTHER))
    sweep = sweeps.sweep_of(sweeps.Question(model, "sentence", 0, "zero"))
    sweep.start()
    assert waited(sweep).ended
    torch.testing.assert_close(sweep.lost, 1 - ablated_heads(trace, nearness(trace)), rtol=0, atol=1e-6)
    assert abs(float(sweep.lost[1, 1])) < 1e-6  # switched off already
    found = interventions.patched(model, OTHER, "sentence", 0)
    torch.testing.assert_close(found.streams, patched_streams(trace, other, nearness(trace)), rtol=0, atol=1e-6)
    torch.testing.assert_close(found.heads, patched_heads(trace, other, nearness(trace)), rtol=0, atol=1e-6)
    plain = interventions.patched(model.untouched(), OTHER, "sentence", 0)
    assert float((plain.streams - found.streams).abs().max()) > 0.01


def test_a_sweep_that_is_stopped_keeps_what_it_has_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeps.forget()
    sweep = sweeps.sweep_of(sweeps.Question(of_model(looked_at(1, {})), "sentence", 0, "mean"))
    plainly = stepwise.in_own_turn

    def stopped_in_the_second(work):  # type: ignore[no-untyped-def]
        if sweep.done == 1:
            sweep.stop()
        return plainly(work)

    monkeypatch.setattr(stepwise, "in_own_turn", stopped_in_the_second)
    sweep.start()
    waited(sweep)
    while sweep._waits:
        time.sleep(0.01)
    assert (sweep.done, sweep.ended) == (2, False)
    kept = sweep.lost[:2].clone()
    monkeypatch.setattr(stepwise, "in_own_turn", plainly)
    sweep.start()
    assert waited(sweep).ended
    assert torch.equal(sweep.lost[:2], kept)


def test_a_sweep_that_too_many_wait_for_or_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = of_model(looked_at(1, {}))
    monkeypatch.setattr(stepwise, "MOST_WAITING", 0)
    with pytest.raises(SpecError, match="must wait"):
        sweeps.sweep_of(sweeps.Question(layer, "token", 1, "zero")).start()
    monkeypatch.setattr(interventions, "MOST", 1e3)
    with pytest.raises(SpecError, match="tokens"):
        sweeps.sweep_of(sweeps.Question(layer, "token", 2, "zero"))
