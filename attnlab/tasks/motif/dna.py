"""A DNA sequence that somebody types or pastes."""

import reprlib

from attnlab.tasks.checks import SizeError

LETTERS = "ACGT"
AMBIGUOUS = {
    "R": "A, G",
    "Y": "C, T",
    "S": "C, G",
    "W": "A, T",
    "K": "G, T",
    "M": "A, C",
    "B": "C, G, T",
    "D": "A, G, T",
    "H": "A, C, T",
    "V": "A, C, G",
    "N": "A, C, G, T",
}
"""Codes of IUPAC for "one of these letters" (Nomenclature Committee of the IUB 1985, doi:10.1093/nar/13.9.3021)."""


def read_dna(text: str) -> str:
    """The letters of a sequence.

    Small letters are read as capitals, U (of RNA) as T; white space, digits (as GenBank numbers its lines), a "?" at
    the end and a first line that begins with ">" (FASTA) are left out.

    Raises:
        SizeError: a letter beyond A, C, G, T and U; of an ambiguity code with what it stands for.
    """
    found = foreign_letter(text)
    if found is None:
        return _letters(text)
    place, letter = found
    allowed = f"the letters {', '.join(LETTERS)}"
    if letter in AMBIGUOUS:
        told = f"sequence ({letter} at letter {place}, IUPAC's code for one of {AMBIGUOUS[letter]})"
        message = f"{told} must have {allowed} alone"
        raise SizeError("sequence", "ambiguous", message, got=letter, at=place, choices=tuple(AMBIGUOUS[letter]))
    told = f"sequence ({reprlib.repr(letter)} at letter {place})"
    message = f"{told} must be DNA: {allowed}, or U in the place of T"
    raise SizeError("sequence", "letter", message, got=letter, at=place, choices=tuple(LETTERS))


def foreign_letter(text: str) -> tuple[int, str] | None:
    """The first letter of a sequence that is none of DNA, with its place from 1; None where all are."""
    return next(
        ((place, letter) for place, letter in enumerate(_letters(text), start=1) if letter not in LETTERS), None
    )


def _letters(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    kept = (rest if first.startswith(">") else text).strip().removesuffix("?").upper()
    return "".join(sign for sign in kept if not sign.isspace() and sign not in "0123456789").replace("U", "T")
