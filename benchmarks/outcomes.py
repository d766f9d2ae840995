"""The published outcomes, one function each: train what the source trained, as far as our skeleton goes, and look.

Settings are the sources'; where a source leaves one open, or trains for longer than a machine without a GPU can, the
tuned table of this project or a round number stands in, and `setting` says so. Bars are never moved to meet a result.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from attnlab.engine.seeds import generator
from attnlab.models import FAMILIES, FamilyName, SequenceModel
from attnlab.models.analysis.attention_maps import attention_maps
from attnlab.models.config import ModelPositions
from attnlab.training.plans.plan import RacePlan
from attnlab.training.scoring.evaluate import evaluate, held_out
from benchmarks.copying import copy_bare_gru, copy_recurrent, copy_short_tcn, copy_tcn
from benchmarks.outcome import EXAMPLES, Experiment, Outcome, of_width, percent, trained

UNIGRAM = 0.5795
"""Loss of the best guess that counts states but not their order (Edelman et al. 2024)."""


def reverse() -> Iterator[Outcome]:
    """University of Amsterdam, Deep Learning Tutorial 6: one layer, one head."""
    plan = of_width(
        32,
        RacePlan(
            task_name="reverse",
            preset="published",
            contenders=("transformer",),
            steps=3900,
            batch_size=128,
            num_layers=1,
            num_heads=1,
            ff_multiple=2,
            lr={"transformer": 5e-4},
            warmup=50,
            clip=5.0,
        ),
    )
    model = trained(plan).sequence_model
    setting = "1 layer, 1 head, d 32, ff 2d, 3,900 steps"
    yield Outcome(
        "reverse, Transformer",
        setting,
        "100.00 % right",
        percent(evaluate(model, plan.task, examples=EXAMPLES).metric),
        99.9,
        True,
        "%",
    )
    mass = 100 * anti_diagonal_mass(model, held_out(plan.task, examples=20).inputs)
    yield Outcome("reverse, mass on the anti-diagonal", setting, "an anti-diagonal map", mass, 50.0, True, "%")


def sort() -> Iterator[Outcome]:
    """Karpathy, minGPT, demo.ipynb: gpt-nano sorts six digits."""
    plan = of_width(
        48,
        RacePlan(
            task_name="sort",
            preset="published",
            contenders=("transformer",),
            steps=2000,
            num_layers=3,
            num_heads=3,
            positions="learned",
            dropout=0.1,
            weight_decay=0.1,
            lr={"transformer": 5e-4},
            warmup=0,
            schedule="constant",
        ),
    )
    exact = evaluate(trained(plan).model, plan.task, examples=5000).metric
    setting = "3 layers, 3 heads, d 48, dropout .1, 2,000 steps"
    yield Outcome("sort, Transformer, 5,000 asked", setting, "5000/5000 exact", percent(exact), 99.5, True, "%")


def markov_chain() -> Iterator[Outcome]:
    """Edelman et al. 2024: two layers of attention alone find the bigrams after the unigrams; one does not."""
    for num_layers in (2, 1):
        plan = of_width(
            16,
            RacePlan(
                task_name="markov_chain",
                preset="published",
                contenders=("transformer",),
                steps=2000,
                num_layers=num_layers,
                num_heads=1,
                positions="rope",
                ff_multiple=None,
                lr={"transformer": 5e-4},
                warmup=0,
                schedule="constant",
            ),
        )
        curve: dict[int, float] = {}
        model = trained(plan, curve).model
        loss = evaluate(model, plan.task, examples=EXAMPLES).loss
        setting = f"{num_layers} layer{'s' * (num_layers - 1)} of attention alone, d 16, RoPE, 2,000 steps"
        if num_layers == 1:
            yield Outcome("Markov chain, one layer", setting, "no induction head", loss, 0.54, True, "nats")
            continue
        yield Outcome("Markov chain, two layers", setting, ".530 at 1,600", loss, 0.532, False, "nats")
        crossed = min((step for step, value in curve.items() if value < UNIGRAM), default=plan.steps + 1)
        yield Outcome(
            f"Markov chain, step that crosses {UNIGRAM}",
            setting,
            "about 400",
            crossed,
            plan.steps,
            False,
            "steps",
        )


def parity() -> Iterator[Outcome]:
    """Deletang et al. 2023: trained to length 20, asked for lengths 21 to 80."""
    plan = RacePlan(task_name="parity", contenders=("rnn", "lstm", "transformer"), steps=2000)
    recurrent: tuple[FamilyName, ...] = ("rnn", "lstm")
    for family in recurrent:
        score = longer(trained(plan, family=family).sequence_model, plan)
        yield Outcome(f"parity, {family.upper()}", "trained to 20, asked 21 to 80", "100 %", score, 99.0, True, "%")
    encodings: tuple[ModelPositions, ...] = ("sinusoidal", "rope", "alibi")
    best = max(
        longer(trained(replace(plan, positions=each), family="transformer").sequence_model, plan) for each in encodings
    )
    setting = f"best of {', '.join(encodings)}; trained to 20, asked 21 to 80"
    yield Outcome("parity, Transformer", setting, "52.0 %", best, 60.0, False, "%")


def causality() -> Iterator[Outcome]:
    """No causal mixer may look ahead, also after training: gradients of answers with respect to later inputs."""
    plan = RacePlan(task_name="parity", contenders=FAMILIES, steps=50)
    worst = max(future_gradient(trained(plan, family=family).sequence_model, plan) for family in FAMILIES)
    setting = f"{', '.join(FAMILIES)}, 50 steps of parity"
    yield Outcome("largest gradient to the future, all families", setting, "0 by construction", worst, 1e-6, False, "")


EXPERIMENTS: Mapping[str, Experiment] = MappingProxyType(
    {
        "causality": causality,
        "copy_short_tcn": copy_short_tcn,
        "reverse": reverse,
        "sort": sort,
        "markov_chain": markov_chain,
        "parity": parity,
        "copy_tcn": copy_tcn,
        "copy_recurrent": copy_recurrent,
        "copy_bare_gru": copy_bare_gru,
    }
)
"""By name, the cheapest first."""


def longer(model: SequenceModel, plan: RacePlan) -> float:
    """Percent right at the lengths 21 to 80, none of them trained."""
    return percent(evaluate(model, plan.task, examples=EXAMPLES, seq_len=80).metric)


def anti_diagonal_mass(model: SequenceModel, inputs: Tensor) -> float:
    """Mean attention weight at key T - 1 - t of query t, over examples, of the first layer's first head."""
    weights = [maps[0, 0] for row in inputs if (maps := attention_maps(model, row[None])) is not None]
    return torch.stack(weights).flip(-1).diagonal(dim1=-2, dim2=-1).mean().item()


def future_gradient(model: SequenceModel, plan: RacePlan) -> float:
    """Largest |d answer_t / d embedding_s| among all s > t."""
    model.eval()
    inputs = plan.task.sample(3, generator(0, "causality"), "test").inputs
    embedding = model.embed(inputs).detach().requires_grad_()
    answers = model.answers(embedding)
    largest = 0.0
    for position in range(inputs.shape[1] - 1):
        (gradient,) = torch.autograd.grad(answers[:, position].sum(), embedding, retain_graph=True)
        largest = max(largest, gradient[:, position + 1 :].abs().max().item())
    return largest
