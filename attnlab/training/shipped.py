"""The small trained model that comes with the app. `python -m attnlab.training.shipped` makes it anew, in seconds.

It has learned associative recall (`attnlab.tasks.synthetic.mqar`): told who has what, it answers each name with the thing. The
task's keys are names here and its values things, so that a sentence reads "Ann tea Ben milk ... Ben" and the answer due
at the last word is "milk". Layer 1 ties each thing to the name before it; layer 2 finds the thing that is tied to the
name asked for. That pair of layers is an induction head (Olsson et al. 2022, https://arxiv.org/abs/2209.11895).
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load, save

from attnlab.models import SequenceModel
from attnlab.models.vocabulary import Vocabulary
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.snapshots import pack, unpack_model

PATH = Path(__file__).resolve().parents[2] / "assets" / "models" / "recall.safetensors"
WORDS = "words"  # the entry of the file's header that holds symbols and example, as JSON

BLANK = "·"
NAMES = ("Ann", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ida", "Jon", "Kim", "Leo", "Mia", "Nora", "Omar")
THINGS: tuple[str, ...] = ("tea", "milk", "juice", "water", "coffee", "cocoa", "soup", "bread")
THINGS += ("rice", "cake", "plums", "figs", "nuts", "eggs", "cheese", "honey")
SYMBOLS = (BLANK, *NAMES, *THINGS)
EXAMPLE = "Ann tea Ben milk Cleo juice Dan water Ben · Ann · Dan · Cleo"
CELL = (9, 4)  # the second Ben, and milk


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model that can be looked into: on any sentence its vocabulary has, and on its example."""

    model: SequenceModel
    vocabulary: Vocabulary
    example: str
    cell: tuple[int, int] | None = None  # the query and the key of the example to look at first, counted from 1


def plan() -> RacePlan:
    """How it is trained."""
    return RacePlan(
        task_name="mqar",
        sizes={"vocab_size": len(SYMBOLS), "length": 24, "num_pairs": 4},
        contenders=("transformer",),
        steps=1000,
        num_heads=2,
        ff_multiple=None,  # attention alone, so that what is learned lies in the heads
    )


def trained() -> bytes:
    """The file's content, trained from scratch on one thread: about ten seconds."""
    torch.set_num_threads(1)
    learner = Learner(plan(), "transformer")
    while not learner.finished:
        learner.advance(min(100, learner.plan.steps - learner.step))
    packed = pack(learner, resumable=False)
    words = json.dumps({"symbols": SYMBOLS, "example": EXAMPLE, "cell": CELL}, ensure_ascii=False)
    return save(load(packed), {**_metadata(packed), WORDS: words})


@functools.cache
def shipped(path: Path = PATH) -> TrainedModel:
    """The model that comes with the app; shared, so look through it one at a time.

    Raises:
        SpecError: the file is damaged.
        OSError: it is not there.
    """
    model = unpack_model(path.read_bytes())
    with safe_open(path, framework="pt") as file:
        words = json.loads(file.metadata()[WORDS])
    return TrainedModel(model, Vocabulary(tuple(words["symbols"])), words["example"], tuple(words["cell"]))


def _metadata(packed: bytes) -> dict[str, str]:
    """What the header says beside the tensors: `pack` wrote it, so it is whole."""
    length = int.from_bytes(packed[:8], "little")
    metadata: dict[str, str] = json.loads(packed[8 : 8 + length])["__metadata__"]
    return metadata


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_bytes(trained())
