"""The claims that can be shown, and what is wrong with the files of the others: one bad file must not hide the rest."""

import functools
from dataclasses import dataclass

from attnlab.claims.files import Claim, claim, claim_names
from attnlab.claims.words import check_words
from attnlab.engine import SpecError


@dataclass(frozen=True)
class Shelf:
    """What lies in the folder of claims."""

    claims: tuple[Claim, ...]  # whose files are as they should be
    refusals: tuple[str, ...]  # a sentence for each of the others


@functools.cache
def shelf() -> Shelf:
    """All claims, read once."""
    sound, refusals = [], []
    for name in claim_names():
        try:
            sound.append(checked_claim(name))
        except SpecError as error:
            refusals.append(str(error))
    return Shelf(tuple(sound), tuple(refusals))


def checked_claim(name: str) -> Claim:
    """A claim whose file and words are as they should be.

    Raises:
        SpecError: there is none of that name, or one of its two files is not as it should be.
    """
    found = claim(name)
    check_words(found)
    return found
