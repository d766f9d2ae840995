"""Races as shown in class: each under two minutes on two cores, and not always the same winner.

The first are between families, the others between Transformers that differ in one setting. All learning rates are the
table's. Seeds are 0: one run, and another seed is another run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.ready import Ready

FEW: Mapping[str, int] = MappingProxyType({"num_examples": 1000, "wrong_labels": 20})
"""The race of few examples."""

_FAMILIES = Ready(
    {
        # Attention wins: it looks a key up, where a state must have kept every pair and a convolution cannot search.
        "recall": partial(
            RacePlan,
            task_name="mqar",
            contenders=("transformer", "lstm", "tcn"),
            steps=400,
            num_heads=2,
            positions="rope",
            ff_multiple=None,  # as in its source, which asks what the mixer alone can do
        ),
        # Convolution wins: every answer lies equally far back.
        "copy_memory": partial(
            RacePlan,
            task_name="copy_memory",
            sizes={"blanks": 100},
            contenders=("tcn", "transformer", "lstm"),
            steps=200,
            batch_size=32,
            kernel_size=8,  # as in its source
        ),
        # Recurrence wins, above all on the longer tests: one bit of state, updated at every step. Beside a feed-forward
        # part an LSTM lingers at half the loss of chance, and some seeds of ten do not leave it in time.
        "parity": partial(
            RacePlan, task_name="parity", contenders=("rnn", "lstm", "transformer", "tcn"), steps=400, ff_multiple=None
        ),
        # A tie.
        "sort": partial(RacePlan, task_name="sort", contenders=("transformer", "lstm", "tcn"), steps=250),
        # Attention wins with one head whose map is the anti-diagonal; all may look ahead.
        "reverse": partial(
            RacePlan,
            task_name="reverse",
            contenders=("transformer", "gru", "tcn"),
            steps=300,
            num_layers=1,
            num_heads=1,
        ),
        # Two ways to the same end: an induction head, or a state that counts.
        "markov_chain": partial(
            RacePlan,
            task_name="markov_chain",
            contenders=("transformer", "lstm"),
            steps=400,
            batch_size=32,
            budget=10_000,
            num_heads=1,
            positions="rope",
            ff_multiple=None,
        ),
        # The wall: a convolution one level too short never gets off the floor, however long it trains.
        "short_tcn": partial(
            RacePlan,
            task_name="copy_memory",
            contenders=("tcn", "transformer"),
            steps=200,
            batch_size=32,
            kernel_size=8,
            levels=2,
        ),
        # On pictures: all read them well, each in its way; a disturbed test shows what each takes for granted.
        "digits": partial(
            RacePlan,
            task_name="digits",
            contenders=("transformer", "transformer.positions-none", "lstm", "cnn2d", "mlp"),
            steps=300,
        ),
        # 197 windows to learn from: whoever has most weights learns them by heart, and a straight line is hard to beat.
        "series": partial(
            RacePlan,
            task_name="series",
            contenders=("transformer", "lstm", "tcn"),
            steps=200,
            batch_size=32,
            budget=5000,
            num_heads=2,
        ),
        # Convolution wins: a motif is neighbours, wherever they stand.
        "motif": partial(
            RacePlan,
            task_name="motif",
            contenders=("tcn", "transformer", "lstm"),
            steps=300,
            budget=10_000,
            num_heads=2,
        ),
        # A tie of attention and recurrence near the best possible; convolution, which weighs places, falls behind.
        "events": partial(
            RacePlan,
            task_name="events",
            contenders=("transformer", "lstm", "tcn"),
            steps=200,
            budget=10_000,
            num_heads=2,
        ),
    }
)


def _with(race: str, setting: str, words: Iterable[object]) -> RacePlan:
    """A race of families, run by Transformers that differ in a setting."""
    return replace(_FAMILIES[race], contenders=tuple(f"transformer.{setting}-{word}" for word in words))


def _digits(**sizes: int) -> RacePlan:
    """The race on pictures, by those that know where a patch is."""
    return replace(_FAMILIES["digits"], contenders=("transformer", "lstm", "cnn2d", "mlp"), sizes=sizes)


_PICTURES = Ready(
    {
        # Ten pictures of each digit: whoever brings what pictures are like has an edge.
        "digits_few": partial(_digits, train_size=100),
        # Neighbours are no longer neighbours: a convolution learns that too, but has lost its way with moved digits.
        "digits_shuffled": partial(_digits, shuffle=1),
    }
)

_SETTINGS = Ready(
    {
        # One head is enough; eight share a width of 56 and have 7 numbers each to compare, which is too few.
        "heads": partial(_with, "recall", "heads", (1, 2, 4, 8)),
        # Without 1 / sqrt(d_k) a row of weights has nearly half on one key before the first step, and a tenth with it.
        "scaling": partial(_with, "recall", "scale", ("on", "off")),
        # What must be found is a place, counted from the end: who cannot tell places apart answers blindly.
        "positions": partial(_with, "reverse", "positions", ("none", "alibi", "rope", "sinusoidal", "learned")),
        # An induction head takes two layers: the second asks for what the first has written.
        "layers": partial(_with, "markov_chain", "layers", (1, 2, 3)),
        # Without it each part must pass on whatever later ones need.
        "residual": partial(_with, "recall", "residual", ("on", "off")),
        # So few sentences can be learned by heart, the wrong labels with them: what dropout is there to hinder.
        "few_examples": partial(
            RacePlan,
            task_name="sentiment",
            sizes=FEW,
            contenders=tuple(f"transformer.dropout-{share}" for share in (0.0, 0.1, 0.3)),
            steps=400,
            num_layers=1,
        ),
    }
)

FURTHER = Ready(
    {
        name: partial(RacePlan, task_name=name, contenders=("transformer", "lstm", "tcn"), steps=300)
        for name in ("selective_copying", "adding", "sentiment")
    }
)
"""Tasks that make their own examples and have no race of their own, as the training page offers them."""

RACES: Mapping[str, RacePlan] = Ready(
    {name: partial(plans.__getitem__, name) for plans in (_FAMILIES, _SETTINGS, _PICTURES) for name in plans}
)
"""By name, for a page's cards and the command line."""


def name_of(plan: RacePlan) -> str | None:
    """The name under which a race is shown; None if it is none of these."""
    return next((name for name, ready in RACES.items() if ready == plan), None)
