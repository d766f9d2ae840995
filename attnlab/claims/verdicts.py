"""How measured numbers become a verdict: named comparisons with thresholds. Nothing that a file says is evaluated."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

VerdictName = Literal["true", "false", "depends"]
VERDICTS: tuple[VerdictName, ...] = get_args(VerdictName)
ELSE: VerdictName = "depends"
"""Where no rule holds."""

COMPARATORS: Mapping[str, Callable[[float, float], bool]] = MappingProxyType(
    {"above": operator.gt, "at_least": operator.ge, "below": operator.lt, "at_most": operator.le}
)


@dataclass(frozen=True)
class Condition:
    """One measured number beside a threshold, or beside another measured number."""

    number: str
    comparator: str  # a key of `COMPARATORS`
    than: float | str  # a threshold, or the name of the other number

    @property
    def names(self) -> tuple[str, ...]:
        """The numbers that it asks for."""
        return (self.number, self.than) if isinstance(self.than, str) else (self.number,)

    def holds(self, numbers: Mapping[str, float]) -> bool:
        """Whether it does, of measured numbers. Raises KeyError where one is missing."""
        than = numbers[self.than] if isinstance(self.than, str) else self.than
        return COMPARATORS[self.comparator](numbers[self.number], than)


@dataclass(frozen=True)
class Rule:
    """A verdict and all that must hold for it."""

    verdict: VerdictName
    conditions: tuple[Condition, ...]


def verdict_of(rules: tuple[Rule, ...], numbers: Mapping[str, float]) -> VerdictName:
    """The verdict of the first rule of which every condition holds; `ELSE` where none does."""
    held = (rule.verdict for rule in rules if all(condition.holds(numbers) for condition in rule.conditions))
    return next(held, ELSE)
