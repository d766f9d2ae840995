"""A contender as bytes: safetensors, with what is no tensor as JSON in its header. Nothing in it can run.

Names of tensors: "weights/" and a parameter's; where training is to go on from here also "exp_avg/" and "exp_avg_sq/"
and a parameter's, the optimizer's moments, and "random/batches" and "random/noise", the states of the generators.
"""

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from safetensors.torch import save
from torch import Tensor

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_number
from attnlab.models import AnyConfig, AnyModel, SequenceModel, build_model, config_from_json
from attnlab.training.packed import ENTRY, UNREADABLE, checked_tensors, foreign, stored_about, stored_tensors
from attnlab.training.plans.plan import MAX_STEPS
from attnlab.training.racing.loop import Learner
from attnlab.training.tuning.rates import MAX_LR

VERSION = 1  # of the layout above
MOMENTS = ("exp_avg", "exp_avg_sq")
SNAPSHOT = "snapshot"

M = TypeVar("M", bound=AnyModel)


def snapshot_steps(total: int, count: int = 60) -> tuple[int, ...]:
    """At most `count` steps from 0 to `total`, both among them, evenly spaced on a logarithmic scale.

    Most happens early. Where the scale asks for less than a step, every step is taken.
    """
    return tuple(sorted({round(math.expm1(math.log1p(total) * at / (count - 1))) for at in range(count)}))


def pack(learner: Learner, *, resumable: bool = True) -> bytes:
    """The contender as it is now.

    Args:
        learner: between two chunks.
        resumable: with moments and generators, three times as large; without, there are only weights to look at.
    """
    named = dict(learner.model.named_parameters())
    tensors = {f"weights/{name}": weight for name, weight in learner.model.state_dict().items()}
    if resumable:
        for kind in MOMENTS:
            tensors |= {f"{kind}/{name}": part for name, part in zip(named, learner.moments[kind], strict=True)}
        tensors |= {"random/batches": learner.batches.get_state(), "random/noise": learner.noise}
    about = {
        "version": VERSION,
        "config": learner.model.config.to_json(),
        "step": learner.step,
        "peak": learner.peak,
        "seconds": learner.seconds,
        "diverged": learner.diverged,
        "resumable": resumable,
    }
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return save(whole, {ENTRY: json.dumps(about, allow_nan=False)})


def unpack_model(data: bytes) -> SequenceModel:
    """The model of a snapshot of a sequence task. Raises what `unpack_as` does."""
    return unpack_as(data, SequenceModel)


def unpack_as(data: bytes, kind: type[M]) -> M:
    """The model of a snapshot, in eval mode, on the CPU; its moments, if any, are not read.

    Raises:
        SpecError: not a snapshot, of a newer version, of another kind of model, or with a tensor missing, added, of
            another shape or type, or not finite.
    """
    about, tensors = _read(data)
    model = build_model(about.config, device="meta")  # no numbers: a forged config costs nothing
    if not isinstance(model, kind):
        message = f"snapshot (of a {type(model).__name__}) must be of a {kind.__name__}"
        raise SpecError("snapshot", "kind", message, got=type(model).__name__, wanted=kind.__name__)
    model.load_state_dict(_checked(tensors, "weights", model.state_dict()), assign=True)
    return model.eval()


def restore(learner: Learner, data: bytes) -> None:
    """Put a learner where a snapshot was taken. What it trains from here equals, bit for bit, what it would have then.

    In a race of seconds it does not, nor would it twice: there the learning rate follows the clock.

    Raises:
        SpecError: as `unpack_model`; or a snapshot of another model, or one without what training needs. The learner
            is then as it was.
    """
    about, tensors = _read(data)
    if about.config != learner.model.config:
        got, must = about.config.to_json(), learner.model.config.to_json()
        message = f"snapshot (of the model {got}) must be of the same model: {must}"
        raise SpecError("snapshot", "differs", message, got=got, wanted=must)
    if not about.resumable:
        raise SpecError(
            "snapshot", "missing", "snapshot (weights only) must hold what training needs: optimizer and generators"
        )
    here = dict(learner.model.named_parameters())
    found = {kind: _checked(tensors, kind, here) for kind in MOMENTS}
    weights = _checked(tensors, "weights", learner.model.state_dict())
    random = _checked(tensors, "random", {"batches": learner.batches.get_state(), "noise": learner.noise})
    try:
        learner.batches.set_state(random["batches"])
    except RuntimeError as error:
        raise SpecError("snapshot", "damaged", "snapshot (random/batches) must be the state of a generator") from error
    learner.set_lr(about.peak)
    learner.noise = random["noise"]
    learner.step, learner.seconds, learner.diverged = about.step, about.seconds, about.diverged
    with torch.no_grad():
        for at, (name, weight) in enumerate(here.items()):
            weight.copy_(weights[name])
            for kind in MOMENTS:
                learner.moments[kind][at].copy_(found[kind][name])
            learner.moments["step"][at].fill_(about.step)


@dataclass(frozen=True)
class _About:
    """What a snapshot says of itself."""

    config: AnyConfig
    step: int
    peak: float
    seconds: float
    diverged: bool
    resumable: bool

    @classmethod
    def checked(cls, about: Mapping[str, Any]) -> "_About":
        """From JSON, which anybody may have written."""
        if about["version"] != VERSION:
            message = f"version ({about['version']!r:.60}) must be {VERSION}, the layout this program reads"
            raise SpecError("version", "version", message, got=about["version"], newest=VERSION)
        for name, highest in (("step", MAX_STEPS), ("peak", MAX_LR), ("seconds", sys.float_info.max)):
            check_number(name, about[name], 0 if name == "step" else 0.0, highest)
        for name in ("diverged", "resumable"):
            if not isinstance(about[name], bool):
                raise SpecError(name, "flag", f"{name} ({about[name]!r:.60}) must be true or false", got=about[name])
        config = config_from_json(about["config"])
        return cls(config, *(about[name] for name in ("step", "peak", "seconds", "diverged", "resumable")))


def _read(data: bytes) -> tuple[_About, dict[str, Tensor]]:
    """What the header says, and every tensor, in memory of its own."""
    try:
        return _About.checked(stored_about(data, SNAPSHOT)), stored_tensors(data)
    except SpecError:
        raise
    except UNREADABLE as error:
        raise foreign(data, SNAPSHOT) from error


def _checked(tensors: Mapping[str, Tensor], kind: str, wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return checked_tensors(tensors, kind, wanted, SNAPSHOT)
