"""A pretrained model as the stack that the blocks page takes apart, kept for all visitors."""

from dataclasses import dataclass, replace
from typing import cast

from attnlab.byte_cache import kept
from attnlab.engine import BlockSwitches, SpecError, StackInputs
from attnlab.engine.allowed import check_choice
from attnlab.engine.stack import MAX_STACK_TOKENS, StackActivationName
from attnlab.looks.pretrained.layer import opened
from attnlab.pretrained import Model, readers
from attnlab.pretrained.files.tokens import Read
from attnlab.pretrained.opening import check_some
from attnlab.settings.lab.blocks import Blocks
from attnlab.settings.links import shortened
from attnlab.text.cleaning import cleaned

ACTIVATIONS = ("relu", "gelu", "swiglu")
"""Those whose laws the page spells out."""


@dataclass(frozen=True)
class ModelText:
    """What a model reads of the page's text."""

    read: Read
    unknown: tuple[str, ...]  # words that it has no piece for


def model_text(settings: Blocks) -> ModelText:
    """The page's text in the pieces of the model, as many as are drawn.

    Raises:
        SpecError: no such model, one whose parts the page has no laws for, or nothing to read.
    """
    model = _takeable(settings.model)
    text, _ = cleaned(settings.text)
    if not text:
        got = shortened(settings.text)
        raise SpecError("stack_text", "empty", f"stack_text ({got!r}) must hold a visible character", got=got)
    longest = min(model.reader.longest, MAX_STACK_TOKENS)
    read = replace(model.reader, longest=longest).read(text)
    sign = model.reader.unknown
    unknown = tuple(dict.fromkeys(token.text for token in read.tokens if token.id == sign and token.text))
    return ModelText(read, unknown)


def pretrained_inputs(settings: Blocks) -> StackInputs:
    """The model's blocks on the page's text: the same object for the same settings. Raises as `model_text`."""
    switches = BlockSwitches(residual=settings.residual, feed_forward=settings.feed_forward, dropout=settings.dropout)
    return _inputs(settings.model, model_text(settings).read, switches, settings.seed)


def own_of_model(name: str) -> Blocks | None:
    """The settings that a model brings with it; None where it cannot be opened."""
    try:
        model = opened(name)
    except SpecError:
        return None
    sizes, heads = model.sizes, model.sizes.num_heads
    return Blocks(
        source="pretrained",
        architecture=model.architecture.side,
        depth=sizes.num_layers,
        placement="pre" if model.architecture.norm_first else "post",
        norm=model.parts.blocks[0].self_norm.kind,
        heads=heads,
        kv_heads="all" if sizes.num_kv_heads == heads else str(sizes.num_kv_heads),
        d_model=sizes.d_model,
        activation=cast("StackActivationName", model.parts.blocks[0].feed_forward.activation),
        ff_width=sizes.ff_width,
        positions="rope" if model.architecture.rotary else "none",
    )


def _takeable(name: str) -> Model:
    known = readers()
    check_some("stack_model", name, known)
    check_choice("stack_model", name, known)
    model = opened(name)
    activation = model.parts.blocks[0].feed_forward.activation
    if activation not in ACTIVATIONS:
        message = f"stack_model ({name!r}) must bend with one of {', '.join(ACTIVATIONS)}, not {activation}"
        raise SpecError("stack_model", "choice", message, got=f"{name}: {activation}", choices=ACTIVATIONS)
    return model


@kept
def _inputs(name: str, read: Read, switches: BlockSwitches, seed: int) -> StackInputs:
    _, inputs = opened(name).inputs(read)
    return replace(inputs, switches=replace(switches, norm_first=inputs.switches.norm_first), seed=seed)
