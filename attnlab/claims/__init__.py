"""Claims: what one reads about attention, put to the test by experiments whose numbers decide. No Streamlit.

    claim file -> experiment (seed, size) -> figures and numbers -> rules of the file -> true, false, or it depends

`files.py` reads the files, `experiments/` measures, `verdicts.py` decides, `outcomes.py` joins the three, `words.py`
says it, and `runner.py` has it done in a process beside the app (`worker.py`).
"""

from attnlab.claims.files import TOPICS, Claim, claim, claim_names
from attnlab.claims.measured import ASKED, Figure, Measured, Size
from attnlab.claims.outcomes import SEED, Outcome, outcome
from attnlab.claims.shelf import Shelf, checked_claim, shelf
from attnlab.claims.verdicts import VERDICTS, VerdictName
from attnlab.claims.words import claim_words, name_in, shown, verdict_sentence

__all__ = [
    "ASKED",
    "SEED",
    "TOPICS",
    "VERDICTS",
    "Claim",
    "Figure",
    "Measured",
    "Outcome",
    "Shelf",
    "Size",
    "VerdictName",
    "checked_claim",
    "claim",
    "claim_names",
    "claim_words",
    "name_in",
    "outcome",
    "shelf",
    "shown",
    "verdict_sentence",
]
