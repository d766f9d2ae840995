"""Experiments that train: small races, as the training page has them; thoroughly over several seeds.

A quick one has one seed and few contenders. Few steps it has only where a race is decided early: a Transformer that has
begun to look things up with one seed may still be guessing with another.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace

from attnlab.claims.measured import Measured, Size, averaged, figures_of
from attnlab.models import AnyModel
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.evaluate import EXAMPLES, PLAIN, disturbed_scores, evaluate
from attnlab.training.shown.races import RACES

TINY_STEPS = 2
SEEDS = 3
"""Races of a thorough experiment, of which the mean counts."""
MOST_AT_ONCE = 50
"""Steps between two looks at whether a contender has diverged."""


def over_seeds(race: Callable[[int, Size], Measured]) -> Callable[[int, Size], Measured]:
    """The experiment that is one race if it shall be quick, and the mean of `SEEDS` if it shall be thorough."""

    @functools.wraps(race)
    def run(seed: int, size: Size) -> Measured:
        return averaged([race(seed + more, size) for more in range(SEEDS)]) if size == "full" else race(seed, size)

    return run


@over_seeds
def scaling(seed: int, size: Size) -> Measured:
    """Recall learned with scores divided by sqrt(d_k) and not. Source: Vaswani et al. 2017, section 3.2.1."""
    plan = _sized(RACES["scaling"], seed, size, quick=400)
    scores = {("scaled" if key.endswith("on") else "unscaled"): _score(plan, key) for key in plan.contenders}
    return _bars("accuracy", scores, plan)


@over_seeds
def heads(seed: int, size: Size) -> Measured:
    """Recall by the number of heads at equal parameters. Source: Vaswani et al. 2017, table 3 (A)."""
    race = RACES["heads"]
    ends = (race.contenders[0], race.contenders[-1])
    plan = _sized(race if size == "full" else replace(race, contenders=ends), seed, size, quick=400)
    counts = {key: float(key.rpartition("-")[2]) for key in plan.contenders}
    scores = {counts[key]: _score(plan, key) for key in plan.contenders}
    numbers = {
        "few_share": scores[1.0],
        "many": max(scores),
        "many_share": scores[max(scores)],
        "gained_share": scores[max(scores)] - scores[1.0],
        "steps": float(plan.steps),
    }
    return Measured(figures_of({"accuracy": scores}), numbers)


@over_seeds
def widths(seed: int, size: Size) -> Measured:
    """Reversing a list by the width of the model. Source: Kaplan et al. 2020, https://arxiv.org/abs/2001.08361."""
    words = (8, 16, 32, 64)
    plan = _sized(
        replace(RACES["reverse"], contenders=tuple(f"transformer.d_model-{width}" for width in words)),
        seed,
        size,
        quick=300,
    )
    scores = {float(width): _score(plan, key) for width, key in zip(words, plan.contenders, strict=True)}
    numbers = {
        "narrow_share": scores[8.0],
        "middle_share": scores[32.0],
        "wide_share": scores[64.0],
        "first_gain_share": scores[32.0] - scores[8.0],
        "last_gain_share": scores[64.0] - scores[32.0],
        "steps": float(plan.steps),
    }
    return Measured(figures_of({"accuracy": scores}), numbers)


@over_seeds
def positions(seed: int, size: Size) -> Measured:
    """Reversing a list, which asks for places, by the kind of positions."""
    plan = _sized(RACES["positions"], seed, size, quick=200)
    names = {key: key.rpartition("-")[2] for key in plan.contenders}
    return _bars("accuracy", {names[key]: _score(plan, key) for key in plan.contenders}, plan)


@over_seeds
def distance(seed: int, size: Size) -> Measured:
    """Attention beside recurrence on a task of looking up, and on one of keeping a state."""
    recall = _sized(RACES["recall"], seed, size, quick=400)
    parity = _sized(RACES["parity"], seed, size, quick=400)
    scores = {
        "transformer": {"recall": _score(recall, "transformer"), "parity": _longer(parity, "transformer", 80)},
        "lstm": {"recall": _score(recall, "lstm"), "parity": _longer(parity, "rnn", 80)},
    }
    numbers = {f"{family}_{task}_share": score for family, by_task in scores.items() for task, score in by_task.items()}
    for task in ("recall", "parity"):
        numbers[f"ahead_{task}"] = scores["transformer"][task] - scores["lstm"][task]
    return Measured(figures_of(scores), numbers)


