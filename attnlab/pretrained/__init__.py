"""Models that others have trained, layer by layer in the engine's own types.

    from attnlab.pretrained import open_model

    model = open_model("minilm")            # an installed one, one that was fetched (`org/name`), or a folder
    trace = model.trace("The cat sat on the mat.")
    trace.attentions                        # (layers, heads, T, T)
    trace.hidden_states                     # (layers + 1, T, d_model)
    trace.block(3).parts[0].attention       # queries, keys, values, scores, weights, outputs of one layer
    model.similarity("king", "queen")

    translator = open_model("opus-mt-en-fr")                # a folder with a Marian or a T5
    translator.translate("The cat sleeps.", num_beams=4).text
    translator.trace("The cat sleeps.").cross_attentions    # (layers, heads, T, S)

    model_of(bert, tokenizer)               # one of transformers that is in memory already

Read in this order: `opening` (which models there are), `offering` (which of them visitors may open), `hub` (how one is
fetched), `in_memory` (one that is open elsewhere), `files` (config, sizes, weights, tokenizer), `families` (what is
what in a file), `embedding`, `model`, `trace`; of those that write `encoder_decoder`, `pair_trace`, `writing`;
`reference` and `pair_reference` compare with the library that most such models are made with.
Nothing of a file is ever run, and what opens files is imported when the first one is opened.
"""

from attnlab.pretrained.files.tokens import Token
from attnlab.pretrained.in_memory import model_of
from attnlab.pretrained.model import Model
from attnlab.pretrained.opening import (
    ARCHITECTURES,
    ENCODER_DECODERS,
    check_offered,
    installed,
    offered,
    open_model,
    open_named,
    readers,
    reading,
    translating,
    translators,
)
from attnlab.pretrained.pairs.encoder_decoder import EncoderDecoder, Translation
from attnlab.pretrained.pairs.pair_trace import PairTrace
from attnlab.pretrained.trace import Trace

__all__ = [
    "ARCHITECTURES",
    "ENCODER_DECODERS",
    "EncoderDecoder",
    "Model",
    "PairTrace",
    "Token",
    "Trace",
    "Translation",
    "check_offered",
    "installed",
    "model_of",
    "offered",
    "open_model",
    "open_named",
    "readers",
    "reading",
    "translating",
    "translators",
]
