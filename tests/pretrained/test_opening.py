"""What cannot be opened is refused in a sentence, before anything is allocated for it."""

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, processors

from attnlab.engine import SpecError
from attnlab.pretrained import installed, open_model, open_named
from attnlab.pretrained.opening import PACKAGES
from tests.pretrained.conftest import bytes_alone, configured, written

Spoil = Callable[[Path], object]


def weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


def replaced(name: str, tensor: torch.Tensor) -> Spoil:
    return lambda folder: weights(folder, lambda tensors: tensors.update({name: tensor}))


def without(name: str) -> Spoil:
    return lambda folder: weights(folder, lambda tensors: tensors.pop(name))


def config(**changes: Any) -> Spoil:
    return lambda folder: configured(folder, **changes)


def text(name: str, content: str | bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def gone(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def renamed(name: str, other: str) -> Spoil:
    return lambda folder: (folder / name).rename(folder / other)


def spoiled_number(number: float) -> Spoil:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors["encoder.layer.1.output.dense.weight"][3, 5] = number

    return lambda folder: weights(folder, change)


def cut_short(folder: Path) -> None:
    path = folder / "model.safetensors"
    os.truncate(path, path.stat().st_size - 100)


def larger_than_it_is(folder: Path) -> None:
    """A header that speaks of 10^9 numbers, and a hole in the file where they would be."""
    header = json.dumps({"a": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4 * 10**9]}}).encode()
    path = folder / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    os.truncate(path, 8 + len(header) + 4 * 10**9)


def tokenizer(change: Callable[[Tokenizer], object]) -> Spoil:
    def spoil(folder: Path) -> None:
        path = str(folder / "tokenizer.json")
        read = Tokenizer.from_file(path)
        change(read)
        read.save(path)

    return spoil


def of_thousand_words(read: Tokenizer) -> None:
    read.add_tokens([f"word{number}" for number in range(1000)])


