"""Races as shown in class: each under a minute on two cores, and not always the same winner.

All learning rates are the table's. Seeds are 0: one run, and another seed is another run.
"""

from collections.abc import Mapping
from types import MappingProxyType

from attnlab.training.plan import RacePlan

RACES: Mapping[str, RacePlan] = MappingProxyType(
    {
        # Attention wins: it looks a key up, where a state must have kept every pair and a convolution cannot search.
        "recall": RacePlan(
            task_name="mqar",
            families=("transformer", "lstm", "tcn"),
            steps=400,
            num_heads=2,
            positions="rope",
            ff_multiple=None,  # as in its source, which asks what the mixer alone can do
        ),
        # Convolution wins: every answer lies equally far back.
        "copy_memory": RacePlan(
            task_name="copy_memory",
            sizes={"blanks": 100},
            families=("tcn", "transformer", "lstm"),
            steps=200,
            batch_size=32,
            kernel_size=8,  # as in its source
        ),
        # Recurrence wins, above all on the longer tests: one bit of state, updated at every step.
        "parity": RacePlan(task_name="parity", families=("rnn", "lstm", "transformer", "tcn"), steps=400),
        # A tie.
        "sort": RacePlan(task_name="sort", families=("transformer", "lstm", "tcn"), steps=250),
        # Attention wins with one head whose map is the anti-diagonal; all may look ahead.
        "reverse": RacePlan(
            task_name="reverse", families=("transformer", "gru", "tcn"), steps=300, num_layers=1, num_heads=1
        ),
        # Two ways to the same end: an induction head, or a state that counts.
        "markov_chain": RacePlan(
            task_name="markov_chain",
            families=("transformer", "lstm"),
            steps=400,
            batch_size=32,
            budget=10_000,
            num_heads=1,
            positions="rope",
            ff_multiple=None,
        ),
        # The wall: a convolution one level too short never gets off the floor, however long it trains.
        "short_tcn": RacePlan(
            task_name="copy_memory", families=("tcn", "transformer"), steps=200, batch_size=32, kernel_size=8, levels=2
        ),
    }
)
"""By name, for a page's cards and the command line."""
