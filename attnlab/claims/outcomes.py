"""A claim put to the test: measured, decided, told."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from attnlab.claims.experiments import EXPERIMENTS
from attnlab.claims.measured import Measured, Size
from attnlab.claims.shelf import checked_claim
from attnlab.claims.verdicts import VerdictName, verdict_of
from attnlab.claims.words import check_measured
from attnlab.engine import SpecError

SEED = 0


@dataclass(frozen=True)
class Outcome:
    """One run of the experiment of a claim."""

    claim: str
    size: Size
    seed: int
    measured: Measured
    verdict: VerdictName
    seconds: float  # that it took

    def to_json(self) -> dict[str, Any]:
        """Strict JSON."""
        told = {"claim": self.claim, "size": self.size, "seed": self.seed, "verdict": self.verdict}
        return {**told, "seconds": self.seconds, "measured": self.measured.to_json()}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` told."""
        return cls(**{**told, "measured": Measured.from_json(told["measured"])})


def outcome(name: str, size: Size, seed: int = SEED) -> Outcome:
    """Run the experiment of a claim here and now, and let its numbers decide.

    Args:
        name: of the claim.
        size: how much is measured.
        seed: of all that is drawn.

    Raises:
        SpecError: no such claim, one of its files is not as it should be, or asks for what was not measured.
    """
    one = checked_claim(name)
    began = time.perf_counter()
    measured = EXPERIMENTS[one.experiment](seed, size)
    seconds = time.perf_counter() - began
    return Outcome(name, size, seed, measured, decided(name, measured), seconds)


def decided(name: str, measured: Measured) -> VerdictName:
    """The verdict on a claim by what its experiment has measured.

    Raises:
        SpecError: no such claim, one of its files is not as it should be, or asks for what was not measured.
    """
    rules = checked_claim(name).rules
    asked = {number for rule in rules for condition in rule.conditions for number in condition.names}
    if missing := sorted(asked - measured.numbers.keys()):
        known = tuple(measured.numbers)
        message = f"number ({missing[0]!r:.60}) of claim {name} must be one of {', '.join(known)}"
        raise SpecError("number", "choice", message, got=missing[0], choices=known)
    check_measured(name, measured)
    return verdict_of(rules, measured.numbers)
