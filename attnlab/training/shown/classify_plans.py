"""The classify page's races as they come: four ways to read a text, the same examples, equal bodies but for the floor.

A bag of words has no body: all of it is embedding and head, which no budget counts. It takes part at a width of its
own (`sizing.BAG_WIDTH`), as the floor that every order-aware contender must pass. All learning rates are the
table's; those for the user's rows were tuned on 3,000 invented rows of five classes and some thirty words each.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial

from attnlab.models import CLASSIFIER_FAMILIES
from attnlab.tasks import Reading
from attnlab.training.plans.plan import RacePlan
from attnlab.training.shown.ready import Ready

CLASSIFICATIONS: Mapping[str, RacePlan] = Ready(
    {
        "sentiment": partial(
            RacePlan,
            task_name="classify_sentiment",
            contenders=CLASSIFIER_FAMILIES,
            steps=400,
            budget=10_000,
            num_heads=4,
        ),
        # A few thousand rows of some thirty words: half a minute for all four on one core.
        "csv": partial(
            RacePlan,
            task_name="classify_csv",
            contenders=CLASSIFIER_FAMILIES,
            steps=300,
            batch_size=32,
            budget=10_000,
            num_heads=4,
            dropout=0.1,
        ),
    }
)
"""By name, for the page's choice of data."""


def on_rows(data: bytes, reading: Reading) -> RacePlan:
    """The race on the user's own CSV.

    Raises:
        SpecError: whatever the table or the task refuses.
    """
    return replace(CLASSIFICATIONS["csv"], data=data, **asdict(reading))
