"""Numbers as the stage shows them: "−0.35" stands for everything that is rounded to it.

Arithmetic on such intervals says whether numbers on screen can recombine to another number on screen.
"""

import math
import re
from dataclasses import dataclass

from tests.browser.stage_page import STAGE

NUMBER = r"−?(?:\d+(?:\.\d+)?(?:e−?\d+)?|∞)"
POWER = rf"e\^\(({NUMBER})\)"
MORE = "|".join(re.escape(form).replace(r"\{count\}", r"\d+") for form in STAGE["arithmetic"]["more"].values())
TERMS = rf"{NUMBER}·{NUMBER}(?: \+ {NUMBER}·{NUMBER})*(?: \+ (?:{MORE}))?"


@dataclass(frozen=True)
class Shown:
    """The numbers between low and high."""

    low: float
    high: float

    def __add__(self, other: "Shown") -> "Shown":
        return Shown(self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Shown") -> "Shown":
        return Shown(self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Shown") -> "Shown":
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Shown(min(products), max(products))

    def __truediv__(self, other: "Shown") -> "Shown":
        assert other.low > 0 or other.high < 0
        return self * Shown(1 / other.high, 1 / other.low)

    @property
    def size(self) -> float:
        """The largest magnitude."""
        return max(abs(self.low), abs(self.high))

    def meets(self, other: "Shown") -> bool:
        """Whether one number can be both, but for float32."""
        slack = 2e-5 * (1 + min(self.size, other.size))
        return self.low <= other.high + slack and other.low <= self.high + slack

    def holds(self, value: float) -> bool:
        """Whether an exact number is shown like this."""
        return self.meets(Shown(value, value))


def number(text: str) -> Shown:
    """Everything that is shown as `text`."""
    assert re.fullmatch(NUMBER, text), text
    if "∞" in text:
        return Shown(-math.inf, -math.inf) if text.startswith("−") else Shown(math.inf, math.inf)
    mantissa, _, exponent = text.replace("−", "-").partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    half = 0.0 if mantissa == "0" else unit / 2
    middle = float(mantissa) * 10.0 ** int(exponent or 0)
    return Shown(middle - half, middle + half)


def exp(shown: Shown) -> Shown:
    return Shown(math.exp(shown.low), math.exp(shown.high))


def logarithm(text: str) -> Shown:
    """The logarithm of a number, which may be written as a power of e."""
    if power := re.fullmatch(POWER, text):
        return number(power[1])
    shown = number(text)
    return Shown(math.log(shown.low), math.log(shown.high))


def cos(shown: Shown) -> Shown:
    middle, half = (shown.low + shown.high) / 2, (shown.high - shown.low) / 2
    return Shown(math.cos(middle) - half, math.cos(middle) + half)


def sin(shown: Shown) -> Shown:
    return cos(shown - Shown(math.pi / 2, math.pi / 2))


@dataclass(frozen=True)
class Terms:
    """A sum of products as it is written out: the largest ones, in their order."""

    factors: list[tuple[Shown, Shown]]
    hidden: int

    @property
    def total(self) -> Shown:
        """What the sum can be: no product that is left out is larger than one that is written."""
        products = [left * right for left, right in self.factors]
        smallest = min(product.size for product in products) * self.hidden
        return sum(products, Shown(-smallest, smallest))


def terms(text: str) -> Terms:
    """Read "a·b + c·d + … (5 smaller)"."""
    parts = text.split(" + ")
    hidden = int(re.sub(r"\D", "", parts.pop()) or 1) if re.fullmatch(MORE, parts[-1]) else 0
    pairs = [part.split("·") for part in parts]
    return Terms([(number(left), number(right)) for left, right in pairs], hidden)


BLANKS = {"terms": TERMS, "total": f"{NUMBER}|{POWER}"}


def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)  # text, name, text, name, ..., text
    seen: set[str] = set()
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            pieces[place] = re.escape(piece)
        else:
            pieces[place] = f"(?P={piece})" if piece in seen else f"(?P<{piece}>{BLANKS.get(piece, NUMBER)})"
            seen.add(piece)
    return re.compile("".join(pieces))


PATTERNS = {name: _pattern(template) for name, template in STAGE["arithmetic"]["lines"].items()}


def read(lines: list[str]) -> dict[str, dict[str, str]]:
    """Which sentences of the prose the lines are, and what stands in their blanks."""
    result = {}
    for line in lines:
        found = {name: match.groupdict() for name, pattern in PATTERNS.items() if (match := pattern.fullmatch(line))}
        assert len(found) == 1, f"{line!r} reads as {list(found)}"
        result |= found
    return result
