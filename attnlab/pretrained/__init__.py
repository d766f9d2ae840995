"""Models that others have trained, layer by layer in the engine's own types.

    from attnlab.pretrained import open_model

    model = open_model("minilm")            # an installed one, one that was fetched (`org/name`), or a folder
    trace = model.trace("The cat sat on the mat.")
    trace.attentions                        # (layers, heads, T, T)
    trace.hidden_states                     # (layers + 1, T, d_model)
    trace.block(3).parts[0].attention       # queries, keys, values, scores, weights, outputs of one layer
    model.similarity("king", "queen")

    model_of(bert, tokenizer)               # one of transformers that is in memory already

Read in this order: `opening` (which models there are), `offering` (which of them visitors may open), `hub` (how one is
fetched), `in_memory` (one that is open elsewhere), `files` (config, sizes, weights, tokenizer), `families` (what is
what in a file), `embedding`, `model`, `trace`; `reference` compares with the library that most such models are made
with.
Nothing of a file is ever run, and what opens files is imported when the first one is opened.
"""

from attnlab.pretrained.files.tokens import Token
from attnlab.pretrained.in_memory import model_of
from attnlab.pretrained.model import Model
from attnlab.pretrained.opening import ARCHITECTURES, check_offered, installed, offered, open_model, open_named
from attnlab.pretrained.trace import Trace

__all__ = [
    "ARCHITECTURES",
    "Model",
    "Token",
    "Trace",
    "check_offered",
    "installed",
    "model_of",
    "offered",
    "open_model",
    "open_named",
]
