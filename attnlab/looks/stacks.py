"""The stack that the settings of the blocks page ask for, and its trace, kept for all sessions.

The trained source is the Transformer that comes with the translate page, on the user's two texts. Its size, norm,
activation and positions are its own; what a switch takes away from it (the residual stream, the feed-forward parts) and
dropout act on the trained weights.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from attnlab.byte_cache import kept
from attnlab.engine import BlockSwitches, SpecError, StackInputs
from attnlab.engine.stack import StackSpec, StackTrace, seeded_inputs, stack_trace
from attnlab.looks.cost import heavy
from attnlab.looks.pretrained.stacks import own_of_model, pretrained_inputs
from attnlab.looks.turns import in_turn
from attnlab.models import FamilyName
from attnlab.models.seq2seq.decoding import START_ID
from attnlab.models.seq2seq.stack import translation_stack
from attnlab.prose import kept_by_language, token_name
from attnlab.settings import links
from attnlab.settings.lab.blocks import PRETRAINED, TRAINED, Blocks, stack_spec
from attnlab.tasks import EncodedText
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.translation_plans import translation_of

FAMILY: FamilyName = "transformer"
READ_CHARACTERS = 2000


@dataclass(frozen=True)
class AskedStack:
    """What the settings of the blocks page ask for."""

    settings: Blocks
    inputs: StackInputs
    heavy: bool = False

    @property
    def link(self) -> str:
        """What asks for more of the same picture."""
        return urlencode(self.settings.told(), doseq=True)

    @property
    def params(self) -> dict[str, Any]:
        """What the link says."""
        return self.settings.changed()

    def trace(self) -> StackTrace:
        """The computed stack, shared by all sessions that hold the same inputs; nobody writes into it.

        A run and the picture ahead of it ask at the same time: the second waits for what the first computes. A heavy
        one waits its turn.

        Raises:
            SpecError: as the engine and `in_turn`.
        """
        if self.heavy and not _traced.holds(self.inputs):
            return in_turn(lambda: _traced(self.inputs))
        return _traced(self.inputs)


def asked_stack(settings: Blocks) -> AskedStack:
    """What the settings ask for, from whichever source.

    Raises:
        SpecError: values that do not fit together, a text with nothing in it, or as `in_turn`.
    """
    if settings.source == TRAINED:
        return AskedStack(settings, trained_inputs(settings))
    if settings.source == PRETRAINED:
        return AskedStack(settings, pretrained_inputs(settings), heavy=True)
    spec = stack_spec(settings)
    if heavy(spec):
        return AskedStack(settings, in_turn(lambda: _seeded(spec)), heavy=True)
    return AskedStack(settings, _seeded(spec))


def heavy_stack(settings: Blocks) -> bool:
    """Whether the stack that the settings ask for must wait its turn; the trained one is small, a pretrained large."""
    if settings.source in {TRAINED, PRETRAINED}:
        return settings.source == PRETRAINED
    return heavy(stack_spec(settings))


@dataclass(frozen=True)
class TwoTexts:
    """What the model reads, and what it does not know."""

    source: EncodedText
    target: EncodedText  # without the start that the model sees before it

    @property
    def unknown(self) -> tuple[str, ...]:
        """Words that neither vocabulary has, read as <unk>."""
        return tuple(dict.fromkeys((*self.source.unknown, *self.target.unknown)))


def two_texts(settings: Blocks) -> TwoTexts:
    """The page's texts in the words of the model.

    Raises:
        SpecError: nothing to read in the source; an empty target is fine, the decoder then reads its start alone.
    """
    task = translation_of(shipped_plan())
    source, target = (text[:READ_CHARACTERS] for text in (settings.text, settings.target))
    read = TwoTexts(task.encode(source), task.encode_target(target))
    if not read.source.ids:
        raise SpecError("stack_text", "empty", f"stack_text ({links.shortened(source)!r}) must hold a word", got=source)
    return read


def trained_inputs(settings: Blocks) -> StackInputs:
    """The model's blocks on the page's texts: the same object for the same settings.

    Raises:
        SpecError: as `two_texts`, or the model that should have come with the app cannot be read.
    """
    switches = BlockSwitches(residual=settings.residual, feed_forward=settings.feed_forward, dropout=settings.dropout)
    read = two_texts(settings)
    return _inputs(read, switches, settings.seed)


def own_settings(settings: Blocks) -> dict[str, Any]:
    """What the model has of the settings that it brings with it, by parameter; nothing if there is none."""
    has = own_of_model(settings.model) if settings.source == PRETRAINED else _own_of_ours()
    return {} if has is None else {name: value for name, value in has.values().items() if has.kinds()[name].own}


def _own_of_ours() -> Blocks | None:
    """Of the translator; None if it did not come with us."""
    try:
        config = shipped_translators()[FAMILY].config
    except OSError:
        return None
    return Blocks(
        source=TRAINED,
        depth=config.num_layers,
        placement="pre" if config.norm_first else "post",
        heads=config.num_heads,
        d_model=config.d_model,
        ff_width=config.ff_width,
    )


@kept_by_language
def _inputs(read: TwoTexts, switches: BlockSwitches, seed: int) -> StackInputs:
    task = translation_of(shipped_plan())
    source_symbols, symbols = task.corpus.source_symbols, tuple(map(token_name, task.written_symbols))
    try:
        model = shipped_translators()[FAMILY]
    except OSError as error:
        message = f"stack_source ('trained') must have come with the app: {error.strerror}"
        raise SpecError("stack_source", "unreadable", message, got="trained", why=error.strerror) from error
    target = (START_ID, *read.target.ids)
    stack = translation_stack(model, read.source.ids, target, source_symbols, symbols)
    return replace(
        stack,
        source_tokens=read.source.tokens,  # as they were written, where a symbol would be <unk>
        target_tokens=(symbols[START_ID], *read.target.tokens),
        switches=replace(switches, norm_first=stack.switches.norm_first),
        seed=seed,
    )


@kept
def _seeded(spec: StackSpec) -> StackInputs:
    return seeded_inputs(spec)


@kept
def _traced(inputs: StackInputs) -> StackTrace:
    return stack_trace(inputs)
