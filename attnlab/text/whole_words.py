"""What people read as one word though marks stand inside it: addresses, dates, times, U.S.A., 'cause.

Patterns for `regex.V1 | regex.VERBOSE`. Han signs, which stand between words without a space, matter to none of them.
"""

import re

from attnlab.text.cleaning import EXTENDERS

MAYBE_WHOLE = re.compile(r"\d[:/-]\d|\w\.\w|://|@|(?<!\w)['\u2019][a-z]", re.IGNORECASE)
"""What each of them holds: a text without it needs not be asked for the rest."""

_ADDRESS = r"""
    (?: (?i:https?) :// | (?i:www) \. ) [[!-~]--["<>\\^`{|}]]* [A-Za-z0-9/_=&%~-]
    | [A-Za-z0-9] [A-Za-z0-9._%+-]* @ (?: [A-Za-z0-9-]+ \. )+ [A-Za-z]{2,} (?! [\p{Latin}\p{Nd}] )
"""
_DATE_OR_TIME = r"""
    \p{Nd}{4} (?P<long> [/-] ) \p{Nd}{1,2} (?P=long) \p{Nd}{1,2}
    | \p{Nd}{1,2} (?P<short> [/-] ) \p{Nd}{1,2} (?P=short) (?: \p{Nd}{4} | \p{Nd}{2} )
    | \p{Nd}{1,2} : \p{Nd}{2} (?: : \p{Nd}{2} )?
"""
_LETTER = r"[\p{Latin}\p{Greek}\p{Cyrillic}]"
_ABBREVIATION = rf"(?<! \. ) (?: {_LETTER} \. ){{2,9}}+ (?: {_LETTER} (?! \. | {_LETTER} ) | (?! {_LETTER} ) )"
_ENDS = r"[\p{Latin}\p{Nd}'\u2019]"
_CLIPPED = rf"(?<! {_ENDS} ) ['\u2019] (?i: cause | tis | twas | em | til | bout ) (?! {_ENDS} )"


def whole_words(longest: int) -> str:
    """A pattern for any of them.

    Args:
        longest: characters between two spaces in which an address may stand. Cut in two it would be other words.
    """
    short = rf"(?= [!-~]{{1,{longest}}} (?! [!-~] ) )"
    of_all = rf"{short} (?: {_ADDRESS} ) | (?: {_DATE_OR_TIME} ) (?! \p{{Nd}} ) | {_ABBREVIATION} | {_CLIPPED}"
    return rf"(?: {of_all} ) (?! {EXTENDERS} )"