SPOILT: dict[str, tuple[Spoil, str]] = {
    "no config": (gone("config.json"), r"^config must be given: config.json is not in 'bert'"),
    "no weights": (gone("model.safetensors"), r"^weights must be given: model.safetensors is not in 'bert'"),
    "no tokenizer": (gone("tokenizer.json"), r"^tokenizer must be given: tokenizer.json is not in 'bert'"),
    "a pickle": (
        renamed("model.safetensors", "pytorch_model.bin"),
        r"^weights \('pytorch_model.bin'\) must be model.safetensors, or the files of .* a pickle can run code",
    ),
    "weights for an index": (
        renamed("model.safetensors", "model.safetensors.index.json"),
        r"^index \(model.safetensors.index.json\) is damaged: it is no JSON",
    ),
    "an index of pickles": (
        renamed("model.safetensors", "pytorch_model.bin.index.json"),
        r"^weights \('pytorch_model.bin.index.json'\) must be model.safetensors",
    ),
    "a folder for weights": (
        lambda folder: ((folder / "model.safetensors").unlink(), (folder / "model.safetensors").mkdir()),
        r"^weights must be given",
    ),
    "a pickle by another name": (
        text("model.safetensors", b"\x80\x04\x95" + b"x" * 100),
        r"^weights \(model.safetensors\) is damaged",
    ),
    "cut short": (cut_short, r"^weights \(model.safetensors\) is damaged"),
    "empty": (text("model.safetensors", b""), r"^weights \(model.safetensors\) is damaged"),
    "too large": (larger_than_it_is, r"^weights \(4000 MB\) must be at most 600 MB \(\$ATTNLAB_MAX_MODEL_MB\)"),
    "NaN": (
        spoiled_number(float("nan")),
        r"^weights \('encoder.layer.1.output.dense.weight'\) must hold finite numbers",
    ),
    "infinity": (
        spoiled_number(float("-inf")),
        r"^weights \('encoder.layer.1.output.dense.weight'\) must hold finite numbers",
    ),
    "no such tensor": (
        without("encoder.layer.2.output.dense.bias"),
        r"^weights \('encoder.layer.2.output.dense.bias'\) must be in the file",
    ),
    "quantised": (
        replaced("encoder.layer.0.output.dense.weight", torch.zeros(24, 37, dtype=torch.int8)),
        r"^weights \('encoder.layer.0.output.dense.weight' torch.int8\) must be float32, float16 or bfloat16",
    ),
    "wider than it is": (
        config(hidden_size=8192 - 2),
        r"^weights \('.*' \(307, 24\)\) must be \(307, 8190\), as config",
    ),
    "narrower than it is": (config(hidden_size=12), r"must be \(307, 12\), as config.json says"),
    "more words": (config(vocab_size=2**20), r"must be \(1048576, 24\), as config.json says"),
    "more layers": (config(num_hidden_layers=128), r"^weights \('encoder.layer.3..*'\) must be in the file"),
    "fewer layers": (
        config(num_hidden_layers=2),
        r"^weights \('encoder.layer.2..*'\) must end with layer 1, as config",
    ),
    "more positions": (config(max_position_embeddings=2**24), r"must be \(16777216, 24\), as config.json says"),
    "10^9 wide": (config(hidden_size=10**9), r"^hidden_size \(1000000000\) must be between 1 and 8192"),
    "10^400 wide": (config(hidden_size=10**400), r"^hidden_size \(1000.*\) must be between 1 and 8192"),
    "nothing wide": (config(hidden_size=0), r"^hidden_size \(0\) must be between 1 and 8192"),
    "a word wide": (config(hidden_size="24"), r"^hidden_size \('24'\) must be a whole number"),
    "true wide": (config(hidden_size=True), r"^hidden_size \(True\) must be a whole number"),
    "no width": (config(hidden_size=None), r"^hidden_size must be given in config.json"),
    "heads that do not divide": (config(num_attention_heads=5), r"^num_heads \(5\) must divide d_model \(24\)"),
    "an odd eps": (config(layer_norm_eps=float("nan")), r"^layer_norm_eps \(nan\) must be between 0.0 and 0.01"),
    "an odd bend": (config(hidden_act="quick_gelu"), r"^hidden_act \('quick_gelu'\) must be one of relu, gelu"),
    "a list for a bend": (config(hidden_act=["gelu"]), r"^hidden_act \(\['gelu'\]\) must be one of relu, gelu"),
    "relative positions": (
        config(position_embedding_type="relative_key"),
        r"^position_embedding_type \('relative_key'\) must be 'absolute'",
    ),
    "a decoder's BERT": (config(is_decoder=True), r"^is_decoder \(True\) must be False"),
    "no architecture": (
        config(model_type=None),
        r"^model_type \(None\) must be one of bert, roberta, distilbert, gpt2",
    ),
    "BART": (
        config(model_type="bart"),
        r"^model_type \('bart'\) must be one of bert, roberta, distilbert, gpt2, llama, qwen2, marian, t5",
    ),
    "another kind's config": (config(model_type="t5"), r"^num_layers must be given in config.json"),
    "a list for a name": (config(model_type=["bert"]), r"^model_type \(\['bert'\]\) must be one of bert"),
    "quantised by its config": (config(quantization_config={}), r"^quantization_config must be left out"),
    "no JSON": (text("config.json", "{"), r"^config.json is damaged: it is no JSON"),
    "no text": (text("config.json", b"\xff\xfe\xff"), r"^config.json is damaged: it is no JSON"),
    "a deep JSON": (text("config.json", "[" * 100_000), r"^config.json is damaged: it is no JSON"),
    "a list": (text("config.json", "[]"), r"^config \(list\) must be an object"),
    "a long config": (text("config.json", " " * (2**20 + 1)), r"^config \(1048577 bytes\) must be at most 1048576"),
    "no tokenizer's JSON": (text("tokenizer.json", "{}"), r"^tokenizer \(tokenizer.json\) is damaged"),
    "bytes for a tokenizer": (text("tokenizer.json", b"\xff\x00"), r"^tokenizer \(tokenizer.json\) is damaged"),
    "a tokenizer of more words": (tokenizer(of_thousand_words), r"^tokenizer \(id \d+\) must have ids below 307"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_folder_that_does_not_fit_is_refused_by_field_and_value(own_bert: Path, name: str) -> None:
    spoil, message = SPOILT[name]
    spoil(own_bert)
    with pytest.raises(SpecError, match=message):
        open_model(own_bert)


def test_keys_that_nobody_asks_for_change_nothing(own_bert: Path) -> None:
    wanted = open_model(own_bert).trace("a cat").attentions
    configured(own_bert, auto_map={"AutoModel": "evil.Model"}, trust_remote_code=True, _attn_implementation="evil/x")
    assert torch.equal(open_model(own_bert).trace("a cat").attentions, wanted)


def test_a_model_that_reads_less_than_its_tokenizer_adds_is_refused(own_bert: Path) -> None:
    configured(own_bert, max_position_embeddings=4)
    weights(
        own_bert,
        lambda tensors: tensors.update(
            {"embeddings.position_embeddings.weight": tensors["embeddings.position_embeddings.weight"][:4].clone()}
        ),
    )
    with pytest.raises(SpecError, match=r"^tokenizer \(adds 3 tokens\) must leave room for a word each of two texts"):
        open_model(own_bert)


@pytest.mark.parametrize("template", [("[CLS]:0 $A [X]", 9999), ("[CLS]:7 $A [X]", 5)], ids=["an id", "a segment"])
def test_what_a_tokenizer_adds_must_fit_the_model_too(own_bert: Path, template: tuple[str, int]) -> None:
    adds, id_ = template
    post = processors.TemplateProcessing(adds, None, [("[CLS]", 2), ("[X]", id_)])
    tokenizer(lambda read: setattr(read, "post_processor", post))(own_bert)
    model = open_model(own_bert)
    with pytest.raises(SpecError, match=r"^tokenizer \(id \d+, segment \d\) must fit the model's 307 ids and 2 kinds"):
        model.trace("a cat")


def test_a_tokenizer_that_says_a_text_twice_is_refused_where_that_is_too_long(own_bert: Path) -> None:
    post = processors.TemplateProcessing("$A $A", None, [])
    tokenizer(lambda read: setattr(read, "post_processor", post))(own_bert)
    with pytest.raises(SpecError, match=r"^tokenizer \(gives \d+ tokens\) must keep within the model's 41"):
        open_model(own_bert).trace("a " * 20)


@pytest.mark.parametrize("second", [None, "a"])
def test_a_tokenizer_that_fails_on_a_text_is_refused(own_bert: Path, second: str | None) -> None:
    path = own_bert / "tokenizer.json"
    said = json.loads(path.read_text())
    said["post_processor"] = {"type": "TemplateProcessing", "special_tokens": {}} | {
        sequence: [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[Q]", "type_id": 0}}]
        for sequence in ("single", "pair")
    }
    path.write_text(json.dumps(said))
    with pytest.raises(SpecError, match=r"^tokenizer \(tokenizer.json\) is damaged"):
        open_model(own_bert).trace("a", second)


def test_a_tokenizer_without_its_unknown_word_is_refused(own_bert: Path) -> None:
    model = models.WordLevel({"a": 0}, unk_token="[UNK]")
    Tokenizer(model).save(str(own_bert / "tokenizer.json"))
    with pytest.raises(SpecError, match=r"^tokenizer \(tokenizer.json\) is damaged: WordLevel error: Missing"):
        open_model(own_bert).trace("b")


LLAMA_KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "scaled RoPE": (
        {"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0}},
        r"^rope_type \('llama3'\) must be 'default'",
    ),
    "scaled RoPE of older files": ({"rope_scaling": {"type": "linear"}}, r"^type \('linear'\) must be 'default'"),
    "a part of a head": (
        {"rope_parameters": {"partial_rotary_factor": 0.5}},
        r"^partial_rotary_factor \(0.5\) must be 1.0",
    ),
    "a word for RoPE": ({"rope_parameters": "default"}, r"^rope_parameters \(str\) must be an object"),
    "windows": ({"use_sliding_window": True}, r"^use_sliding_window \(True\) must be False"),
    "odd heads": ({"head_dim": 3}, r"^head_dim \(3\) must be a multiple of 2: RoPE turns pairs"),
    "kv heads": ({"num_key_value_heads": 4}, r"^num_kv_heads \(4\) must divide num_heads \(6\)"),
    "another bend": ({"hidden_act": "gelu"}, r"^hidden_act \('gelu'\) must be 'silu'"),
    "a number for a flag": ({"tie_word_embeddings": 1}, r"^tie_word_embeddings \(1\) must be True or False"),
}


@pytest.mark.parametrize("name", LLAMA_KEYS)
def test_a_llama_that_computes_something_else_is_refused(
    folder_of: Callable[[str], Path], tmp_path: Path, name: str
) -> None:
    changes, message = LLAMA_KEYS[name]
    folder = shutil.copytree(folder_of("llama"), tmp_path / "llama")
    configured(folder, **changes)
    with pytest.raises(SpecError, match=message):
        open_model(folder)


def test_the_base_of_older_configs_is_read(folder_of: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shutil.copytree(folder_of("llama"), tmp_path / "llama")
    wanted = open_model(folder)
    configured(folder, rope_parameters=None, rope_theta=500_000.0)
    assert open_model(folder).sizes == wanted.sizes
    configured(folder, rope_theta=10_000)
    assert open_model(folder).sizes.rotary_base == 10_000


@pytest.mark.parametrize("said", ["0", "-1", "many", "1.5", "10000000"])
def test_a_limit_that_is_no_size_is_refused(own_bert: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("ATTNLAB_MAX_MODEL_MB", said)
    with pytest.raises(SpecError, match=r"^ATTNLAB_MAX_MODEL_MB \(.*\) must be"):
        open_model(own_bert)


def test_half_precision_counts_as_what_it_becomes(own_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(tensors: dict[str, torch.Tensor]) -> None:
        tensors["spare"] = torch.zeros(400_000, dtype=torch.float16)

    weights(own_bert, half)
    monkeypatch.setenv("ATTNLAB_MAX_MODEL_MB", "1")
    with pytest.raises(SpecError, match=r"^weights \(2 MB\) must be at most 1 MB"):
        open_model(own_bert)


# --- names ------------------------------------------------------------------------------------------------------------

NO_NAMES = ("", ".", "..", "../bert", "/etc", "bert/../bert", "bert\x00", "a" * 5000, "minilm; ls", "$(ls)", "\ud800")


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_is_compared_and_never_a_path(own_bert: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("ATTNLAB_MODELS", str(own_bert.parent))
    monkeypatch.chdir(own_bert.parent)
    assert "bert" in installed()
    with pytest.raises(SpecError, match=r"^model \(.*\) must be one of bert"):
        open_named(name)


def test_a_path_that_leads_nowhere_is_refused() -> None:
    for name in ("no/such/folder", "a" * 5000, "\x00", "\ud800"):
        with pytest.raises(SpecError, match=r"^model \(.*\) must be one of"):
            open_model(name)


def test_folders_of_the_operator_are_opened_by_name(own_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTNLAB_MODELS", str(own_bert.parent))
    model = open_named("bert")
    assert (model.name, model.kind) == ("bert", "bert")
    assert torch.equal(model.trace("a cat").attentions, open_model(own_bert).trace("a cat").attentions)


def test_links_out_of_the_operators_folder_are_not_followed(
    own_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    (allowed / "linked").symlink_to(own_bert)
    half = shutil.copytree(own_bert, allowed / "half")
    (half / "model.safetensors").unlink()
    (half / "model.safetensors").symlink_to(own_bert / "model.safetensors")
    shutil.copytree(own_bert, allowed / "own")
    (allowed / "within").symlink_to(allowed / "own")
    monkeypatch.setenv("ATTNLAB_MODELS", str(allowed))
    assert set(installed()) - set(PACKAGES) == {"own", "within"}


def test_without_any_model_the_refusal_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attnlab.pretrained.opening.PACKAGES", {"gone": ("no_such_package_here", "model")})
    monkeypatch.setenv("ATTNLAB_MODELS", "/no/such/folder")
    assert installed() == {}
    with pytest.raises(
        SpecError, match=r"^model \('gone'\) must be installed: no pretrained model that would do is here"
    ):
        open_named("gone")


def test_a_folder_that_may_not_be_read_is_refused(own_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(
        SpecError, match=r"^model \('bert'\) must be a folder or a file that can be read \(Permission denied\)"
    ):
        open_model(own_bert)


def test_a_tokenizer_of_another_family_is_read_as_it_is(tmp_path: Path) -> None:
    folder = written(tmp_path / "bert", "bert")
    bytes_alone().save(str(folder / "tokenizer.json"))
    assert [token.text for token in open_model(folder).trace("ab").tokens] == ["a", "b"]
