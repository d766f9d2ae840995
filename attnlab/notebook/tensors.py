"""Every tensor of a model on a text, by its name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from torch import Tensor

from attnlab.engine import SpecError
from attnlab.engine.multihead import MultiHeadTrace
from attnlab.pretrained import Token, Trace, model_of

OF_ATTENTION: dict[str, Callable[[MultiHeadTrace], Tensor]] = {
    "queries": lambda attention: attention.heads.query[0],  # (H, T, D), turned by RoPE where the model has it
    "keys": lambda attention: attention.heads.key[0],  # (G, T, D), turned alike
    "values": lambda attention: attention.heads.value[0],  # (G, T, D)
    "scores": lambda attention: attention.heads.scores[0],  # (H, T, T): query . key
    "scaled_scores": lambda attention: attention.heads.scaled_scores[0],  # (H, T, T)
    "masked_scores": lambda attention: attention.heads.masked_scores[0],  # (H, T, T): what softmax reads
    "weights": lambda attention: attention.heads.weights[0],  # (H, T, T)
    "head_outputs": lambda attention: attention.heads.output[0],  # (H, T, D): weights @ values
    "outputs": lambda attention: attention.output[0],  # (T, d_model): of all heads, through W_O
}
"""Of one layer. Legend: `attnlab.engine`."""


class Tensors(Mapping[str, Tensor]):
    """The tensors of a trace by name; one that is not looked up is not computed.

    `embeddings` (T, d_model) is what enters the first layer, `hidden_states` (L + 1, T, d_model) the stream before it
    and after each, `attentions` (L, H, T, T) all weights; of layer N, from 0, `layer.N.queries`, `.keys`, `.values`,
    `.scores`, `.scaled_scores`, `.masked_scores`, `.weights`, `.head_outputs` and `.outputs` (`OF_ATTENTION`).

    Of Llama and Qwen2 the coordinates of queries and keys are neighbours where transformers has halves; their products
    are the same.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._of_layers = {f"layer.{n}.{name}": (n, name) for n in range(len(trace.blocks)) for name in OF_ATTENTION}
        self._names = ("embeddings", "hidden_states", "attentions", *self._of_layers)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """T of them, with their pieces and the letters that they stand for."""
        return self.trace.tokens

    def __getitem__(self, name: str) -> Tensor:
        if name == "embeddings":
            return self.trace.embedded.stream
        if name == "hidden_states":
            return self.trace.hidden_states
        if name == "attentions":
            return self.trace.attentions
        layer, part = self._of_layers[name]
        return OF_ATTENTION[part](cast("MultiHeadTrace", self.trace.block(layer).part("self_attention").attention))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def trace_model(model: Any, tokenizer: Any = None, text: str = "", *, dtype: str = "float32") -> Tensors:
    """Every tensor of a model on a text.

    Args:
        model: of transformers (BERT, RoBERTa, DistilBERT, GPT-2, Llama, Qwen2), or one that `open_model` gave.
        tokenizer: the model's fast tokenizer; None beside one of ours.
        text: what is read; beyond the model's limit, or 1024 tokens, it is cut, and `.trace.cut` says by how many.
        dtype: float32 or float64, in which everything is computed.

    Raises:
        SpecError: as `attnlab.pretrained.model_of` and `Model.trace`.
    """
    return Tensors(model_of(model, tokenizer).trace(said(text), dtype=dtype))


def said(text: object) -> str:
    """A text that is one.

    Raises:
        SpecError: it is of another type.
    """
    if not isinstance(text, str):
        name = type(text).__name__
        raise SpecError("text", "kind", f"text ({name}) must be a str", got=name, wanted="str")
    return text
