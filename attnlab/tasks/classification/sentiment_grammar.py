"""The grammar behind the sentiment task: our own small English, in which "not" flips the verdict, or does not.

A sentence has two places for a "not". In the frame it negates what is said of the subject and flips the label:

    although we did sleep much , i would NOT say that the long recent film was really good <end>

In an aside it negates something else and changes nothing:

    although we did NOT sleep much , i would say that the long recent film was really good <end>

The two have the same words the same number of times. The aside stands before the frame (an opening) or after it (a
relative clause), so whether the "not" comes early or late tells nothing either.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from attnlab.text import PAD

END = "<end>"
NOT = "not"
PAD_ID, END_ID, NOT_ID = 0, 1, 2

POSITIVE = ("good", "great", "lovely", "superb", "charming", "delightful")
NEGATIVE = ("bad", "awful", "dreadful", "boring", "dull", "terrible")
OPINIONS = (*POSITIVE, *NEGATIVE)
NOUNS = ("film", "book", "play", "song", "meal", "hotel", "concert", "lecture")
ADJECTIVES = ("long", "short", "recent", "local", "foreign", "modern", "weekly", "second")
INTENSIFIERS = ("really", "quite", "simply", "truly")
# Each is split where its "not" would stand.
FRAMES = (
    ("i would", "say that"),
    ("we could", "claim that"),
    ("they would", "agree that"),
    ("most people would", "think that"),
    ("she could", "report that"),
)
OPENINGS = (
    ("although we did", "sleep much ,"),
    ("since it did", "rain that day ,"),
    ("while they did", "answer us ,"),
    ("because she did", "drive home ,"),
)
RELATIVES = (
    ("that we did", "expect so soon"),
    ("that they did", "advertise"),
    ("that she did", "mention to us"),
    ("that i did", "plan to see"),
)
_PHRASES = (*FRAMES, *OPENINGS, *RELATIVES)
_LONGEST = max(len(part.split()) for phrase in _PHRASES for part in phrase)
_WORDS = sorted(
    {"the", "was", *OPINIONS, *NOUNS, *ADJECTIVES, *INTENSIFIERS}
    | {word for phrase in _PHRASES for part in phrase for word in part.split()}
)
VOCABULARY: tuple[str, ...] = (PAD, END, NOT, *_WORDS)
_IDS = {word: number for number, word in enumerate(VOCABULARY)}

# Choices, in the columns of `sampled_choices`; the adjectives follow.
_ASIDE, _FRAME, _NOUN, _INTENSIFIER, _OPINION, _FIRST_ADJECTIVE = range(6)


def sampled_choices(count: int, num_adjectives: int, generator: torch.Generator) -> Tensor:
    """(count, 5 + num_adjectives): everything about a sentence but where its "not" stands."""
    sizes = (len(OPENINGS) + len(RELATIVES), len(FRAMES), len(NOUNS), len(INTENSIFIERS), len(OPINIONS))
    columns = [torch.randint(size, (count, 1), generator=generator) for size in sizes]
    adjectives = torch.rand(count, len(ADJECTIVES), generator=generator).topk(max(1, num_adjectives)).indices
    return torch.cat([*columns, adjectives[:, :num_adjectives]], dim=1)


def built_sentences(choices: Tensor, not_in_frame: Tensor, not_in_aside: Tensor) -> Tensor:
    """Token ids of the sentences that the choices describe.

    Args:
        choices: (N, 5 + num_adjectives), as `sampled_choices`.
        not_in_frame: (N,) bool, the "not" that flips.
        not_in_aside: (N,) bool, the one that does not.

    Returns:
        (N, longest_sentence(num_adjectives)), each sentence, its <end>, then padding.
    """
    aside, before = choices[:, _ASIDE], choices[:, _ASIDE] < len(OPENINGS)
    aside_parts = _clause((*OPENINGS, *RELATIVES), aside, not_in_aside)
    parts = [
        aside_parts * before[:, None],
        _clause(FRAMES, choices[:, _FRAME], not_in_frame),
        _word("the", choices),
        _table(ADJECTIVES)[choices[:, _FIRST_ADJECTIVE:], 0],
        _table(NOUNS)[choices[:, _NOUN], :1],
        aside_parts * ~before[:, None],
        _word("was", choices),
        _table(INTENSIFIERS)[choices[:, _INTENSIFIER], :1],
        _table(OPINIONS)[choices[:, _OPINION], :1],
        _word(END, choices),
    ]
    loose = torch.cat(parts, dim=1)
    order = (loose == PAD_ID).long().argsort(dim=1, stable=True)  # words first, in their order; padding last
    return loose.gather(1, order)[:, : longest_sentence(choices.shape[1] - _FIRST_ADJECTIVE)]


def is_positive(choices: Tensor, not_in_frame: Tensor) -> Tensor:
    """(N,) bool: the opinion, flipped by a "not" in the frame."""
    return (choices[:, _OPINION] < len(POSITIVE)) ^ not_in_frame


def longest_sentence(num_adjectives: int) -> int:
    """Tokens of the longest sentence, its <end> included."""
    longest_frame = max(len(" ".join(phrase).split()) for phrase in FRAMES)
    longest_aside = max(len(" ".join(phrase).split()) for phrase in (*OPENINGS, *RELATIVES))
    others = 6  # the, noun, was, intensifier, opinion, <end>
    return longest_aside + longest_frame + 1 + num_adjectives + others


def decoded(ids: Tensor) -> tuple[str, ...]:
    """The words of one sentence (T,), without its <end> and padding."""
    return tuple(VOCABULARY[number] for number in ids.tolist() if number not in (PAD_ID, END_ID))


def readable(words: Iterable[str]) -> str:
    """A sentence as one writes it: no space before a comma."""
    return " ".join(words).replace(" ,", ",")


def _clause(phrases: Sequence[tuple[str, str]], choice: Tensor, negated: Tensor) -> Tensor:
    """(N, 2 * _LONGEST + 1): the words before the "not", the "not" or padding, the words after it."""
    halves = [_table([phrase[half] for phrase in phrases])[choice] for half in (0, 1)]
    return torch.cat([halves[0], NOT_ID * negated[:, None].long(), halves[1]], dim=1)


def _table(phrases: Sequence[str]) -> Tensor:
    """(P, _LONGEST) ids, each phrase padded."""
    rows = [[_IDS[word] for word in phrase.split()] for phrase in phrases]
    return torch.tensor([row + [PAD_ID] * (_LONGEST - len(row)) for row in rows])


def _word(word: str, choices: Tensor) -> Tensor:
    return torch.full((len(choices), 1), _IDS[word])
