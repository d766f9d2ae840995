"""A model in memory is read as its folder is, with the weights that it has now."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from attnlab.engine import SpecError
from attnlab.pretrained import ARCHITECTURES, Model, model_of, open_model
from tests.pretrained.conftest import BERT, KINDS, word_pieces

TEXT = "The cats sat."


def in_memory(folder: Path, kind: str) -> tuple[Any, Any]:
    """The model and the tokenizer of a folder as transformers loads them."""
    import transformers

    theirs = getattr(transformers, KINDS[kind][0]).from_pretrained(folder, local_files_only=True)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    return theirs.eval(), tokenizer


def small_bert(**changes: Any) -> Any:
    import transformers

    return transformers.BertModel(transformers.BertConfig(**{**BERT, **changes}))


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_is_that_of_the_folder(kind: str, folder_of: Callable[[str], Path]) -> None:
    folder = folder_of(kind)
    ours, wanted = model_of(*in_memory(folder, kind)), open_model(folder)
    assert (ours.kind, ours.sizes) == (wanted.kind, wanted.sizes)
    found, expected = ours.trace(TEXT), wanted.trace(TEXT)
    assert found.tokens == expected.tokens
    assert torch.equal(found.attentions, expected.attentions)
    assert torch.equal(found.hidden_states, expected.hidden_states)


def test_the_weights_are_those_that_it_has_now() -> None:
    theirs = small_bert()
    before = model_of(theirs, word_pieces()).trace(TEXT)
    with torch.no_grad():
        theirs.encoder.layer[1].attention.self.query.weight += 0.5
    after = model_of(theirs, word_pieces()).trace(TEXT)
    changed = (before.attentions != after.attentions).flatten(1).any(1)
    assert changed.tolist() == [False, True, True]


def test_half_precision_is_widened_and_one_of_ours_is_handed_back() -> None:
    theirs = small_bert()
    exact = model_of(theirs, word_pieces()).trace(TEXT).attentions
    model = model_of(theirs.to(torch.bfloat16), word_pieces())
    assert model.parts.embedding.words.dtype == torch.float32
    assert float((model.trace(TEXT).attentions - exact).abs().max()) < 0.05
    assert model_of(model) is model


def test_what_the_tokenizer_pads_for_others_stays_as_it_is(folder_of: Callable[[str], Path]) -> None:
    theirs, tokenizer = in_memory(folder_of("bert"), "bert")
    before = tokenizer.backend_tokenizer.to_str()
    model_of(theirs, tokenizer).trace(TEXT)
    assert tokenizer.backend_tokenizer.to_str() == before
    assert json.loads(before)["padding"] is not None


def refusal(theirs: Any, tokenizer: Any) -> SpecError:
    with pytest.raises(SpecError) as refused:
        model_of(theirs, tokenizer)
    return refused.value


def test_an_unknown_architecture_is_refused_by_name_with_those_that_are_known() -> None:
    import transformers

    sizes = {"hidden_size": 24, "intermediate_size": 37, "num_hidden_layers": 1, "num_attention_heads": 3}
    albert = transformers.AlbertModel(transformers.AlbertConfig(vocab_size=37, embedding_size=8, **sizes))
    for theirs, name in [(albert, "AlbertModel"), (nn.Linear(2, 3), "Linear"), ("minilm", "str"), (None, "NoneType")]:
        said = str(refusal(theirs, word_pieces()))
        assert name in said
        assert all(known in said for known in ARCHITECTURES)


@pytest.mark.parametrize("tokenizer", [None, "a tokenizer", str.split])
def test_a_tokenizer_that_is_none_is_refused(tokenizer: Any) -> None:
    error = refusal(small_bert(), tokenizer)
    assert (error.field, error.code) == ("tokenizer", "kind")


def test_weights_that_are_no_numbers_and_a_tokenizer_of_another_model_are_refused() -> None:
    theirs = small_bert()
    assert refusal(small_bert(vocab_size=11), word_pieces()).field == "tokenizer"
    with torch.no_grad():
        theirs.encoder.layer[0].output.dense.bias[3] = torch.nan
    assert (refusal(theirs, word_pieces()).field, refusal(theirs, word_pieces()).code) == ("weights", "finite")


def test_one_without_a_folder_is_a_model_all_the_same() -> None:
    model: Model = model_of(small_bert(), word_pieces())
    assert (model.name, model.folder) == ("BertModel", None)
