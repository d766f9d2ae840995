"""A contender of a race: a family, and the settings in which it differs from what the plan says for all.

Its key names it in plans, points, snapshots and links: "transformer", or "transformer.heads-1.scale-off". The key of a
contender without settings is its family's name, as it was when there were no others.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self, get_args

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice, check_number
from attnlab.models import FAMILIES, PRETRAINED_FAMILIES, SEQUENCE_FAMILIES, FamilyName, NormName
from attnlab.models.config import BOUNDS, MULTI_HEAD, ModelPositions, check_positions
from attnlab.tasks import KINDS
from attnlab.training.plans.checks import ON_WORDS, families_of
from attnlab.training.store.sql.schema import MAX_CONTENDER
from attnlab.training.store.values import MAX_CONTENDERS
from attnlab.training.tuning.rates import MAX_LR

SCALED: tuple[FamilyName, ...] = ("transformer", "window_attention")
"""The families whose scores are scaled, or not."""
WHOLE = re.compile(r"[0-9]{1,9}")
DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,12})?(?:e-?[0-9]{1,2})?")
SETTING = re.compile(r"\.(?=[a-z_]+-)")
"""What parts the settings of a key; the point of a decimal number has a digit behind it."""


@dataclass(frozen=True)
class Setting:
    """What a contender may have of its own: one of some words, or a number."""

    fills: str | None  # the field of `ModelConfig`; None for the learning rate, which is no part of the model
    words: Mapping[str, Any] = field(default_factory=dict)  # and what that field then holds
    bounds: tuple[float, float] = (0, 0)  # of a number; whole where they are
    offered: tuple[float, ...] = ()  # the numbers that a page puts up for choice
    families: tuple[FamilyName, ...] = SEQUENCE_FAMILIES

    @property
    def options(self) -> tuple[str, ...]:
        """The words that a page puts up for choice."""
        return tuple(self.words) or tuple(str(number) for number in self.offered)

    def read(self, name: str, text: str) -> Any:
        """What the model's field holds.

        Raises:
            SpecError: naming the setting, what was got and what is allowed.
        """
        if self.words:
            check_choice(name, text, self.words)
            return self.words[text]
        whole = isinstance(self.bounds[0], int)
        value: Any = text
        if (WHOLE if whole else DECIMAL).fullmatch(text):
            value = int(text) if whole else float(text)
        check_number(name, value, *self.bounds)
        return value

    def spelled(self, value: Any) -> str:
        """The one text of what `read` gave."""
        return next((word for word, held in self.words.items() if held == value), str(value))


def _switch(
    fills: str, *, off: Any = False, on: Any = True, families: tuple[FamilyName, ...] = SEQUENCE_FAMILIES
) -> Setting:
    return Setting(fills, {"off": off, "on": on}, families=families)


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "heads": Setting("num_heads", bounds=BOUNDS["num_heads"], offered=(1, 2, 4, 8, 16), families=MULTI_HEAD),
        "layers": Setting("num_layers", bounds=BOUNDS["num_layers"], offered=(1, 2, 3, 4, 6)),
        "d_model": Setting("d_model", bounds=BOUNDS["d_model"], offered=(8, 16, 32, 64, 128)),
        "positions": Setting("positions", {name: name for name in get_args(ModelPositions)}, families=MULTI_HEAD),
        "scale": _switch("scaling", families=SCALED),
        "window": Setting("window", bounds=BOUNDS["window"], offered=(2, 4, 8, 16, 32), families=("window_attention",)),
        "mask": Setting("causal", {"causal": True, "none": False}, families=FAMILIES),
        "residual": _switch("residual"),
        "norm": Setting("norm", {name: name for name in get_args(NormName)}),
        "place": Setting("norm_first", {"pre": True, "post": False}),
        "ff": _switch("ff_multiple", off=None, on=4),
        "dropout": Setting("dropout", bounds=BOUNDS["dropout"], offered=(0.1, 0.2, 0.3, 0.5)),
        "lr": Setting(None, bounds=(0.0, MAX_LR), offered=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)),
    }
)
"""By the name that a key says, in the order in which it says them."""
RATE = "lr"
WIDTH = "d_model"
LAYERS = "layers"
WINDOW = "window"
POSITIONS = "positions"


@dataclass(frozen=True)
class Contender:
    """One contender.

    Raises:
        SpecError: an unknown family or setting, one that the family has no use for, a value out of bounds or that the
            family cannot have, or a key that is too long for the store.
    """

    family: FamilyName
    settings: Mapping[str, Any] = field(default_factory=dict)  # by name, as `Setting.read` gives them

    def __post_init__(self) -> None:
        for name, value in self.settings.items():
            if self.family not in SETTINGS[name].families:
                message = (
                    f"{name} must be left out beside {self.family}: {', '.join(SETTINGS[name].families)} may have it"
                )
                got = SETTINGS[name].spelled(value)
                raise SpecError(name, "beside", message, got=got, other="family", of=self.family)
        check_positions(self.family, self.settings.get(POSITIONS, ""))
        if len(self.key) > MAX_CONTENDER:
            message = f"contenders ({self.key!r:.80}) must be spelled in at most {MAX_CONTENDER} characters"
            raise SpecError("contenders", "long", message, got=self.key, most=MAX_CONTENDER)

    def __hash__(self) -> int:
        return hash(self.key)

    @classmethod
    def read(cls, key: str) -> Self:
        """The contender of a key, in whichever order it says the settings. Raises as `of`."""
        family, *parts = SETTING.split(key)
        return cls.of(family, [(name, value) for name, _, value in (part.partition("-") for part in parts)])

    @classmethod
    def of(cls, family: str, settings: list[tuple[str, str]]) -> Self:
        """The contender that texts name, which anybody may have written.

        Args:
            family: its name.
            settings: name and value of each.

        Raises:
            SpecError: as the class, or a setting that is given twice.
        """
        known: dict[str, FamilyName] = {name: name for name in get_args(FamilyName)}
        check_choice("contenders", family, known)
        values: dict[str, Any] = {}
        for name, text in settings:
            check_choice("contenders", name, SETTINGS)
            if name in values:
                message = f"{name} ({text!r:.60}) must be given once for each contender"
                raise SpecError(name, "twice", message, got=text)
            values[name] = SETTINGS[name].read(name, text)
        return cls(known[family], {name: values[name] for name in SETTINGS if name in values})

    @property
    def words(self) -> dict[str, str]:
        """The settings as the key says them."""
        return {name: SETTINGS[name].spelled(value) for name, value in self.settings.items()}

    @property
    def key(self) -> str:
        """The one name of this contender."""
        return ".".join((self.family, *(f"{name}-{word}" for name, word in self.words.items())))

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of `ModelConfig` that are its own."""
        return {SETTINGS[name].fills or "": value for name, value in self.settings.items() if SETTINGS[name].fills}

    @property
    def lr(self) -> float | None:
        """The peak learning rate that is its own."""
        return self.settings.get(RATE)

    def changed(self, name: str, word: str) -> "Contender":
        """The same contender with one setting more, or another value of it. Raises as `of`."""
        return self.of(self.family, list((self.words | {name: word}).items()))


