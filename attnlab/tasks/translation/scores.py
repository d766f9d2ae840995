"""How close translations are to their references, by the measures that papers report."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TranslationScores:
    """Over a whole test: exact in [0, 1], the others from 0 to 100."""

    exact: float  # share of translations equal to their reference, letter by letter
    bleu: float  # Papineni et al. 2002, https://aclanthology.org/P02-1040/
    chrf: float  # Popović 2015, https://aclanthology.org/W15-3049/
    bleu_signature: (
        str  # how it was computed, so that it can be compared (Post 2018, https://aclanthology.org/W18-6319/)
    )
    chrf_signature: str


def corpus_scores(hypotheses: Sequence[str], references: Sequence[str]) -> TranslationScores | None:
    """Exact match, corpus BLEU and chrF2 by sacrebleu's own settings; None without a sentence.

    Args:
        hypotheses: what a model wrote, as readable sentences.
        references: one for each.

    Raises:
        ValueError: another number of references.
    """
    if len(hypotheses) != len(references):
        raise ValueError(f"references ({len(references)}) must be as many as the hypotheses ({len(hypotheses)})")
    if not hypotheses:
        return None
    from sacrebleu.metrics.bleu import BLEU  # a tenth of a second that no start of the app should wait for
    from sacrebleu.metrics.chrf import CHRF

    bleu, chrf = BLEU(), CHRF()
    exact = sum(map(str.__eq__, hypotheses, references)) / len(references)
    return TranslationScores(
        exact=exact,
        bleu=min(100.0, bleu.corpus_score(hypotheses, [references]).score),  # which may be 100 and a rounding error
        chrf=chrf.corpus_score(hypotheses, [references]).score,
        bleu_signature=str(bleu.get_signature()),
        chrf_signature=str(chrf.get_signature()),
    )
