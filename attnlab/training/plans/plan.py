"""Everything a race is, in one frozen value that can be compared, stored and run again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, cast, get_args

from attnlab.engine import SpecError
from attnlab.engine.allowed import Allowed, check_number
from attnlab.engine.spec import MAX_SEED
from attnlab.models import AnyConfig, FamilyName, ModelConfig
from attnlab.models.config import ModelPositions
from attnlab.tasks import PRESETS, TASKS, Reading, Task
from attnlab.tasks.classification.read_texts import CutName
from attnlab.training.plans.checks import (
    check_data,
    check_noise,
    check_sizes,
    check_text,
    checked_mapping,
)
from attnlab.training.plans.contender import WIDTH, check_contenders, contender
from attnlab.training.plans.sizing import built_task, check_memory, contender_config
from attnlab.training.racing.schedule import ScheduleName
from attnlab.training.store import RunConfig
from attnlab.training.store.datasets import digest_of
from attnlab.training.tuning.rates import MAX_LR, Rate, best_rate

ModeName = Literal["task", "causal", "trailing_blanks"]

VERSION = 1  # of the settings; a change that an older program would misread raises it
MAX_STEPS = 100_000
CHOICES: dict[str, tuple[str, ...]] = {
    "task_name": tuple(TASKS),
    "mode": get_args(ModeName),
    "positions": get_args(ModelPositions),
    "schedule": get_args(ScheduleName),
    "cut": get_args(CutName),
}
READING = tuple(field.name for field in fields(Reading))
"""What a plan says of its table."""
BOUNDS: dict[str, tuple[float, float]] = {  # whole numbers where the bounds are
    "steps": (1, MAX_STEPS),
    "batch_size": (1, 512),
    "seed": (0, MAX_SEED),
    "budget": (500, 1_000_000),
    "num_layers": (1, 12),
    "num_heads": (1, 16),
    "kernel_size": (2, 15),
    "levels": (1, 12),
    "warmup": (0, MAX_STEPS),
    "ff_multiple": (0.1, 8.0),
    "dropout": (0.0, 0.9),
    "weight_decay": (0.0, 1.0),
    "clip": (1e-3, 1e3),
    "label_smoothing": (0.0, 0.5),
    "noise": (0.0, 2.0),
    "seconds": (0.1, 3600.0),
}
OPTIONAL = ("levels", "ff_multiple", "seconds")
FLAGS = ("header", "merge_labels")
ALLOWED = Allowed(choices=CHOICES, flags=FLAGS, bounds=BOUNDS, optional=OPTIONAL)


@dataclass(frozen=True, kw_only=True)
class RacePlan:
    """Who learns what, how long and how: the same for all contenders but for their mixers and learning rates.

    Constructing one builds its task and sizes its models, so a plan that exists can be run.

    Raises:
        SpecError: a field out of bounds; the message names the field, what was got and what is allowed.
    """

    task_name: str
    contenders: tuple[str, ...]  # their keys, as in `contender.py`: a family, and where it differs from what follows
    preset: str = "live"
    sizes: Mapping[str, int] = field(default_factory=dict)  # where they differ from the preset's
    data: bytes | None = field(default=None, repr=False)  # the user's: a text in UTF-8, or a CSV file as it came
    text_column: str = "text"  # this and the next six: how a table is read, as in `Reading`
    label_column: str = "label"
    second_text_column: str = ""
    separator: str = ","
    header: bool = True
    encoding: str = "utf-8"
    merge_labels: bool = False
    cut: CutName = "first"  # which words of a text are read that has more than the task's `max_tokens`
    steps: int = 1000  # of each contender, in a race of equal examples
    seconds: float | None = None  # of training for each contender: a race of equal seconds, whatever `steps` says
    batch_size: int = 64
    seed: int = 0  # of weights, examples and dropout
    budget: int = 25_000  # parameters of each body: embedding and head excluded
    mode: ModeName = "task"  # causal or not as the task says; or causal though it is not, with blanks to answer on
    num_layers: int = 2
    num_heads: int = 4
    positions: ModelPositions = "sinusoidal"
    ff_multiple: float | None = 4
    dropout: float = 0.0
    kernel_size: int = 3
    levels: int | None = None  # of a TCN: as many as it takes to reach the task's span if None
    lr: Mapping[str, float] = field(default_factory=dict)  # by contender: peaks in place of its own and the table's
    warmup: int = 50
    schedule: ScheduleName = "cosine"
    weight_decay: float = 0.0  # of matrices; not of biases and gains
    clip: float = 1.0  # largest norm of all gradients together
    label_smoothing: float = 0.0  # share of each target spread over all classes while training
    noise: float = 0.0  # of a classifier: noise over signal in every word's vector while training

    def __post_init__(self) -> None:
        ALLOWED.check(self)
        for name in set(READING) - set(FLAGS):
            check_text(name, getattr(self, name))
        check_contenders(self.contenders, self.task_name)
        check_sizes(self.task_name, self.preset, self.sizes)
        check_data(self.task_name, self.data)
        check_noise(self.task_name, self.noise)
        for name, lr in checked_mapping("lr", self.lr).items():
            if name not in self.contenders:
                message = f"lr ({name!r:.60}) must name one of the contenders {', '.join(self.contenders)}"
                raise SpecError("lr", "choice", message, got=name, choices=self.contenders)
            check_number("lr", lr, 0.0, MAX_LR)
        if self.mode == "trailing_blanks" and self.task.info.causal:
            message = f"mode ('trailing_blanks') must go with a task that may look ahead; {self.task_name} may not"
            raise SpecError("mode", "beside", message, got=self.mode, other="task_name", of=self.task_name)
        configs = {key: self.model_config(key) for key in self.contenders}
        for config in configs.values():
            check_memory(config, self.batch_size, self.task.info.seq_len)
        self._check_differences(configs)

    def __hash__(self) -> int:
        return hash(self.to_config().to_json())

    @property
    def task(self) -> Task:
        """The task at its sizes; the same object for plans of the same task."""
        sizes = {**PRESETS[self.task_name][self.preset], **self.sizes}
        return built_task(self.task_name, tuple(sorted(sizes.items())), self.data, self.reading, self.cut)

    @property
    def reading(self) -> Reading:
        """How the user's table is read."""
        return Reading(**{name: getattr(self, name) for name in READING})

    @property
    def families(self) -> tuple[FamilyName, ...]:
        """The family of each contender; where contenders have no settings of their own, these are their keys."""
        return tuple(contender(key).family for key in self.contenders)

    @property
    def varied(self) -> tuple[str, ...]:
        """The contenders that have settings of their own."""
        return tuple(key for key in self.contenders if contender(key).settings)

    @property
    def free_width(self) -> tuple[str, ...]:
        """The contenders whose width is their own, and who so have not the parameters of the others."""
        return tuple(key for key in self.contenders if WIDTH in contender(key).settings)

    def model_config(self, key: str) -> AnyConfig:
        """What one contender is."""
        return contender_config(self, contender(key))

    def sequence_config(self, key: str) -> ModelConfig:
        """`model_config` of a sequence task.

        Raises:
            SpecError: the task is of another kind.
        """
        config = self.model_config(key)
        if not isinstance(config, ModelConfig):
            message = f"task_name ({self.task_name!r}) must be one whose models answer at each position"
            raise SpecError("task_name", "kind", message, got=self.task_name, wanted="sequence")
        return config

    def rate(self, key: str) -> Rate:
        """The peak learning rate of one contender: the plan's, else its own, else that of its family in the table."""
        one = contender(key)
        lr = self.lr.get(key, one.lr)
        return best_rate(self.task_name, one.family) if lr is None else Rate(float(lr), tuned=False)

    @property
    def untuned(self) -> tuple[str, ...]:
        """Contenders whose rate nobody has tried on this task or chosen: who loses may lose by that alone."""
        chosen = {*self.lr, *(key for key in self.contenders if contender(key).lr is not None)}
        return tuple(key for key in self.contenders if key not in chosen and not self.rate(key).tuned)

    def to_config(self) -> RunConfig:
        """The plan as the store keeps it: strict JSON, with the digest of the user's data in the data's place."""
        settings: dict[str, Any] = {name: getattr(self, name) for name in SETTINGS}
        if not self.noise:  # as plans were kept before there was any
            del settings["noise"]
        settings |= {"sizes": dict(self.sizes), "lr": dict(self.lr), "data_digest": data_digest(self.data)}
        return RunConfig(self.task_name, self.contenders, settings, VERSION)

    @classmethod
    def from_config(cls, config: RunConfig, data: bytes | None = None) -> Self:
        """The plan that `to_config` wrote.

        Args:
            config: as it came from the store or a link.
            data: the user's data, which the store keeps elsewhere.

        Raises:
            SpecError: a newer version, an unknown setting, other data than the plan was made with, a field out of
                bounds. A setting that is missing has its default.
        """
        if config.version > VERSION:
            message = f"version ({config.version}) must be 1 to {VERSION} (written by a newer program)"
            raise SpecError("version", "version", message, got=config.version, newest=VERSION)
        settings = dict(config.settings)
        digest = settings.pop("data_digest", None)
        if digest != data_digest(data):
            message = f"data ({data_digest(data)}) must be those of the plan: {digest!r:.60}"
            raise SpecError("data", "differs", message, got=data_digest(data), wanted=digest)
        for name in sorted(settings.keys() - set(SETTINGS)):
            message = f"settings ({name!r:.60}) must have no other names than {', '.join(SETTINGS)}"
            raise SpecError("settings", "choice", message, got=name, choices=SETTINGS)
        changes = cast("dict[str, Any]", settings)
        return cls(task_name=config.task, contenders=config.contenders, data=data, **changes)

    def _check_differences(self, configs: Mapping[str, AnyConfig]) -> None:
        """Refuse two contenders that would train as one: a setting may be what the plan says for all."""
        seen: dict[tuple[AnyConfig, float], str] = {}
        for key, config in configs.items():
            what = (config, self.rate(key).lr)
            if (twin := seen.setdefault(what, key)) != key:
                message = f"contenders ({key}) must differ from {twin}: with this plan both are the same model"
                raise SpecError("contenders", "same", message, got=key, other=twin)


SETTINGS = tuple(field.name for field in fields(RacePlan) if field.name not in {"task_name", "contenders", "data"})
"""What the store keeps as settings; task and contenders have columns of their own there."""


def data_digest(data: bytes | None) -> str | None:
    """The name under which the store keeps the user's data; None of none."""
    return None if data is None else digest_of(data)
