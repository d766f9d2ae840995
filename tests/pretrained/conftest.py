"""Models to open: MiniLM's real weights, and small seeded ones that transformers itself has written."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

WORDS = 307  # of every small vocabulary; more than the 256 bytes
SMALL: dict[str, Any] = {"vocab_size": WORDS, "initializer_range": 0.1}
WIDE: dict[str, Any] = {"hidden_size": 24, "intermediate_size": 37, "num_hidden_layers": 3, "num_attention_heads": 3}
BERT = {**SMALL, **WIDE, "max_position_embeddings": 41}
LLAMA = {**BERT, "num_attention_heads": 6, "num_key_value_heads": 2}
NARROW = {"dim": 24, "hidden_dim": 37, "n_layers": 3, "n_heads": 3, "max_position_embeddings": 41}
GPT2 = {"n_embd": 24, "n_layer": 3, "n_head": 3, "n_positions": 41, "bos_token_id": 0, "eos_token_id": 0}


def based(base: float) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": "default", "rope_theta": base}}


KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertModel", BERT),
    "bert with a head": ("BertForMaskedLM", {**BERT, "hidden_act": "gelu_new", "type_vocab_size": 3}),
    "distilbert": ("DistilBertModel", {**SMALL, **NARROW}),
    "distilbert with a head": ("DistilBertForMaskedLM", {**SMALL, **NARROW, "activation": "relu"}),
    "roberta": ("RobertaModel", {**BERT, "pad_token_id": 1, "layer_norm_eps": 1e-5}),
    "roberta with a head": ("RobertaForMaskedLM", {**BERT, "pad_token_id": 1, "hidden_act": "silu"}),
    "gpt2": ("GPT2LMHeadModel", {**SMALL, **GPT2}),
    "gpt2 without a head": ("GPT2Model", {**SMALL, **GPT2, "n_inner": 29, "activation_function": "relu"}),
    "llama": ("LlamaForCausalLM", {**LLAMA, **based(500_000.0)}),
    "llama, tied, wide heads, biases": (
        "LlamaForCausalLM",
        {**LLAMA, "head_dim": 10, "tie_word_embeddings": True, "attention_bias": True},
    ),
    "llama without a head": ("LlamaModel", LLAMA),
    "qwen2": ("Qwen2ForCausalLM", {**LLAMA, "tie_word_embeddings": True}),
}


MARIAN: dict[str, Any] = {
    "vocab_size": WORDS,
    "d_model": 24,
    "encoder_layers": 2,
    "decoder_layers": 3,
    "encoder_attention_heads": 3,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 37,
    "decoder_ffn_dim": 29,
    "max_position_embeddings": 41,
    "activation_function": "swish",
    "scale_embedding": True,
    "init_std": 0.25,
    "pad_token_id": 1,
    "eos_token_id": 2,
    "forced_eos_token_id": 2,
    "decoder_start_token_id": 1,
}
T5: dict[str, Any] = {
    "vocab_size": WORDS,
    "d_model": 24,
    "d_kv": 10,
    "d_ff": 37,
    "num_layers": 3,  # more than of the decoder: its cache in transformers has a place for each of the encoder's
    "num_decoder_layers": 2,
    "num_heads": 3,
    "pad_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
    "initializer_factor": 1.0,
}
PAIRS: dict[str, tuple[str, dict[str, Any]]] = {
    "marian": ("MarianMTModel", MARIAN),
    "marian, unscaled, gelu": (
        "MarianMTModel",
        {**MARIAN, "scale_embedding": False, "activation_function": "gelu", "forced_eos_token_id": None},
    ),
    "t5": ("T5ForConditionalGeneration", T5),
    "t5, gated, a head of its own": (
        "T5ForConditionalGeneration",
        {**T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
    "t5, few buckets, gated silu": (
        "T5ForConditionalGeneration",
        {
            **T5,
            "feed_forward_proj": "gated-silu",
            "relative_attention_num_buckets": 7,
            "relative_attention_max_distance": 19,
        },
    ),
}
"""Encoder-decoders."""


def word_pieces() -> Tokenizer:
    """Letters, some words, and pieces: as BERT's."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)] + list(".,!?'")
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "sat", "on", "mat", *letters]
    vocabulary = {piece: place for place, piece in enumerate([*known, *(f"##{letter}" for letter in letters[:26])])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    around = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    pair = "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1"
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", pair, around)
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")])
    tokenizer.enable_padding(length=16)  # files have both on; the reader must not
    tokenizer.enable_truncation(5)
    return tokenizer


def bytes_alone() -> Tokenizer:
    """Every byte a token: as GPT-2's without a merge."""
    special = ["<s>", "<pad>", "</s>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({piece: place for place, piece in enumerate([*special, *alphabet])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in special])
    return tokenizer


def roberta_bytes() -> Tokenizer:
    """The same with RoBERTa's marks around a text."""
    tokenizer = bytes_alone()
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return tokenizer


def ended_bytes() -> Tokenizer:
    """Every byte a token, with an end behind a text: as Marian and T5 read."""
    tokenizer = bytes_alone()
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", "$A </s> $B </s>", [("</s>", 2)])
    return tokenizer


TOKENIZERS = {"Bert": word_pieces, "Dist": word_pieces, "Robe": roberta_bytes, "Mari": ended_bytes, "T5Fo": ended_bytes}


def written(folder: Path, kind: str) -> Path:
    """A seeded model of a kind, as transformers writes it, no bias 0 and no gain 1."""
    import transformers

    name, options = (KINDS | PAIRS)[kind]
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(transformers, name)
        model = theirs(theirs.config_class(**options))
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.data += 0.2 * torch.randn_like(parameter)
        if hasattr(model, "final_logits_bias"):
            model.final_logits_bias += torch.randn_like(model.final_logits_bias)
            rarely = 2.0 if options["scale_embedding"] else 2.7  # else hardly a text would come to an end
            model.final_logits_bias[:, options["eos_token_id"]] += rarely
        if options.get("tie_word_embeddings") is False and kind in PAIRS:  # transformers ties it whatever it is told
            model.lm_head.weight = torch.nn.Parameter(0.5 * torch.randn_like(model.lm_head.weight))
        if name.startswith("T5"):
            model.lm_head.weight.data[options["eos_token_id"]] *= 4  # for the same reason
        model.save_pretrained(folder)
    TOKENIZERS.get(name[:4], bytes_alone)().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a small model; nobody writes into it."""
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = written(tmp_path_factory.mktemp("models") / kind.split(maxsplit=1)[0].strip(","), kind)
        return made[kind]

    return folder


@pytest.fixture
def own_bert(folder_of: Callable[[str], Path], tmp_path: Path) -> Path:
    """A small BERT whose files a test may spoil."""
    return shutil.copytree(folder_of("bert"), tmp_path / "bert")


def configured(folder: Path, **changes: Any) -> None:
    """Other values in a model's config; None takes a key out."""
    path = folder / "config.json"
    values = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in values.items() if value is not None}))
