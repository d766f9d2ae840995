"""How far an encoder-decoder is from the same files in transformers, where that is installed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from attnlab.engine import DTYPES
from attnlab.engine.stack import SideName
from attnlab.pretrained.pairs.encoder_decoder import EncoderDecoder
from attnlab.pretrained.pairs.pair_trace import PairTrace
from attnlab.pretrained.reference import REFERENCE, SENTENCES


@dataclass(frozen=True)
class PairDifference:
    """The largest differences of one layer over all texts."""

    side: SideName
    layer: int  # from 0
    attention: float  # of the weights of self-attention
    cross: float | None  # of those of cross-attention; None in an encoder
    hidden_state: float  # of the stream after the layer
    largest: float  # the largest number of that stream, whose roundings are in the difference


def pair_reference_of(model: EncoderDecoder, dtype: str = "float32") -> Any:
    """The model of the same folder in transformers, which gives attention in its eager implementation alone."""
    transformers = import_module(REFERENCE)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    loaded = transformers.AutoModelForSeq2SeqLM.from_pretrained(
        model.folder, attn_implementation="eager", dtype=DTYPES[dtype], local_files_only=True, use_safetensors=True
    )
    return loaded.eval()


def pair_differences(
    model: EncoderDecoder,
    texts: Sequence[str] = SENTENCES,
    dtype: str = "float32",
    reference: Any = None,
    *,
    padding: int = 0,
) -> tuple[PairDifference, ...]:
    """How far each layer is from the reference, which is loaded if it is not given.

    The target of each text is the text itself: any will do to compare, and this one needs no search.
    """
    theirs = pair_reference_of(model, dtype) if reference is None else reference
    found = [tuple(_compared(model.trace(text, text, dtype, padding=padding), theirs, padding)) for text in texts]
    return tuple(
        PairDifference(
            same[0].side,
            same[0].layer,
            max(one.attention for one in same),
            None if same[0].cross is None else max(one.cross or 0.0 for one in same),
            max(one.hidden_state for one in same),
            max(one.largest for one in same),
        )
        for same in zip(*found, strict=True)
    )


def said_by(theirs: Any, trace: PairTrace, padding: int = 0) -> Any:
    """What the reference says of the texts of a trace: all that it gives."""
    words = torch.arange(len(trace.source)) < len(trace.source) - padding
    with torch.inference_mode():
        return theirs(
            input_ids=torch.tensor([[token.id for token in trace.source]]),
            attention_mask=words[None].long(),
            decoder_input_ids=torch.tensor([[token.id for token in trace.target]]),
            output_attentions=True,
            output_hidden_states=True,
        )


def _compared(trace: PairTrace, theirs: Any, padding: int) -> Iterator[PairDifference]:
    said = said_by(theirs, trace, padding)
    read = len(trace.source) - padding  # what padding itself looks at is nobody's business
    encoder, decoder = trace.hidden_states
    for layer, weights in enumerate(said.encoder_attentions):
        stream = said.encoder_hidden_states[layer + 1][0, :read]
        attention = _apart(trace.encoder_attentions[layer, :, :read], weights[0, :, :read])
        yield PairDifference(
            "encoder", layer, attention, None, _apart(encoder[layer + 1, :read], stream), _largest(stream)
        )
    for layer, (weights, cross) in enumerate(zip(said.decoder_attentions, said.cross_attentions, strict=True)):
        stream = said.decoder_hidden_states[layer + 1][0]
        attention = _apart(trace.decoder_attentions[layer], weights[0])
        crossed = _apart(trace.cross_attentions[layer], cross[0])
        yield PairDifference("decoder", layer, attention, crossed, _apart(decoder[layer + 1], stream), _largest(stream))


def _largest(stream: Tensor) -> float:
    return float(stream.abs().max())


def _apart(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).abs().max())
