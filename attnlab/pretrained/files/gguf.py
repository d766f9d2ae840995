"""A model in one GGUF file: its header walked step by step within the file, its weights made floats when asked for.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Weights that were stored in fewer bits are what those
bits stand for: exact for this file, near to the model that it was made of.
"""

import mmap
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.weights import FLOAT_BYTES, Weights, check_finite, check_size

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SUFFIX = ".gguf"
MAGIC, VERSIONS = b"GGUF", (2, 3)
MAX_DIMENSIONS = 4
MAX_ENTRIES = 65_536
"""Of the header: keys, and tensors."""
MAX_LIST = 2**20
"""Of one key: as many words as a model may have."""
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_ALIGNMENT = 32

PERMUTED = ("llama",)
"""Architectures whose queries and keys are stored with the two numbers that RoPE turns side by side."""
KEYS = {
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "max_position_embeddings": "context_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "rope_theta": "rope.freq_base",
}
"""By the names that configs have: what the header calls them, behind its architecture."""
TENSORS = {
    r"token_embd": "model.embed_tokens",
    r"output_norm": "model.norm",
    r"output": "lm_head",
    r"blk\.(\d+)\.attn_norm": r"model.layers.\1.input_layernorm",
    r"blk\.(\d+)\.attn_q": r"model.layers.\1.self_attn.q_proj",
    r"blk\.(\d+)\.attn_k": r"model.layers.\1.self_attn.k_proj",
    r"blk\.(\d+)\.attn_v": r"model.layers.\1.self_attn.v_proj",
    r"blk\.(\d+)\.attn_output": r"model.layers.\1.self_attn.o_proj",
    r"blk\.(\d+)\.ffn_norm": r"model.layers.\1.post_attention_layernorm",
    r"blk\.(\d+)\.ffn_gate": r"model.layers.\1.mlp.gate_proj",
    r"blk\.(\d+)\.ffn_up": r"model.layers.\1.mlp.up_proj",
    r"blk\.(\d+)\.ffn_down": r"model.layers.\1.mlp.down_proj",
}
PRE_TOKENIZERS = ("gpt-2", "smollm")
"""How texts are cut before bytes are merged."""
CONTROL, USER_DEFINED = 3, 4
"""Types of tokens that stand beside the vocabulary."""


@dataclass(frozen=True)
class Placed:
    """Where a tensor lies in the file."""

    kind: int  # as ggml numbers its types
    shape: tuple[int, ...]  # rows first, as torch has it
    start: int


