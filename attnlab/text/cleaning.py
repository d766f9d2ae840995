"""What a typed sentence loses before it is tokenized: only what nobody can see.

Nothing here knows about tokens. Every pattern is a Unicode property, not a hand-kept list of code points.
"""

from __future__ import annotations

import unicodedata

import regex  # type: ignore[import-untyped, unused-ignore]

LONGEST_PILE = 30
"""Combining marks kept on one base. No language needs more (UAX #15, "Stream-Safe Text Format")."""

EXTENDERS = r"[\p{M}\p{Grapheme_Cluster_Break=Extend}\u200d]"
"""What hangs on the character before it: marks, joiners, variation selectors, skin tones. `regex.V1` only."""

# Grapheme_Cluster_Break=Control holds NUL, ESC, bidi controls, U+200B and the BOM, but neither joiner. The
# fillers of Hangul are letters without ink. White space is spared here: it separates words.
_HIDDEN = regex.compile(
    r"[[\p{Grapheme_Cluster_Break=Control}\p{Cs}[\p{Default_Ignorable_Code_Point}&&\p{L}]]--\s]", regex.V1
)
# A joiner or variation selector that follows no character would become a token without ink.
_ORPHANS = regex.compile(rf"(?<!\S)[\p{{Default_Ignorable_Code_Point}}&&{EXTENDERS}]+", regex.V1)
_PILE_REST = regex.compile(rf"(?<={EXTENDERS}{{{LONGEST_PILE}}}){EXTENDERS}+", regex.V1)


def cleaned(text: str) -> tuple[str, int]:
    """The text as a reader sees it, and how many characters were removed from it.

    Removed and counted: control characters, lone surrogates, bidi controls, zero-width spaces, BOMs, joiners
    that join nothing, and marks beyond `LONGEST_PILE` on one base. Joiners inside a cluster stay: they make
    the family emoji.

    Changed but not counted: a run of white space (newlines, tabs, no-break spaces) becomes one space and the
    ends are bare, so a space typed at the end of the sentence adds no token. NFC makes "é" typed as one
    character or as "e" + accent the same token; it leaves case, sharp s, the fi ligature and the Turkish
    letters alone.
    """
    inked = _PILE_REST.sub("", _ORPHANS.sub("", _HIDDEN.sub("", text)))
    # Composed after removing: a zero-width space between "e" and its accent must not make a second spelling.
    composed = unicodedata.normalize("NFC", " ".join(inked.split()))
    # Trimmed again, since NFC spells a few marks as two. The first time keeps NFC fast, which sorts a pile of
    # marks in quadratic time.
    trimmed = _PILE_REST.sub("", composed)
    return trimmed, len(text) - len(inked) + len(composed) - len(trimmed)
