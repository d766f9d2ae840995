"""Plans small enough to be raced in a test."""

from collections.abc import Sequence
from typing import Any

from attnlab.training.plans.plan import RacePlan


def small_plan(contenders: Sequence[str] = ("transformer", "gru"), **changes: Any) -> RacePlan:
    """Reverse five digits, with contenders of 2,000 parameters."""
    chosen: dict[str, Any] = {"task_name": "reverse", "sizes": {"length": 5}, "num_heads": 2, "num_layers": 1}
    chosen |= {"budget": 2000, "batch_size": 7, "steps": 11, "warmup": 3}
    return RacePlan(**({"contenders": tuple(contenders)} | chosen | changes))
