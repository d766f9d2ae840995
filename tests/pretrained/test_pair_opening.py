"""Folders of encoder-decoders that cannot be opened are refused in a sentence, before anything is allocated."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from attnlab.engine import SpecError
from attnlab.looks.pretrained.layer import opened
from attnlab.pretrained import installed, open_model, open_named, readers, reading, translating, translators
from attnlab.pretrained.opening import PACKAGES
from tests.pretrained.conftest import configured, written
from tests.pretrained.test_opening import (
    Spoil,
    config,
    cut_short,
    gone,
    larger_than_it_is,
    of_thousand_words,
    renamed,
    replaced,
    text,
    tokenizer,
    weights,
    without,
)

Folder = Callable[[str], Path]


def spoiled(name: str, number: float) -> Spoil:
    return lambda folder: weights(folder, lambda tensors: tensors[name].view(-1)[3:4].fill_(number))


def only_sentencepiece(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    for name in ("source.spm", "target.spm", "vocab.json"):
        (folder / name).write_bytes(b"x")


def longer(name: str, other: str) -> Spoil:
    """A tensor of one more layer."""

    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors[other] = tensors[name].clone()

    return lambda folder: weights(folder, change)


FC1 = "model.decoder.layers.2.fc1.weight"
MARIAN: dict[str, tuple[Spoil, str]] = {
    "no tokenizer": (gone("tokenizer.json"), r"^tokenizer must be given: tokenizer.json is not in 'marian'"),
    "SentencePiece alone": (
        only_sentencepiece,
        r"^tokenizer \(source.spm, vocab.json\) must be one file tokenizer.json, as Hugging Face's tokenizers",
    ),
    "no weights": (gone("model.safetensors"), r"^weights must be given: model.safetensors is not in 'marian'"),
    "a pickle": (
        renamed("model.safetensors", "pytorch_model.bin"),
        r"^weights \('pytorch_model.bin'\) must be model.safetensors, or the files of",
    ),
    "cut short": (cut_short, r"^weights \(model.safetensors\) is damaged"),
    "too large": (larger_than_it_is, r"^weights \(4000 MB\) must be at most 600 MB"),
    "NaN": (spoiled(FC1, float("nan")), rf"^weights \('{FC1}'\) must hold finite numbers"),
    "infinity": (spoiled("final_logits_bias", float("inf")), r"^weights \('final_logits_bias'\) must hold finite"),
    "no such tensor": (
        without("model.decoder.layers.0.encoder_attn.k_proj.bias"),
        r"^weights \('model.decoder.layers.0.encoder_attn.k_proj.bias'\) must be in the file",
    ),
    "no words": (without("model.shared.weight"), r"^weights \('model.shared.weight'\) must be in the file"),
    "a bias of other words": (
        replaced("final_logits_bias", torch.zeros(1, 306)),
        r"^weights \('final_logits_bias' \(1, 306\)\) must be \(1, 307\), as config.json says",
    ),
    "more layers": (config(encoder_layers=128), r"^weights \('model.encoder.layers.2.*'\) must be in the file"),
    "fewer layers": (
        config(decoder_layers=2),
        r"^weights \('model.decoder.layers.2..*'\) must end with layer 1, as config",
    ),
    "a layer of another encoder": (
        longer("model.encoder.layers.1.fc1.bias", "model.encoder.layers.2.fc1.bias"),
        r"^weights \('model.encoder.layers.2.fc1.bias'\) must end with layer 1",
    ),
    "10^9 wide": (config(d_model=10**9), r"^d_model \(1000000000\) must be between 1 and 8192"),
    "10^9 layers": (config(decoder_layers=10**9), r"^decoder_layers \(1000000000\) must be between 1 and 128"),
    "wider than it is": (config(d_model=8184), r"^weights \(.*\) must be \(307, 8184\), as config.json says"),
    "no width": (config(encoder_ffn_dim=None), r"^encoder_ffn_dim must be given in config.json"),
    "heads that do not divide": (config(decoder_attention_heads=5), r"^num_heads \(5\) must divide d_model \(24\)"),
    "an odd bend": (config(activation_function="quick_gelu"), r"^activation_function \('quick_gelu'\) must be one of"),
    "norms before": (config(normalize_before=True), r"^normalize_before \(True\) must be False"),
    "two vocabularies": (
        config(share_encoder_decoder_embeddings=False),
        r"^share_encoder_decoder_embeddings \(False\) must be True",
    ),
    "another vocabulary": (config(decoder_vocab_size=306), r"^decoder_vocab_size \(306\) must be 307"),
    "no end": (
        config(eos_token_id=307),
        r"^eos_token_id \(2\) must be|^eos_token_id \(307\) must be between 0 and 306",
    ),
    "more positions": (config(max_position_embeddings=10**9), r"^max_position_embeddings \(1000000000\) must be"),
    "a tokenizer of more words": (tokenizer(of_thousand_words), r"^tokenizer \(id \d+\) must have ids below 307"),
    "no JSON for rules": (text("generation_config.json", "{"), r"^generation_config.json is damaged: it is no JSON"),
    "a list for rules": (text("generation_config.json", "[]"), r"^config \(list\) must be an object"),
    "quantised": (config(quantization_config={}), r"^quantization_config must be left out"),
}
RULES: dict[str, tuple[dict[str, object], str]] = {
    "an end of two": ({"eos_token_id": [2, 3]}, r"^eos_token_id \(\[2, 3\]\) must be a whole number"),
    "another forced end": ({"forced_eos_token_id": 3}, r"^forced_eos_token_id \(3\) must be 2"),
    "a start beyond": ({"decoder_start_token_id": 307}, r"^decoder_start_token_id \(307\) must be between 0 and 306"),
    "a word for a flag": ({"renormalize_logits": "yes"}, r"^renormalize_logits \('yes'\) must be True or False"),
    "a forbidden pair": ({"bad_words_ids": [[3, 4]]}, r"^bad_words_ids \(.*\) must be a list of lists of one id each"),
    "no list": ({"bad_words_ids": 3}, r"^bad_words_ids \(3\) must be a list of lists of one id each, from 0 to 306"),
    "a word beyond": ({"bad_words_ids": [[3], [307]]}, r"^bad_words_ids \(.*\) must be a list of lists of one id"),
    "a true word": ({"bad_words_ids": [[True]]}, r"^bad_words_ids \(.*\) must be a list of lists of one id each"),
    "a thousand words": ({"bad_words_ids": [[3]] * 1001}, r"^bad_words_ids \(.*\) must be a list of lists of one id"),
}
TABLE = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
T5: dict[str, tuple[Spoil, str]] = {
    "no distances": (without(TABLE), rf"^weights \('{TABLE}'\) must be in the file"),
    "other buckets": (
        config(relative_attention_num_buckets=31),
        r"^weights \('encoder.*relative_attention_bias.weight' \(32, 3\)\) must be \(31, 3\), as config.json says",
    ),
    "three buckets": (
        config(relative_attention_num_buckets=3),
        r"^relative_attention_num_buckets \(3\) must be between 4 and 1024",
    ),
    "nearer than its buckets": (
        config(relative_attention_max_distance=31),
        r"^relative_attention_max_distance \(31\) must be between 32 and",
    ),
    "another gate": (
        config(feed_forward_proj="gated-tanh"),
        r"^feed_forward_proj \('gated-tanh'\) must be one of relu",
    ),
    "a gate that is not there": (
        config(feed_forward_proj="gated-gelu"),
        r"^weights \('encoder.block.0.layer.1.DenseReluDense.wi_0.weight'\) must be in the file",
    ),
    "no head of its own": (
        config(tie_word_embeddings=False),
        r"^weights \('lm_head.weight'\) must be in the file",
    ),
    "wide heads": (config(d_kv=11), r"^weights \('encoder.block.0.*q.weight' \(30, 24\)\) must be \(33, 24\)"),
    "fewer layers": (config(num_layers=2), r"^weights \('encoder.block.2..*'\) must end with layer 1"),
    "more layers": (config(num_decoder_layers=3), r"^weights \('decoder.block.2..*'\) must be in the file"),
    "no head": (config(num_heads=0), r"^num_heads \(0\) must be between 1 and"),
    "an odd eps": (config(layer_norm_epsilon=1), r"^layer_norm_epsilon \(1\) must be between 0.0 and 0.01"),
    "NaN": (spoiled("shared.weight", float("nan")), r"^weights \('shared.weight'\) must hold finite numbers"),
}


@pytest.mark.parametrize(("kind", "name"), [("marian", name) for name in MARIAN] + [("t5", name) for name in T5])
def test_a_folder_that_does_not_fit_is_refused_by_field_and_value(
    folder_of: Folder, tmp_path: Path, kind: str, name: str
) -> None:
    spoil, message = (MARIAN if kind == "marian" else T5)[name]
    folder = shutil.copytree(folder_of(kind), tmp_path / kind)
    if kind == "marian" and name != "no JSON for rules" and name != "a list for rules":
        (folder / "generation_config.json").unlink()
    spoil(folder)
    with pytest.raises(SpecError, match=message):
        open_model(folder)


@pytest.mark.parametrize("name", RULES)
def test_rules_of_writing_that_cannot_be_are_refused(folder_of: Folder, tmp_path: Path, name: str) -> None:
    said, message = RULES[name]
    folder = shutil.copytree(folder_of("marian"), tmp_path / "marian")
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    with pytest.raises(SpecError, match=message):
        open_model(folder)


def test_rules_of_writing_say_nothing_else_about_a_model(folder_of: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(folder_of("marian"), tmp_path / "marian")
    path = folder / "generation_config.json"
    wanted = translating(open_model(folder)).translate("a cat", most=12)
    evil = {"d_model": 10**9, "model_type": "bert", "trust_remote_code": True, "min_length": 40}
    path.write_text(json.dumps(json.loads(path.read_text()) | evil))
    assert translating(open_model(folder)).translate("a cat", most=12) == wanted


@pytest.mark.parametrize("name", ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"])
def test_whichever_of_equal_tensors_a_file_keeps_is_read(folder_of: Folder, tmp_path: Path, name: str) -> None:
    for kind, prefix in (("marian", "model."), ("t5", "")):
        folder = shutil.copytree(folder_of(kind), tmp_path / kind)
        wanted = translating(open_model(folder)).trace("a", "b").logits
        path = folder / "model.safetensors"
        tensors = load_file(path)
        tensors[prefix + name] = tensors.pop(f"{prefix}shared.weight")
        save_file(tensors, path)
        assert torch.equal(translating(open_model(folder)).trace("a", "b").logits, wanted)


def test_a_file_of_the_model_without_its_head_is_read_too(folder_of: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(folder_of("marian"), tmp_path / "marian")
    wanted = translating(open_model(folder)).trace("a", "b")
    path = folder / "model.safetensors"
    tensors = {name.removeprefix("model."): tensor for name, tensor in load_file(path).items()}
    bias = tensors.pop("final_logits_bias")
    save_file(tensors, path)
    bare = translating(open_model(folder)).trace("a", "b")
    assert torch.equal(bare.cross_attentions, wanted.cross_attentions)
    assert torch.allclose(bare.logits + bias, wanted.logits, atol=1e-5)


def test_models_that_read_and_models_that_write_are_told_apart(
    folder_of: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attnlab.pretrained.opening.PACKAGES", {})
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path))
    for kind in ("bert", "marian", "t5"):
        shutil.copytree(folder_of(kind), tmp_path / kind)
    configured(shutil.copytree(folder_of("bert"), tmp_path / "odd"), model_type=["t5"])
    (shutil.copytree(folder_of("t5"), tmp_path / "torn") / "config.json").write_text("{")
    assert set(installed()) - set(PACKAGES) == {"bert", "marian", "odd", "t5", "torn"}
    assert (readers(), translators()) == (("bert", "odd", "torn"), ("marian", "t5"))
    with pytest.raises(SpecError, match=r"^model \('marian', marian\) must be a model that reads one text"):
        reading(open_named("marian"))
    with pytest.raises(SpecError, match=r"^model \('bert', bert\) must be a model that writes another text"):
        translating(open_named("bert"))
    with pytest.raises(SpecError, match=r"^model \('t5', t5\) must be a model that reads one text"):
        opened("t5")


def test_rules_that_lie_elsewhere_hide_the_folder(
    folder_of: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path / "allowed"))
    folder = shutil.copytree(folder_of("marian"), tmp_path / "allowed" / "marian")
    assert "marian" in installed()
    (folder / "generation_config.json").rename(tmp_path / "elsewhere.json")
    (folder / "generation_config.json").symlink_to(tmp_path / "elsewhere.json")
    assert "marian" not in installed()


def test_half_precision_is_read_as_float32(tmp_path: Path) -> None:
    folder = written(tmp_path / "t5", "t5")
    exact = translating(open_model(folder)).trace("a cat", "b")
    path = folder / "model.safetensors"
    save_file({name: tensor.to(torch.bfloat16) for name, tensor in load_file(path).items()}, path)
    found = translating(open_model(folder)).trace("a cat", "b")
    assert found.logits.dtype == torch.float32
    assert 0 < float((found.cross_attentions - exact.cross_attentions).abs().max()) < 0.2
