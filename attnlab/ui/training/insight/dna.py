"""What is said of a DNA sequence that cannot be read."""

from collections.abc import Mapping

from attnlab.tasks.motif.dna import AMBIGUOUS, foreign_letter, read_dna
from attnlab.tasks.motif.profile import WIDTH
from attnlab.ui.kit.messages import plain


def dna_refusal(text: str, most: int, said: Mapping[str, str]) -> str:
    """One sentence on what is wrong with a sequence: a letter that is none of DNA, or its length.

    Args:
        text: as it was typed.
        most: letters that are allowed.
        said: "ambiguous", "foreign" and "length" of the prose.
    """
    found = foreign_letter(text)
    if found is None:
        return said["length"].format(got=len(read_dna(text)), least=WIDTH, most=most)
    place, letter = found
    if letter in AMBIGUOUS:
        return said["ambiguous"].format(letter=letter, place=place, stands_for=AMBIGUOUS[letter])
    return said["foreign"].format(letter=plain(letter), place=place)
