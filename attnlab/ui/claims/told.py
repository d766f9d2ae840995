"""What an experiment says: verdict, chart, figures, the paper, and where to look at it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from attnlab.charts.claims import FIGURES_DATASET, measured_bars, measured_lines
from attnlab.claims import Outcome, VerdictName, claim_words, name_in, verdict_sentence
from attnlab.claims.files import Claim
from attnlab.claims.kept import KeptOutcome
from attnlab.claims.words import shown
from attnlab.ui.kit.messages import plain


def tell_outcome(claim: Claim, kept: KeptOutcome, guess: VerdictName, words: Mapping[str, Any]) -> None:
    """All of it, beside what was predicted.

    Args:
        claim: the claim.
        kept: what was measured, and by what.
        guess: what the reader predicted.
        words: the prose of the page.
    """
    own, page, found = claim_words(claim.name), words["page"], kept.outcome
    called = words["verdicts"]
    right = guess == found.verdict
    blanks = {"verdict": called[found.verdict], "guess": called[guess], "sentence": verdict_sentence(found)}
    (st.success if right else st.warning)(page["right" if right else "wrong"].format(**blanks))
    if "right" in own:
        st.markdown(page["right_formula"])
        st.latex(own["right"])
    _chart(claim, found, own)
    _figures(kept, own, page)
    st.markdown(page["paper"].format(paper=own["paper"]))
    for address in claim.sources:
        st.markdown(page["source"].format(name=address.removeprefix("https://"), address=address))
    if claim.links:
        with st.container(horizontal=True, gap="small"):
            for name, link in claim.links.items():
                # No st.page_link: on the way Streamlit drops parameters that both pages bind.
                st.link_button(own["links"][name], link, icon=":material/open_in_new:", type="tertiary")


def _chart(claim: Claim, found: Outcome, own: Mapping[str, Any]) -> None:
    look, titles = claim.chart, own["chart"]
    figures = found.measured.figures
    series = tuple(name_in(own, one) for one in found.measured.series)
    rows: list[dict[str, Any]] = [
        {"series": name_in(own, figure.series), "at": figure.at, "value": figure.value} for figure in figures
    ]
    if look.kind == "lines":
        whole = all(float(figure.at).is_integer() for figure in figures)
        logs = {"log_at": look.log_at, "log_value": look.log_value}
        spec = measured_lines(series, titles["at"], titles["value"], **logs, share=look.share, whole_at=whole)
    else:
        rows = [{**row, "at": name_in(own, row["at"])} for row in rows]
        places = tuple(dict.fromkeys(str(row["at"]) for row in rows))
        spec = measured_bars(series, places, titles["value"], share=look.share)
    st.vega_lite_chart(spec | {"datasets": {FIGURES_DATASET: rows}}, width="stretch", key=f"chart_{claim.name}")


def _figures(kept: KeptOutcome, own: Mapping[str, Any], page: Mapping[str, Any]) -> None:
    """Every figure in words and numbers, and how it was measured."""
    titles, found = own["chart"], kept.outcome
    with st.expander(page["figures"]):
        st.table(
            [
                {
                    page["series"]: name_in(own, figure.series),
                    titles.get("at", page["at"]): name_in(own, figure.at),
                    titles["value"]: shown(figure.value),
                }
                for figure in found.measured.figures
            ]
        )
    seeds = int(found.measured.numbers.get("seeds", 1))
    sentence = page["measured" if seeds == 1 else "measured_seeds"]
    blanks = {"size": page["sizes"][found.size], "seconds": shown(found.seconds), "seed": found.seed}
    by = {"processor": plain(kept.machine["processor"]), "torch": kept.machine["torch"]}
    blanks |= {**by, "date": f"{kept.measured:%Y-%m-%d %H:%M}"}
    st.caption(sentence.format(**blanks, last=found.seed + seeds - 1))
