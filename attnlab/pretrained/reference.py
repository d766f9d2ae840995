"""How far a model is from the same files in transformers, where that is installed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from attnlab.engine import DTYPES, SpecError
from attnlab.pretrained.model import Model

REFERENCE = "transformers"
SENTENCES = (
    "The cat sat on the mat because it was tired.",
    "Zürich’s café costs 3.14 €, said Ana.",
    "Кошка сидела на ковре, потому что устала.",
    "我喜欢自然语言处理，因为注意力很有意思。",
    "أحب التعلم العميق. 😂",
)
"""Five scripts; what a model's vocabulary lacks must be unknown to both alike."""


@dataclass(frozen=True)
class Difference:
    """The largest differences of one layer over all texts."""

    layer: int  # from 0
    attention: float  # of the weights
    hidden_state: float  # of the stream after the layer
    largest: float  # the largest number of that stream, whose roundings are in the difference


def has_reference() -> bool:
    """Whether transformers is installed."""
    return find_spec(REFERENCE) is not None


def reference_of(model: Model, dtype: str = "float32") -> Any:
    """The model of the same folder in transformers, which gives attention in its eager implementation alone.

    Raises:
        SpecError: the model comes from no folder.
    """
    if model.folder is None or not model.folder.is_dir():
        raise SpecError("model", "missing", f"model ({model.name!r:.60}) must come from a folder")
    transformers = import_module(REFERENCE)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    loaded = transformers.AutoModel.from_pretrained(
        model.folder, attn_implementation="eager", dtype=DTYPES[dtype], local_files_only=True, use_safetensors=True
    )
    return loaded.eval()


def differences(
    model: Model, texts: Sequence[str] = SENTENCES, dtype: str = "float32", reference: Any = None
) -> tuple[Difference, ...]:
    """How far each layer is from the reference, which is loaded if it is not given."""
    theirs = reference_of(model, dtype) if reference is None else reference
    found = [tuple(_compared(model, theirs, text, dtype)) for text in texts]
    return tuple(
        Difference(
            layer,
            max(one.attention for one in same),
            max(one.hidden_state for one in same),
            max(one.largest for one in same),
        )
        for layer, same in enumerate(zip(*found, strict=True))
    )


def _compared(model: Model, theirs: Any, text: str, dtype: str) -> Iterator[Difference]:
    trace = model.trace(text, dtype=dtype)
    with torch.inference_mode():
        ids = torch.tensor([[token.id for token in trace.tokens]])
        said = theirs(input_ids=ids, output_attentions=True, output_hidden_states=True)
    for layer, (weights, stream) in enumerate(zip(said.attentions, said.hidden_states[1:], strict=True)):
        ours = trace.hidden_states[layer + 1]
        largest = float(stream.abs().max())
        yield Difference(layer, _apart(trace.attentions[layer], weights[0]), _apart(ours, stream[0]), largest)


def _apart(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max())
