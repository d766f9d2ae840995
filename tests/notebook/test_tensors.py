"""`attnlab.trace_model`: every tensor by its name."""

import pytest
import torch

import attnlab
from attnlab.engine import SpecError
from attnlab.notebook.tensors import OF_ATTENTION
from attnlab.pretrained import open_model

pytestmark = pytest.mark.usefixtures("minilm")
L, H, T, D = 6, 12, 5, 32
SHAPES = {
    "embeddings": (T, H * D),
    "hidden_states": (L + 1, T, H * D),
    "attentions": (L, H, T, T),
    **{f"layer.2.{name}": (H, T, D) for name in ("queries", "keys", "values", "head_outputs")},
    **{f"layer.2.{name}": (H, T, T) for name in ("scores", "scaled_scores", "masked_scores", "weights")},
    "layer.2.outputs": (T, H * D),
}


def test_every_tensor_has_a_name_and_the_shape_that_its_name_says() -> None:
    found = attnlab.trace_model(open_model("minilm"), text="cats sat down")
    assert [token.piece for token in found.tokens] == ["[CLS]", "cats", "sat", "down", "[SEP]"]
    assert len(found) == len(list(found)) == 3 + L * len(OF_ATTENTION)
    assert {name: tuple(found[name].shape) for name in SHAPES} == SHAPES
    assert all(found[name].isfinite().all() for name in found)


def test_they_are_the_steps_of_attention() -> None:
    found = attnlab.trace_model(open_model("minilm"), None, "cats sat down", dtype="float64")
    at = {name: found[f"layer.3.{name}"] for name in OF_ATTENTION}
    scores = at["queries"] @ at["keys"].mT
    assert torch.allclose(at["scores"], scores)
    assert torch.allclose(at["scaled_scores"], scores / D**0.5)
    assert torch.allclose(at["weights"], at["masked_scores"].softmax(-1))
    assert torch.allclose(at["head_outputs"], at["weights"] @ at["values"])
    assert torch.equal(at["weights"], found["attentions"][3])
    assert torch.equal(found["embeddings"], found["hidden_states"][0])


@pytest.mark.parametrize("name", ["layer.6.weights", "layer.-1.weights", "layer.1", "layer.1.x", "weights", ""])
def test_another_name_is_none_of_them(name: str) -> None:
    found = attnlab.trace_model(open_model("minilm"), text="cats")
    assert name not in found
    with pytest.raises(KeyError):
        found[name]


@pytest.mark.parametrize("text", ["", "\ud800", 7, None, b"bytes"])
def test_a_text_that_is_none_is_refused(text: object) -> None:
    with pytest.raises(SpecError, match="text"):
        attnlab.trace_model(open_model("minilm"), None, text)  # type: ignore[arg-type]
