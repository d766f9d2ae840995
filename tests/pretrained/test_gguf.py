"""Models in GGUF files: a small one written by gguf's own writer, SmolLM2 beside transformers, and files that lie."""

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.pretrained import Model, open_model
from attnlab.pretrained.opening import installed
from attnlab.pretrained.says import guesses, streams

gguf = pytest.importorskip("gguf")
FolderOf = Callable[[str], Path]
TEXT = "ab cab."
PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def turned(weight: Tensor, heads: int) -> Tensor:
    """As converters store queries and keys: (i, i + D/2) become neighbours."""
    return weight.reshape(heads, 2, -1, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)


def written(folder: Path, path: Path, **changes: Any) -> Path:
    """The Llama of a folder as a GGUF file."""
    import transformers

    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder)
    config, tokenizer = theirs.config, transformers.AutoTokenizer.from_pretrained(folder).backend_tokenizer
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda pair: pair[1])
    unused = [f"unused{number}" for number in range(config.vocab_size - len(vocabulary))]
    tokens = [piece for piece, _ in vocabulary] + unused
    writer = gguf.GGUFWriter(path, changes.get("architecture", "llama"))
    writer.add_block_count(changes.get("layers", config.num_hidden_layers))
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(changes.get("d_model", config.hidden_size))
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(config.hidden_size // config.num_attention_heads)
    writer.add_tokenizer_model(changes.get("tokenizer", "gpt2"))
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    if "types" in changes:
        writer.add_uint32("tokenizer.ggml.token_type", changes["types"])
    else:
        writer.add_token_types([3 if piece in {"<s>", "<pad>", "</s>"} else 1 for piece in tokens])
    if "begin" in changes:
        writer.add_add_bos_token(True)
        writer.add_int32("tokenizer.ggml.bos_token_id", changes["begin"])
    writer.add_token_merges([])
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    names = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for key, tensor in theirs.state_dict().items():
        part, _, last = key.rpartition(".")
        stored = turned(tensor, heads[part[-6:]]) if part[-6:] in heads else tensor
        if part.startswith("model.layers."):
            layer, _, inner = part.removeprefix("model.layers.").partition(".")
            name = f"blk.{layer}.{PARTS[inner]}"
        else:
            name = names[part]
        writer.add_tensor(f"{name}.{last}", stored.numpy().astype(np.float32))
    for name, values in changes.get("more", {}).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_small_llama_is_the_one_of_its_folder(folder_of: FolderOf, tmp_path: Path) -> None:
    ours, theirs = open_model(written(folder_of("llama"), tmp_path / "tiny.gguf")), open_model(folder_of("llama"))
    assert ours.sizes.eps == pytest.approx(theirs.sizes.eps)  # such files have it in float32
    assert (ours.name, ours.kind, replace(ours.sizes, eps=theirs.sizes.eps)) == ("tiny", "llama", theirs.sizes)
    one, other = (model.trace(TEXT, dtype="float64") for model in (ours, theirs))
    assert [token.id for token in one.tokens] == [token.id for token in other.tokens]
    torch.testing.assert_close(one.attentions, other.attentions, rtol=0, atol=1e-9)
    torch.testing.assert_close(one.hidden_states, other.hidden_states, rtol=0, atol=1e-9)


@pytest.mark.parametrize("begin", [0, -5, 10**6])
def test_what_begins_every_text_is_a_token_of_the_vocabulary(folder_of: FolderOf, tmp_path: Path, begin: int) -> None:
    model = open_model(written(folder_of("llama"), tmp_path / "begun.gguf", begin=begin))
    assert [token.piece for token in model.trace("a").tokens] == (["<s>", "a"] if begin == 0 else ["a"])


def test_an_operator_s_folder_may_hold_such_files(
    folder_of: FolderOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shelf").mkdir()
    path = written(folder_of("llama"), tmp_path / "shelf" / "tiny.gguf")
    (tmp_path / "shelf" / "out.gguf").symlink_to(written(folder_of("llama"), tmp_path / "elsewhere.gguf"))
    monkeypatch.setenv("ATTNLAB_MODELS", str(tmp_path / "shelf"))
    assert installed()["tiny"] == path
    assert "out" not in installed()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "gemma"}, r"model_type \('gemma'\) must be one of"),
        ({"architecture": "bert"}, r"model_type|hidden_act|position"),
        ({"tokenizer": "llama"}, r"tokenizer \('llama', 'gpt-2'\) must be gpt2"),
        ({"types": 1}, "lists of the tokenizer that are none"),
        ({"d_model": 48}, r"must be \(307, 48\)"),
        ({"layers": 2}, "must end with layer 1"),
        ({"layers": 10**6}, "must be between 1 and 128"),
        ({"more": {"blk.0.attn_sinks.weight": np.zeros(3, np.float32)}}, "must be a tensor that is known"),
    ],
)
def test_a_file_that_says_something_else_than_it_holds_is_refused(
    folder_of: FolderOf, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        open_model(written(folder_of("llama"), tmp_path / "odd.gguf", **changes))


def header(keys: int, tensors: int, rest: bytes, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + rest


LONG_LIST = struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 0, 2**60)
LONG_LIST_OF_ITS_LENGTH = struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 0, 2**20 + 1) + bytes(2**20 + 64)
LONG_TEXT = struct.pack("<Q", 2**62) + b"k"
WIDE_TENSOR = struct.pack("<Q", 17) + b"token_embd.weight" + struct.pack("<IQQIQ", 2, 2**40, 2**40, 0, 0)
DEEP_TENSOR = struct.pack("<Q", 17) + b"token_embd.weight" + struct.pack("<I", 9)
ODD_TYPE = struct.pack("<Q", 1) + b"k" + struct.pack("<I", 77)
LIES = {
    "empty": b"",
    "another format": b"PK\x03\x04" + bytes(100),
    "another version": header(0, 0, bytes(40), version=9),
    "too many keys": header(2**50, 0, bytes(40)),
    "a list as long as the file": header(1, 0, LONG_LIST_OF_ITS_LENGTH),
    "a list without end": header(1, 0, LONG_LIST + bytes(40)),
    "a text without end": header(1, 0, LONG_TEXT + bytes(40)),
    "a type that is none": header(1, 0, ODD_TYPE + bytes(40)),
    "a tensor larger than the file": header(0, 1, WIDE_TENSOR + bytes(40)),
    "a tensor of nine dimensions": header(0, 1, DEEP_TENSOR + bytes(40)),
    "nothing in it": header(0, 0, bytes(40)),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_file_that_lies_is_refused_before_anything_is_made(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lie.gguf"
    path.write_bytes(content)
    with pytest.raises(SpecError):
        open_model(path)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_file_that_ends_too_soon_is_refused(folder_of: FolderOf, tmp_path: Path, share: float) -> None:
    path = written(folder_of("llama"), tmp_path / "short.gguf")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(SpecError, match="damaged"):
        open_model(path)


def test_numbers_that_are_none_and_files_that_are_too_large_are_refused(
    folder_of: FolderOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(folder_of("llama"), tmp_path / "nan.gguf")
    content = bytearray(path.read_bytes())
    content[-4:] = struct.pack("<f", float("nan"))
    path.write_bytes(content)
    with pytest.raises(SpecError, match="must hold finite numbers"):
        open_model(path)
    monkeypatch.setenv("ATTNLAB_MAX_MODEL_MB", "1")
    monkeypatch.setattr("attnlab.pretrained.files.weights.MEGABYTE", 1000)
    with pytest.raises(SpecError, match=r"must be at most 1 MB"):
        open_model(path)


def test_no_such_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="must be a folder or a file that can be read"):
        open_model(tmp_path / "none.gguf")


# ---- SmolLM2 ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def theirs(smollm2: Model) -> Any:
    """Transformers' Llama with the same numbers, read by gguf's own reader."""
    import transformers

    reader = gguf.GGUFReader(smollm2.folder)
    sizes = smollm2.sizes
    config = transformers.LlamaConfig(
        vocab_size=sizes.vocab_size,
        hidden_size=sizes.d_model,
        intermediate_size=sizes.ff_width,
        num_hidden_layers=sizes.num_layers,
        num_attention_heads=sizes.num_heads,
        num_key_value_heads=sizes.num_kv_heads,
        max_position_embeddings=sizes.num_positions,
        rms_norm_eps=sizes.eps,
        rope_parameters={"rope_type": "default", "rope_theta": sizes.rotary_base},
        tie_word_embeddings=True,
        attn_implementation="eager",
    )
    names = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}
    inner = {ours: part for part, ours in PARTS.items()}
    state = {}
    for tensor in reader.tensors:
        part, _, last = tensor.name.rpartition(".")
        values = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
        if part.startswith("blk."):
            _, layer, kind = part.split(".")
            heads = {"attn_q": sizes.num_heads, "attn_k": sizes.num_kv_heads}.get(kind)
            if heads:
                values = values.reshape(heads, -1, 2, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
            state[f"model.layers.{layer}.{inner[kind]}.{last}"] = values
        else:
            state[f"{names[part]}.{last}"] = values
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(config)
    missing = model.load_state_dict(state, strict=False, assign=True)
    assert missing.missing_keys == ["lm_head.weight"]
    model.tie_weights()
    model.model.rotary_emb = type(model.model.rotary_emb)(config)
    return model.eval()


def test_smollm2_is_transformers_llama_with_its_numbers(smollm2: Model, theirs: Any) -> None:
    trace = smollm2.trace("The capital of France is")
    with torch.inference_mode():
        ids = torch.tensor([[token.id for token in trace.tokens]])
        said = theirs(input_ids=ids, output_attentions=True, output_hidden_states=True)
    assert float((trace.attentions - torch.cat(said.attentions)).abs().max()) <= 1e-5
    # Two steps of float32 at the largest number, which is above 20,000; transformers' own norm is float32 in any dtype.
    step = max(float(state.abs().max()) for state in said.hidden_states) * torch.finfo(torch.float32).eps
    for ours, wanted in zip(trace.hidden_states, said.hidden_states, strict=True):
        assert float((ours - wanted[0]).abs().max()) <= 2 * step
    assert trace.logits is not None
    assert float((trace.logits - said.logits[0]).abs().max()) <= 1e-3


def test_smollm2_knows_the_capital_of_france(smollm2: Model) -> None:
    trace = smollm2.trace("The capital of France is")
    (said,) = guesses(smollm2, streams(smollm2, trace)[-1][-1:], 3)
    assert said[0].piece == " Paris"
    assert said[0].score > 0.5


def test_smollm2_s_text_is_cut_as_its_makers_do(smollm2: Model) -> None:
    trace = smollm2.trace("It's 2024, isn't it? Zürich’s café")
    assert "".join(token.text for token in trace.tokens) == "It's 2024, isn't it? Zürich’s café"
    assert [token.text for token in trace.tokens][2:6] == [" ", "2", "0", "2"]
    assert [token.piece for token in smollm2.trace("<|im_start|>user").tokens] == ["<|im_start|>", "user"]
