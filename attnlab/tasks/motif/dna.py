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

    Small letters are read as capitals, U (of RNA) as T; white space, digits (as GenBank numbers its lines) and a first
    line that begins with ">" (FASTA) are left out.

    Raises:
        SizeError: a letter beyond A, C, G, T and U; of an ambiguity code with what it stands for.
    """
    first, _, rest = text.strip().partition("\n")
    letters = "".join(sign for sign in (rest if first.startswith(">") else text).upper() if not sign.isspace())
    letters = letters.translate({ord(digit): None for digit in "0123456789"}).replace("U", "T")
    for number, letter in enumerate(letters, start=1):
        if letter in AMBIGUOUS:
            found = f"sequence ({letter} at letter {number}, IUPAC's code for one of {AMBIGUOUS[letter]})"
            raise SizeError("sequence", f"{found} must have the letters {', '.join(LETTERS)} alone")
        if letter not in LETTERS:
            found = f"sequence ({reprlib.repr(letter)} at letter {number})"
            raise SizeError(
                "sequence", f"{found} must be DNA: the letters {', '.join(LETTERS)}, or U in the place of T"
            )
    return letters
