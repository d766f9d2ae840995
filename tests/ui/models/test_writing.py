"""What a model writes, from looks to the canvas' data."""

from attnlab.engine.transformer.writing import Cuts
from attnlab.looks.pretrained.says import pretrained_layer
from attnlab.looks.pretrained.writing import pieces_written, writes
from attnlab.pretrained import Model
from tests.looks.test_pretrained import looked_at


def test_an_encoder_does_not_write(minilm: Model) -> None:
    assert not writes(pretrained_layer(looked_at(model=minilm.name)))


def test_smollm2_goes_on_with_what_the_sentence_says(smollm2: Model) -> None:
    layer = pretrained_layer(looked_at(model=smollm2.name, sentence="The capital of France is", layer="2", head="1"))
    assert layer is not None
    assert writes(layer)
    found = pieces_written(layer, 3, Cuts(1.0, 1, None), 0)
    assert found.pieces[0] == " Paris"
    assert found.attention.shape[0] == 3
    shares = found.attention.float().sum(-1)
    assert float((shares - 1).abs().max()) < 1e-2  # float16