@dataclass(frozen=True, eq=False)
class GGUF:
    """A file's header, and the file itself, mapped."""

    data: mmap.mmap
    metadata: Mapping[str, Any]
    placed: Mapping[str, Placed]  # by the names that transformers has for them

    @property
    def architecture(self) -> str:
        """What the header calls it.

        Raises:
            SpecError: it does not say so.
        """
        return str(self._of("general.architecture", str))

    @cached_property
    def config(self) -> Config:
        """The header as the config of such a model would say it. Raises as `architecture`."""
        kind = self.architecture
        scaling = self.metadata.get(f"{kind}.rope.scaling.type", "none")
        values = {name: self.metadata.get(f"{kind}.{key}") for name, key in KEYS.items()}
        return Config(
            {
                **values,
                "model_type": kind,
                "hidden_act": "silu",
                "vocab_size": len(self._of("tokenizer.ggml.tokens", list)),
                "head_dim": self.metadata.get(f"{kind}.rope.dimension_count"),
                "rope_scaling": None if scaling == "none" else {"type": scaling},
                "tie_word_embeddings": "lm_head.weight" not in self.placed,
            }
        )

    def weights(self, num_heads: int, num_kv_heads: int) -> Weights:
        """The tensors, each made float32 when it is asked for.

        Raises:
            SpecError: too large ($ATTNLAB_MAX_MODEL_MB).
        """
        check_size(sum(prod(one.shape) for one in self.placed.values()) * FLOAT_BYTES)
        return Weights(_Tensors(self, {"q_proj": num_heads, "k_proj": num_kv_heads}))

    def tokenizer(self) -> "Tokenizer":
        """The vocabulary and the merges of the header.

        Raises:
            SpecError: a kind of tokenizer that is not read, or lists that do not fit.
        """
        from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors

        kind, pre = self._of("tokenizer.ggml.model", str), self._of("tokenizer.ggml.pre", str)
        if kind != "gpt2" or pre not in PRE_TOKENIZERS:
            message = f"tokenizer ({kind!r:.30}, {pre!r:.30}) must be gpt2 with one of {', '.join(PRE_TOKENIZERS)}"
            raise SpecError("tokenizer", "choice", message, got=f"{kind} {pre}", choices=PRE_TOKENIZERS)
        tokens, merges = self._of("tokenizer.ggml.tokens", list), self.metadata.get("tokenizer.ggml.merges", [])
        types = self.metadata.get("tokenizer.ggml.token_type", [])
        if not isinstance(merges, list) or not isinstance(types, list):
            raise _damaged("lists of the tokenizer that are none")
        vocabulary = {token: id_ for id_, token in enumerate(tokens)}
        adds = self.metadata.get("tokenizer.ggml.add_bos_token") is True
        first = self.metadata.get("tokenizer.ggml.bos_token_id") if adds else None
        begin = first if isinstance(first, int) and 0 <= first < len(tokens) else None
        bytes_alone = pre_tokenizers.ByteLevel(add_prefix_space=False)
        digits = [pre_tokenizers.Digits(individual_digits=True)] if pre == "smollm" else []
        try:
            tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(merge.split(" ")) for merge in merges]))
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*digits, bytes_alone])
            tokenizer.decoder = decoders.ByteLevel()
            typed = list(zip(tokens, types, strict=False))
            for kind_of_token, special in ((CONTROL, True), (USER_DEFINED, False)):
                beside = [token for token, type_ in typed if type_ == kind_of_token]
                tokenizer.add_tokens([AddedToken(token, special=special, normalized=False) for token in beside])
            if begin is not None:
                piece = tokens[begin]
                template = ([piece, "$A"], [piece, "$A", piece, "$B:1"], [(piece, begin)])
                tokenizer.post_processor = processors.TemplateProcessing(*template)
        except Exception as error:
            raise SpecError("tokenizer", "damaged", f"tokenizer is damaged: {error!s:.120}") from error
        return tokenizer

    def _of(self, key: str, kind: type) -> Any:
        value = self.metadata.get(key)
        if not isinstance(value, kind):
            raise SpecError("config", "missing", f"{key} must be given in the header of the file")
        return value


class _Tensors(Mapping[str, Tensor]):
    """Tensors by their names in transformers, in the order that it has of a head's numbers."""

    def __init__(self, file: GGUF, permuted: Mapping[str, int]) -> None:
        self.file = file
        self.permuted = permuted if file.architecture in PERMUTED else {}

    def __getitem__(self, name: str) -> Tensor:
        placed = self.file.placed[name]
        tensor = _floats(self.file.data, placed, name)
        heads = next((heads for part, heads in self.permuted.items() if f".{part}." in name), 0)
        if heads and tensor.shape[0] % (2 * heads) == 0:
            # (2i, 2i + 1) become (i, i + D/2)
            pairs = tensor.view(heads, -1, 2, *tensor.shape[1:])
            tensor = pairs.transpose(1, 2).reshape(tensor.shape)
        check_finite({name: tensor})
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self.file.placed)

    def __len__(self) -> int:
        return len(self.file.placed)


