"""A model that somebody has in memory already, made by transformers, in the engine's types.

It is asked for its config, its tensors and its tokenizer, all of which are read as those of a folder are; transformers
itself is not imported, and nothing of the model is run.
"""

from typing import Any

from attnlab.engine import SpecError
from attnlab.pretrained.files.config import Config
from attnlab.pretrained.files.tokens import Reader, reader_of
from attnlab.pretrained.files.weights import Weights, check_finite
from attnlab.pretrained.model import Model
from attnlab.pretrained.opening import ARCHITECTURES, architecture_of


def model_of(theirs: Any, tokenizer: Any = None) -> Model:
    """A model of transformers as one of ours, with the weights that it has now.

    Weights that lie in this machine's memory as float32 are shared where the engine takes them as they are.

    Args:
        theirs: BERT, RoBERTa, DistilBERT, GPT-2, Llama or Qwen2, with any head or none; one of ours is handed back.
        tokenizer: its fast tokenizer, or the `tokenizers.Tokenizer` in it; None beside one of ours.

    Raises:
        SpecError: no such model, an architecture that is not known (the message has those that are), quantised
            weights, tensors that do not fit the config, a tokenizer that is none or does not fit.
    """
    if isinstance(theirs, Model):
        return theirs
    name = type(theirs).__name__
    if not callable(getattr(getattr(theirs, "config", None), "to_dict", None)) or not hasattr(theirs, "state_dict"):
        known = ", ".join(ARCHITECTURES)
        message = f"model ({name}) must be one of transformers with one of these architectures, or ours: {known}"
        raise SpecError("model", "kind", message, got=name, wanted=known)
    config = Config(theirs.config.to_dict())
    kind, architecture = _known(config, name)
    sizes = architecture.sizes(config)
    reader = _reader(tokenizer, sizes.longest, sizes.vocab_size)
    tensors = {key: tensor.detach().cpu() for key, tensor in theirs.state_dict().items()}
    check_finite(tensors)
    return Model(name, kind, None, architecture, sizes, reader, architecture.read(Weights(tensors), sizes))


def _known(config: Config, name: str) -> Any:
    try:
        return architecture_of(config)
    except SpecError as error:
        if error.code != "choice":
            raise
        known = ", ".join(ARCHITECTURES)
        message = f"model ({name}, model_type {error.values['got']!r:.60}) must be one of {known}"
        raise SpecError("model", "choice", message, got=name, choices=tuple(ARCHITECTURES)) from error


def _reader(tokenizer: Any, longest: int, vocab_size: int) -> Reader:
    """A reader of a copy: what the tokenizer pads and cuts for others stays as it is."""
    from tokenizers import Tokenizer

    fast: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if not isinstance(fast, Tokenizer):
        name, wanted = type(tokenizer).__name__, "a fast tokenizer of transformers, or a tokenizers.Tokenizer"
        raise SpecError("tokenizer", "kind", f"tokenizer ({name}) must be {wanted}", got=name, wanted=wanted)
    return reader_of(Tokenizer.from_str(fast.to_str()), longest, vocab_size)