@functools.lru_cache(maxsize=256)
def contender(key: str) -> Contender:
    """The contender of the key of a plan. Raises as `Contender.of`."""
    return Contender.read(key)


def check_contenders(keys: object, task_name: str) -> None:
    """Refuse what is no tuple of the keys of different contenders that can learn a task.

    Args:
        keys: from a page, a link or the store.
        task_name: one of `TASKS`. Only the models of a sequence task have settings of their own.
    """
    known = families_of(task_name)
    allowed = f"must be a tuple of 1 to {MAX_CONTENDERS} different contenders of the families {', '.join(known)}"
    if not isinstance(keys, tuple) or not keys:
        raise SpecError("contenders", "choice", f"contenders ({keys!r:.60}) {allowed}", got=keys, choices=known)
    if len(keys) > MAX_CONTENDERS:
        message = f"contenders ({len(keys)}) {allowed}"
        raise SpecError("contenders", "most", message, got=len(keys), most=MAX_CONTENDERS)
    for position, key in enumerate(keys):
        one = contender(key) if isinstance(key, str) else None
        if one is not None and one.family in PRETRAINED_FAMILIES and task_name in ON_WORDS and one.family not in known:
            message = "contenders (minilm) must be left out: MiniLM is not installed here"
            raise SpecError("contenders", "not_here", message, got=key)
        if one is None or one.family not in known or one.key != key or key in keys[:position]:
            raise SpecError("contenders", "choice", f"contenders ({key!r:.60}) {allowed}", got=key, choices=known)
        if one.settings and task_name in KINDS:
            message = f"contenders ({key!r:.60}) must have no settings of their own in {task_name}"
            raise SpecError("contenders", "beside", message, got=key, other="task_name", of=task_name)