@over_seeds
def lengths(seed: int, size: Size) -> Measured:
    """Parity learned at one length and asked at longer ones. Source: Deletang et al. 2023, table 1."""
    plan = _sized(RACES["parity"], seed, size, quick=400)
    trained, asked = plan.task.info.seq_len, (40, 80)
    scores: dict[str, dict[float, float]] = {}
    for key in ("rnn", "transformer"):
        model = _trained(plan, key)
        scores[key] = {float(at): _metric(model, plan, None if at == trained else at) for at in (trained, *asked)}
    numbers = {"trained": float(trained), "asked": float(asked[-1])}
    for key, by_length in scores.items():
        numbers[f"{key}_trained_share"] = by_length[float(trained)]
        numbers[f"{key}_longer_share"] = by_length[float(asked[-1])]
    return Measured(figures_of(scores), numbers)


@over_seeds
def feed_forward(seed: int, size: Size) -> Measured:
    """Two tasks with a feed-forward part and without, at equal parameters. Source: Geva et al. 2021."""
    keys = {"with_part": "transformer.ff-on", "without_part": "transformer.ff-off"}
    races = {"recall": (RACES["recall"], 400), "parity": (RACES["parity"], 400)}
    scores: dict[str, dict[str, float]] = {name: {} for name in keys}
    for task, (race, quick) in races.items():
        plan = _sized(replace(race, contenders=tuple(keys.values()), ff_multiple=4), seed, size, quick=quick)
        for name, key in keys.items():
            scores[name][task] = _score(plan, key)
    numbers = {f"{name}_{task}_share": score for name, by_task in scores.items() for task, score in by_task.items()}
    for task in races:
        numbers[f"{task}_gain"] = scores["with_part"][task] - scores["without_part"][task]
    return Measured(figures_of(scores), numbers)


@over_seeds
def linear(seed: int, size: Size) -> Measured:
    """Recall by full and by linear attention. Source: Arora et al. 2023, https://arxiv.org/abs/2312.04927."""
    plan = _sized(replace(RACES["recall"], contenders=("transformer", "linear_attention")), seed, size, quick=400)
    scores = {key: _score(plan, key) for key in plan.contenders}
    measured = _bars("accuracy", scores, plan)
    ahead = {"ahead_share": scores["transformer"] - scores["linear_attention"]}
    return Measured(measured.figures, {**measured.numbers, **ahead})


@over_seeds
def patches(seed: int, size: Size) -> Measured:
    """Digits as they are and with shuffled patches. Source: Dosovitskiy et al. 2021, appendix D.4."""
    names = {"blind": "transformer.positions-none", "placed": "transformer", "cnn2d": "cnn2d"}
    plan = _sized(replace(RACES["digits"], contenders=tuple(names.values())), seed, size, quick=150)
    found = {name: disturbed_scores(_trained(plan, key), plan.task) for name, key in names.items()}
    numbers = {"steps": float(plan.steps)}
    for name, scores in found.items():
        numbers[f"{name}_share"], numbers[f"{name}_shuffled_share"] = scores[PLAIN], scores["shuffled"]
        numbers[f"{name}_lost"] = scores[PLAIN] - scores["shuffled"]
    by_test = {test: {name: scores[test] for name, scores in found.items()} for test in (PLAIN, "shuffled")}
    return Measured(figures_of(by_test), numbers)


def _bars(series: str, scores: Mapping[str, float], plan: RacePlan) -> Measured:
    numbers = {f"{name}_share": score for name, score in scores.items()}
    return Measured(figures_of({series: scores}), {**numbers, "steps": float(plan.steps)})


def _sized(plan: RacePlan, seed: int, size: Size, *, quick: int) -> RacePlan:
    """The race with as many steps as there is time for."""
    steps = {"tiny": TINY_STEPS, "quick": quick, "full": plan.steps}[size]
    return replace(plan, steps=min(steps, plan.steps), seed=seed, warmup=min(plan.warmup, steps // 2))


def _trained(plan: RacePlan, key: str) -> AnyModel:
    """One contender at the end of its race; one that diverges is as it was before that."""
    learner = Learner(plan, key)
    while not learner.finished:
        learner.advance(min(MOST_AT_ONCE, plan.steps - learner.step))
    return learner.model


def _score(plan: RacePlan, key: str) -> float:
    return _metric(_trained(plan, key), plan, None)


def _longer(plan: RacePlan, key: str, seq_len: int) -> float:
    return _metric(_trained(plan, key), plan, seq_len)


def _metric(model: AnyModel, plan: RacePlan, seq_len: int | None) -> float:
    """The task's own score on held-out examples, 0 to 1."""
    return evaluate(model, plan.task, examples=EXAMPLES, seq_len=seq_len).metric or 0.0
