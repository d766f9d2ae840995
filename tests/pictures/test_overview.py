"""What travels of all heads: decoded here, every byte must be within half a step of the model's own weight."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from attnlab.engine import Edit
from attnlab.looks.layers import asked
from attnlab.looks.overview import EveryLayer, every_layer, overview
from attnlab.pictures import overview as pictures
from attnlab.pictures.overview import Told, models_overview, overview_picture
from attnlab.pictures.packing import LEVELS
from attnlab.pictures.stage import THUMBNAIL_PIXELS, thumbnails
from attnlab.pretrained import Model
from attnlab.settings import fields
from attnlab.settings.attention import Explorer
from attnlab.settings.elsewhere import told as told_in_link
from attnlab.settings.lab.models import KINDS, Models, layer_settings
from attnlab.training.shipped import EXAMPLE
from attnlab.ui.picture import drawing_of
from tests.pictures.payloads import Payload, decoded

SENTENCE = "The cat sat on the mat, because it was tired."
LONG = "the dog saw that the cat had eaten what the bird had left in the tree, and " * 10


def every(link: Mapping[str, str]) -> EveryLayer:
    found = every_layer(asked(Explorer.strict({name: [text] for name, text in link.items()})))
    assert found is not None
    return found


def of_minilm(sentence: str) -> EveryLayer:
    return every({"source": "trained", "model": "minilm", "sentence": sentence})


def roots_apart(sent: NDArray[np.float32], wanted: torch.Tensor) -> float:
    return float(np.abs(np.sqrt(sent) - wanted.sqrt().numpy()).max())


def test_a_sentence_is_sent_cell_by_cell(minilm: Model) -> None:
    layers = of_minilm(SENTENCE)
    payload = decoded(overview_picture(layers, 3, 2))
    weights = minilm.trace(SENTENCE).attentions
    sent = payload.sketches["weights"].reshape(weights.shape)
    largest = float(weights.max())
    assert roots_apart(sent, weights) <= largest**0.5 * 0.5 / LEVELS + 1e-6
    assert np.abs(sent - weights.numpy()).max() <= 1 / LEVELS
    assert payload.header["chosen"] == {"layer": 3, "head": 2}
    assert [tuple(heads) for heads in payload.header["labels"]] == list(overview(layers).labels)


@pytest.mark.usefixtures("minilm")
def test_of_small_weights_few_become_nothing() -> None:
    layers = of_minilm(" ".join(LONG.split()[:40]))
    sent = decoded(overview_picture(layers, 0, 0)).sketches["weights"]
    by_themselves = float((overview(layers).weights < 0.5 / LEVELS).float().mean())
    assert sent.shape[1] == len(layers.tokens) <= THUMBNAIL_PIXELS
    assert by_themselves > 5 * float((sent == 0).mean())


@pytest.mark.usefixtures("minilm")
def test_a_longer_text_keeps_the_largest_cell_of_each_head() -> None:
    layers = of_minilm(LONG)
    payload = overview_picture(layers, 0, 0)
    weights = overview(layers).weights.flatten(0, 1)
    sent = decoded(payload).sketches["weights"].reshape(len(weights), THUMBNAIL_PIXELS, THUMBNAIL_PIXELS)
    assert len(layers.tokens) > 2 * THUMBNAIL_PIXELS
    assert roots_apart(sent.max((1, 2)), weights.amax((1, 2))) <= 0.5 / LEVELS
    assert len(payload) < 200_000


@pytest.mark.parametrize("pixels", [1, 5, 11])
def test_pooling_takes_the_strongest_weight_of_each_square(pixels: int) -> None:
    weights = torch.rand(3, 23, 23, generator=torch.Generator().manual_seed(0))
    pooled = thumbnails(weights, pixels).reshape(3, pixels, pixels)
    for row in range(pixels):
        for col in range(pixels):
            down = slice(row * 23 // pixels, -(-(row + 1) * 23 // pixels))
            across = slice(col * 23 // pixels, -(-(col + 1) * 23 // pixels))
            assert torch.equal(pooled[:, row, col], weights[:, down, across].amax((1, 2)))


def test_more_heads_have_smaller_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = every({"source": "trained", "sentence": EXAMPLE})
    heads = sum(map(len, overview(layers).labels))
    monkeypatch.setattr(pictures, "MOST_CELLS", heads * 5**2 + heads)
    overview_picture.cache_clear()
    assert decoded(overview_picture(layers, 0, 0)).sketches["weights"].shape == (heads * 5, 5)
    overview_picture.cache_clear()


@pytest.mark.usefixtures("minilm")
def test_without_the_models_own_tokens_the_numbers_beside_it_are_the_same() -> None:
    layers = of_minilm(SENTENCE)
    whole, rest = decoded(overview_picture(layers, 0, 0)), decoded(overview_picture(layers, 0, 0, layers.added))
    assert rest.sketches["weights"].shape[1] == len(layers.tokens) - 2
    assert rest.revision != whole.revision
    assert {name: rest.header[name] for name in ("labels", "entropy_bits")} == {
        name: whole.header[name] for name in ("labels", "entropy_bits")
    }


@pytest.mark.usefixtures("minilm")
def test_what_is_asked_ahead_of_a_run_is_what_the_run_draws() -> None:
    link = {"sentence": [SENTENCE], "layer": ["3"], "m_order": ["most"], "m_second": ["It slept."]}
    values = fields.strict(link, KINDS)
    wanted, by = asked(layer_settings(values), values["m_second"]), Models.of(values)
    for told in (Told(), Told(bare=True, joined=True)):
        drawn = models_overview(wanted, by, told)
        params = link | {name: [text] for name, text in told.params.items()}
        assert drawing_of("overview", params).draw() == drawn
        header = decoded(drawn).header
        assert (header["of"], header["asks"]) == ("overview", told.params)


@pytest.mark.usefixtures("minilm")
def test_heads_are_drawn_before_edits_and_by_what_these_changed() -> None:
    s, elsewhere = told_in_link(3, {2: (Edit("head", 1, 0, 0, 0.0),)})
    link = {"sentence": [SENTENCE], "layer": ["3"], "s": [s], "elsewhere": [elsewhere]}

    def drawn(edits: str, **more: list[str]) -> Payload:
        values = fields.strict(link | {"m_edits": [edits]} | more, KINDS)
        return decoded(models_overview(asked(layer_settings(values)), Models.of(values), Told()))

    plain = drawn("after", elsewhere=[""])
    before, after, apart = (drawn(edits) for edits in ("before", "after", "difference"))
    assert after.header["edited"] == [1]
    assert np.array_equal(before.sketches["weights"], plain.sketches["weights"])
    assert not np.array_equal(after.sketches["weights"], plain.sketches["weights"])
    moved = apart.sketches["weights"].reshape(6, -1)
    assert not moved[:2].any()
    assert moved[2:].max() == pytest.approx(1, abs=1e-6)
    assert [heads[0] for heads in apart.header["arranged"]["told"]][:2] == ["0%", "0%"]