def _floats(data: mmap.mmap, placed: Placed, name: str) -> Tensor:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, dequantize

    try:
        kind = GGMLQuantizationType(placed.kind)
        in_block, bytes_of_block = GGML_QUANT_SIZES[kind]
        *rows, columns = placed.shape
        if columns % in_block:
            raise ValueError(f"{columns} columns are no blocks of {in_block}")
        stored = np.frombuffer(
            data, np.uint8, count=prod(placed.shape) // in_block * bytes_of_block, offset=placed.start
        ).reshape(*rows, columns // in_block * bytes_of_block)
        return torch.from_numpy(dequantize(stored, kind).reshape(placed.shape).astype(np.float32, copy=True))
    except (ValueError, KeyError, NotImplementedError) as error:
        message = f"weights ({name!r:.120}) is damaged or of a kind that is not read: {error!s:.80}"
        raise SpecError("weights", "damaged", message) from error


# ---- the header ------------------------------------------------------------------------------------------------------


def has_gguf() -> bool:
    """Whether what makes weights floats is installed."""
    from importlib.util import find_spec

    return find_spec("gguf") is not None


def open_gguf(path: Path) -> GGUF:
    """A file's header.

    Raises:
        SpecError: no such file, of another version, damaged, or with tensors that are not known.
        OSError: it cannot be read.
    """
    if not has_gguf():
        raise SpecError("model", "missing", "gguf must be installed to read such a file: make models")
    check_size(path.stat().st_size)
    with path.open("rb") as file:
        if path.stat().st_size < len(MAGIC) + 20:
            raise _damaged("too short")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    cursor = _Cursor(data)
    if cursor.bytes(len(MAGIC)) != MAGIC:
        raise _damaged("no GGUF")
    version, num_tensors, num_keys = cursor.number(4), cursor.number(10), cursor.number(10)
    if version not in VERSIONS:
        raise SpecError("weights", "version", f"weights (version {version}) must be 2 or 3", got=version, newest=3)
    if max(num_tensors, num_keys) > MAX_ENTRIES:
        raise _damaged(f"{max(num_tensors, num_keys)} entries")
    metadata = dict(_entry(cursor) for _ in range(num_keys))
    listed = [_listed(cursor) for _ in range(num_tensors)]
    alignment = metadata.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or not 1 <= alignment <= 2**16:
        raise _damaged(f"alignment {alignment!r:.20}")
    start = -(-cursor.at // alignment) * alignment
    placed = {_name_of(name): Placed(kind, shape, start + offset) for name, kind, shape, offset in listed}
    if len(placed) < len(listed) or any(one.start > len(data) for one in placed.values()):
        raise _damaged("tensors that are there twice, or behind its end")
    return GGUF(data, metadata, placed)


class _Cursor:
    """Reads on within the file."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def bytes(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise _damaged("it ends too soon")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, kind: int) -> Any:
        form = _NUMBERS.get(kind)
        if form is None:
            raise _damaged(f"a value of type {kind}")
        return struct.unpack(form, self.bytes(struct.calcsize(form)))[0]

    def text(self) -> str:
        try:
            return self.bytes(self.number(10)).decode()
        except UnicodeDecodeError as error:
            raise _damaged("text that is not UTF-8") from error

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY:
            return self.number(kind)
        inner, count = self.number(4), self.number(10)
        if inner == _ARRAY or count > min(MAX_LIST, len(self.data) - self.at):  # each takes a byte at least
            raise _damaged("a list that is too long")
        return [self.value(inner) for _ in range(count)]


def _entry(cursor: _Cursor) -> tuple[str, Any]:
    return cursor.text(), cursor.value(cursor.number(4))


def _listed(cursor: _Cursor) -> tuple[str, int, tuple[int, ...], int]:
    """Name, type, shape and place of a tensor; the file has the columns first."""
    name, dimensions = cursor.text(), cursor.number(4)
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise _damaged(f"{name!r:.60} has {dimensions} dimensions")
    shape = tuple(cursor.number(10) for _ in range(dimensions))[::-1]
    kind, offset = cursor.number(4), cursor.number(10)
    if max(shape) > len(cursor.data) * 64 or offset > len(cursor.data):  # of a number a bit at least
        raise _damaged(f"{name!r:.60} is larger than the file")
    return name, kind, shape, offset


def _name_of(name: str) -> str:
    part, _, last = name.rpartition(".")
    for pattern, theirs in TENSORS.items():
        if last in {"weight", "bias"} and re.fullmatch(pattern, part):
            return f"{re.sub(pattern, theirs, part)}.{last}"
    raise SpecError("weights", "tensors", f"weights ({name!r:.120}) must be a tensor that is known", got=name)


def _damaged(why: str) -> SpecError:
    return SpecError("weights", "damaged", f"weights is damaged: {why}")
