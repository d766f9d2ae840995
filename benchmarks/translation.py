"""What the small translation race comes to, and how long it takes: the page's promises, measured."""

from typing import Any

from attnlab.models import Seq2SeqModel
from attnlab.training.racing.loop import Learner
from attnlab.training.scoring.translating import Report, report, translate
from attnlab.training.shown.translation_plans import small_plan, translation_of
from benchmarks.engine import one_thread
from benchmarks.report import bar

SENTENCE, TRANSLATION = "The cat sat on the mat.", "Le chat est assis sur le tapis."
EXAMPLES = 2000
LONG = 11  # words: the longest sources of the small preset
ABOUT = (
    f"Each contender of the small race alone on one thread, float32, seed 0: seconds of training on the "
    f"clock, then {EXAMPLES:,} held-out sentences translated greedily, none of whose combinations of content words "
    "occurs in training. Alignment error: the head of cross-attention whose largest weights are nearest to the gold "
    f"links (AER). The sentence is '{SENTENCE}', which is never trained on."
)


def run() -> dict[str, Any]:
    """Train all three, one after the other, and ask them."""
    plan = small_plan()
    rows, found, task = [], {}, translation_of(plan)
    with one_thread():
        for family in plan.families:
            learner = Learner(plan, family)
            while not learner.finished:
                learner.advance(min(100, plan.steps - learner.step))
            if not isinstance(learner.model, Seq2SeqModel):
                raise TypeError(f"{family} must be an encoder-decoder")
            seen = report(learner.model, task, examples=EXAMPLES)
            said = translate(learner.model, task, SENTENCE).text
            found[family] = {"seconds": learner.seconds, "report": seen, "said": said}
            rows.append([family, *_row(learner.seconds, seen), said])
    return {
        "title": "Translation",
        "about": ABOUT,
        "columns": [
            "family",
            "s",
            "exact %",
            "BLEU",
            "chrF",
            "alignment error %",
            f"exact % from {LONG} words",
            "says",
        ],
        "rows": rows,
        "bars": _bars(found),
    }


def _row(seconds: float, seen: Report) -> list[float | None]:
    error = 100 * seen.heads[0].error_rate if seen.heads else None
    return [seconds, 100 * seen.scores.exact, seen.scores.bleu, seen.scores.chrf, error, 100 * exact_from(LONG, seen)]


def exact_from(length: int, seen: Report) -> float:
    """Share of exact translations among sources of at least so many words."""
    long = [share for share in seen.by_length if share.at >= length]
    return sum(share.score * share.count for share in long) / max(sum(share.count for share in long), 1)


def _bars(found: dict[Any, Any]) -> list[dict[str, Any]]:
    best, plain = found["transformer"], found["gru"]
    seen: Report = best["report"]
    lead = 100 * (exact_from(LONG, seen) - exact_from(LONG, plain["report"]))
    return [
        bar("Transformer: training", best["seconds"], 90.0, "s"),
        bar("Transformer: held-out sentences exactly right", 100 * seen.scores.exact, 99.0, "%", at_least=True),
        bar("Transformer: alignment error of its best head", 100 * seen.heads[0].error_rate, 10.0, "%"),
        bar("Transformer: the sentence exactly right", float(best["said"] == TRANSLATION), 1.0, "", at_least=True),
        bar(f"from {LONG} words on, Transformer ahead of the GRU without attention", lead, 5.0, "%", at_least=True),
    ]
