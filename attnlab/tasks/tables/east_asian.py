"""Which of four codes of East Asia bytes are written in, by where each of them keeps the characters in common use.

Read in the wrong one of them, a text often has no invalid byte; but its characters are then rare ones, scattered over
the whole code, while an ordinary text stays in the part that the standard has set aside for the usual ones.

Source: the levels of GB 2312-80 (1: rows B0 to D7), Big5 (1: A4 to C6), JIS X 0208 (1: 88 to 97 in Shift-JIS, kana in
82 and 83), and the Hangul of KS X 1001 (B0 to C8). The bounds below are ours, from the samples of the tests.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

_ENOUGH = 6  # characters; of fewer nothing is said
_MOSTLY = 0.85  # of the characters are usual ones in the right code; in a wrong one eight in ten, or fewer
_ALIKE = 0.03  # between two shares, as of Korean read as GBK: the code with fewer usual characters is the likelier one
_IN_RUNS = 0.5  # of the characters stand beside another: an accent of a Western text rarely does
_RUN = re.compile(r"[^\x00-\x7f]{2,}")

_SIGNS = {*range(0xA1, 0xA4)}  # punctuation and full-width letters
_USUAL: Mapping[str, tuple[str, frozenset[int], int]] = MappingProxyType(
    {
        "euc-kr": ("euc_kr", frozenset({*_SIGNS, *range(0xB0, 0xC9)}), 0xA1),
        "big5": ("big5", frozenset({*_SIGNS, *range(0xA4, 0xC7)}), 0x40),
        "shift-jis": ("cp932", frozenset({*range(0x81, 0x84), *range(0x88, 0x98)}), 0x40),
        "gbk": ("gb18030", frozenset({*_SIGNS, *range(0xB0, 0xD8)}), 0xA1),
    }
)
"""Our name of a code: its codec, and of its usual characters the first bytes and the least second byte. The code with
the fewest comes first."""


def east_asian_encoding(data: bytes) -> str | None:
    """The name of the code, or None where the bytes are probably in none of them or are too few to say."""
    shares = {name: _usual_share(data, *usual) for name, usual in _USUAL.items()}
    most = max(shares.values())
    return None if most < _MOSTLY else next(name for name, share in shares.items() if share > most - _ALIKE)


def _usual_share(data: bytes, codec: str, firsts: frozenset[int], least: int) -> float:
    """Of the characters beyond ASCII; 0 where the bytes are invalid, few, or scattered among ASCII."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return 0.0
    foreign = [character for character in text if not character.isascii()]
    if len(foreign) < _ENOUGH or sum(map(len, _RUN.findall(text))) < _IN_RUNS * len(foreign):
        return 0.0
    written = [character.encode(codec) for character in foreign]
    return sum(len(one) == 2 and one[0] in firsts and one[1] >= least for one in written) / len(written)
