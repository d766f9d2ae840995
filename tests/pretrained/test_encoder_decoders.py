"""Marian and T5 give the numbers of transformers, layer by layer, and write what it writes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from attnlab.pretrained import ENCODER_DECODERS, EncoderDecoder, open_model, translating
from attnlab.pretrained.pair_reference import pair_differences, pair_reference_of, said_by
from tests.engine.laws import close
from tests.pretrained.conftest import PAIRS

TEXTS = ("The cats sat on the mat.", "a 😂 Кот!")
BEAMS = {"num_beams": 4, "do_sample": False, "length_penalty": 1, "early_stopping": True}
every_pair = pytest.mark.parametrize("kind", PAIRS)

Folder = Callable[[str], Path]


def opened(folder: Path) -> EncoderDecoder:
    return translating(open_model(folder))


def in_float64(reference: Any) -> Any:
    """The same with norms that keep to float64: T5's round their variance to float32."""

    class Exact(nn.Module):
        def __init__(self, norm: Any) -> None:
            super().__init__()
            self.norm = norm

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.norm.weight * x * (x.square().mean(-1, keepdim=True) + self.eps).rsqrt()
            return found

        @property
        def eps(self) -> float:
            return float(self.norm.variance_epsilon)

    for module in list(reference.modules()):
        for name, child in list(module.named_children()):
            if type(child).__name__ == "T5LayerNorm" and not isinstance(module, Exact):
                setattr(module, name, Exact(child))
    return reference


def bound(largest: float) -> float:
    """What float32 can be held to: 1e-5, or one step of the largest number."""
    return max(1e-5, largest * torch.finfo(torch.float32).eps)


def written_by(theirs: Any, model: EncoderDecoder, text: str, **options: Any) -> tuple[int, ...]:
    """The ids of the reference, its start taken away."""
    ids = torch.tensor([model.reader.read(text).ids])
    return tuple(theirs.generate(ids, **options)[0, 1:].tolist())


def test_every_family_is_among_them(folder_of: Folder) -> None:
    assert {opened(folder_of(kind)).kind for kind in PAIRS} == set(ENCODER_DECODERS)


@pytest.mark.parametrize("padding", [0, 3])
@every_pair
def test_attentions_and_hidden_states_are_those_of_the_reference(folder_of: Folder, kind: str, padding: int) -> None:
    model = opened(folder_of(kind))
    found = pair_differences(model, TEXTS, padding=padding)
    halves = (("encoder", model.sizes.encoder.num_layers), ("decoder", model.sizes.decoder.num_layers))
    assert [(one.side, one.layer) for one in found] == [(side, layer) for side, depth in halves for layer in range(depth)]
    assert len(found) == 5
    exact = pair_differences(model, TEXTS, "float64", in_float64(pair_reference_of(model, "float64")), padding=padding)
    for one, same in zip(found, exact, strict=True):
        assert (one.cross is None) == (one.side == "encoder")
        assert max(one.attention, one.cross or 0.0) <= 1e-5
        assert one.hidden_state <= bound(one.largest)
        assert max(same.attention, same.cross or 0.0) <= 1e-12
        assert same.hidden_state <= 1e-12 * max(1.0, same.largest)


@every_pair
def test_logits_are_those_of_the_reference(folder_of: Folder, kind: str) -> None:
    model = opened(folder_of(kind))
    for dtype in ("float32", "float64"):
        theirs = in_float64(pair_reference_of(model, dtype)) if dtype == "float64" else pair_reference_of(model)
        trace = model.trace(TEXTS[0], TEXTS[1], dtype)
        wanted = said_by(theirs, trace).logits[0]
        largest, apart = float(wanted.abs().max()), float((trace.logits - wanted).abs().max())
        assert trace.logits.shape == wanted.shape
        assert apart <= (bound(largest) if dtype == "float32" else 1e-12 * max(1.0, largest))


@every_pair
def test_what_is_written_is_what_the_reference_writes(folder_of: Folder, kind: str) -> None:
    model = opened(folder_of(kind))
    theirs = pair_reference_of(model)
    for text in (*TEXTS, "x", "The end of the cat"):
        for most in (1, 2, 13, 30):
            greedy = model.translate(text, most=most)
            assert greedy.ids == written_by(theirs, model, text, max_new_tokens=most, do_sample=False)
            beams = model.translate(text, num_beams=4, most=most)
            assert beams.ids == written_by(theirs, model, text, max_new_tokens=most, **BEAMS)
            assert greedy.ended == (greedy.ids[-1] == 2)
            assert beams.text == model.reader.text_of(beams.ids)
