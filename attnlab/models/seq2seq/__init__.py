"""Encoder-decoders: a source is read into a memory, a target is written word by word against it.

A row of inputs holds both, so that one training loop serves all models: S positions of source, padded, then the target
as far as it is known. Shapes: `S` positions of the source, `T` of the target, `L` layers, `H` heads.
"""

from attnlab.models.seq2seq.base import Decoded, Memory
from attnlab.models.seq2seq.config import SEQ2SEQ_FAMILIES, Seq2SeqConfig
from attnlab.models.seq2seq.model import Seq2SeqModel, Seq2SeqTrace

__all__ = ["SEQ2SEQ_FAMILIES", "Decoded", "Memory", "Seq2SeqConfig", "Seq2SeqModel", "Seq2SeqTrace"]
