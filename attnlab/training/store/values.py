"""What the store gives and takes: small frozen values, no rows, no connection."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, get_args

from attnlab.training.store.checks import Json, checked_text, checked_whole, json_text
from attnlab.training.store.errors import StoreError
from attnlab.training.store.sql.schema import MAX_CONTENDER

Status = Literal[
    "queued", "running", "paused", "finished", "stopped", "failed", "diverged", "abandoned"
]  # fmt: skip
ACTIVE: tuple[Status, ...] = ("queued", "running", "paused")
ENDED: tuple[Status, ...] = tuple(status for status in get_args(Status) if status not in ACTIVE)


class _Administrator(Enum):
    ADMINISTRATOR = "administrator"


ADMINISTRATOR: Final = _Administrator.ADMINISTRATOR
"""Who may change every run: whoever can open the store's database may do so anyway."""
Caller = str | Literal[_Administrator.ADMINISTRATOR]
"""Who wants to change a run: the secret of a run's owner, or the administrator."""

CommandKind = Literal["pause", "resume", "stop", "step", "set_lr"]

CONFIG_VERSION = 1
MAX_CONFIG_BYTES = 64 * 1024
MAX_CONTENDERS = 8


@dataclass(frozen=True)
class RunConfig:
    """What is trained. The store keeps it; what `settings` may hold is the training loop's business.

    Raises:
        StoreError: names that are not names, no contenders or twice the same, settings that are not strict JSON.
    """

    task: str
    contenders: tuple[str, ...]
    settings: Mapping[str, Json] = field(default_factory=dict)
    version: int = CONFIG_VERSION  # of the meaning of `settings`; an old link brings an old one

    def __post_init__(self) -> None:
        checked_text("config.task", self.task, MAX_CONTENDER)
        checked_whole("config.version", self.version, 1, 2**31 - 1)
        if not isinstance(self.contenders, tuple) or not 1 <= len(self.contenders) <= MAX_CONTENDERS:
            raise StoreError("config.contenders", self.contenders, f"a tuple of 1 to {MAX_CONTENDERS} names")
        for contender in self.contenders:
            checked_text("config.contenders", contender, MAX_CONTENDER)
        if len(set(self.contenders)) < len(self.contenders):
            raise StoreError("config.contenders", self.contenders, "different names")
        if not isinstance(self.settings, Mapping):
            raise StoreError("config.settings", self.settings, "an object of settings by name")
        # Read back: what a database returns equals what was made, and nobody else holds the dict.
        settings = json.loads(json_text("config.settings", self.settings, MAX_CONFIG_BYTES))
        object.__setattr__(self, "settings", settings)

    def to_json(self) -> str:
        """As strict JSON."""
        parts = {"version": self.version, "task": self.task, "contenders": self.contenders, "settings": self.settings}
        return json_text("config", parts, 2 * MAX_CONFIG_BYTES)

    @classmethod
    def from_json(cls, text: str) -> "RunConfig":
        """What `to_json` has written."""
        parts: dict[str, Any] = json.loads(text)
        return cls(parts["task"], tuple(parts["contenders"]), parts["settings"], parts["version"])


def changed_settings(before: RunConfig, after: RunConfig) -> dict[str, tuple[Json, Json]]:
    """What differs between two configurations, by path: `{"settings.lr": (0.1, 0.01)}`; None where one lacks it."""
    old, new = (dict(_flat(json.loads(config.to_json()))) for config in (before, after))
    return {path: (old.get(path), new.get(path)) for path in old | new if old.get(path) != new.get(path)}


def _flat(value: Json, path: str = "") -> list[tuple[str, Json]]:
    if not isinstance(value, dict) or not value:
        return [(path, value)]
    return [pair for key, item in value.items() for pair in _flat(item, f"{path}.{key}" if path else key)]


@dataclass(frozen=True)
class Counters:
    """How far a run has come."""

    step: int = 0
    examples: int = 0
    seconds: float = 0.0  # spent training, without pauses


@dataclass(frozen=True)
class Run:
    """One row of the history."""

    id: str  # URL-safe, hard to guess
    created: datetime
    started: datetime | None
    ended: datetime | None
    owner: str
    name: str
    status: Status
    config: RunConfig
    message: str
    lease_until: datetime  # nobody looks any more once this has passed
    worker: str | None
    heartbeat: datetime | None  # the worker's last sign of life
    attempts: int  # workers since the last snapshot that went further, with the one that made it
    claims: int  # how often a worker has claimed it
    counters: Counters
    last_seq: int  # of its points
    rewinds: int  # how often points were taken back
    pinned: bool  # kept when old runs go

    @property
    def is_active(self) -> bool:
        """Whether more may come."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a contender's curves. None means not measured; NaN and infinity are measurements."""

    contender: str
    step: int
    examples: int = 0
    seconds: float = 0.0
    loss: float | None = None
    metric: float | None = None
    lr: float | None = None
    grad_norm: float | None = None
    tokens_per_s: float | None = None
    extras: Mapping[str, float] = field(default_factory=dict)
    seq: int = 0  # given by the store


@dataclass(frozen=True)
class Cursor:
    """How much of a run's curves a page has."""

    seq: int = 0
    rewinds: int = 0


START = Cursor()


@dataclass(frozen=True)
class PointPage:
    """Points in the order they were added, and where to go on."""

    points: tuple[Point, ...]
    cursor: Cursor
    more: bool  # a full page: ask again at once
    restarted: (
        bool  # drop the points you hold: the run went back to a snapshot, or these are an overview from its start
    )


@dataclass(frozen=True)
class SnapshotInfo:
    """A snapshot without its weights."""

    contender: str
    step: int
    created: datetime
    size: int  # bytes
    meta: Mapping[str, Json]


@dataclass(frozen=True)
class Snapshot:
    """Weights of one contender, as safetensors bytes."""

    contender: str
    step: int
    weights: bytes = field(repr=False)
    meta: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """What a learner asked of a run."""

    id: int
    kind: CommandKind
    value: float | None
    created: datetime
    taken: bool
    acknowledged: datetime | None
    note: str
