"""Sentences of the translation grammar drawn at random, and which of them are held out.

What is held out are combinations of content words: who does what to what and where, clause by clause, whatever the
determiners, adjectives, number, tense or negation. A sentence is a test sentence if any of its clauses is held out, so
no combination of a training clause is ever tested.
"""

import random
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

from attnlab.tasks.split import TEST_ONE_IN
from attnlab.tasks.translation.grammar import Clause, NounPhrase, Sentence, Subject
from attnlab.tasks.translation.lexicon import ADJECTIVES, NAMES, NOUNS, PLACES, VERBS, Kind, Tense, Verb

HELD_OUT = (("cat", "sit", "mat"),)
"""Combinations that are never trained on, whatever their hash: the sentence everybody tries first."""

T = TypeVar("T")
_TENSES: tuple[Tense, ...] = ("present", "past", "future")
_KINDS: tuple[Kind, ...] = ("adult", "child", "animal", "thing")
_BEFORE = {kind: [name for name, word in ADJECTIVES.items() if word.precedes and kind in word.kinds] for kind in _KINDS}
_AFTER = {
    kind: [name for name, word in ADJECTIVES.items() if not word.precedes and kind in word.kinds] for kind in _KINDS
}


def drawn_sentence(rng: random.Random) -> Sentence:
    """One clause, or in a third of the cases two."""
    first = _clause(rng, _fresh_subject(rng, ("i", "he", "she", "we", "they")))
    if not _chance(rng, 1 / 3):
        return Sentence(first)
    pronoun = _back_reference(first)
    subject = pronoun if pronoun and _chance(rng, 1 / 2) else _fresh_subject(rng, ("i", "he", "she", "we"))
    return Sentence(first, _one_of(rng, ("and", "but", "because")), _clause(rng, subject))


def is_held_out(sentence: Sentence) -> bool:
    """Whether it is a test sentence."""
    clauses = (sentence.first, sentence.second)
    return any(_is_held_out(combination(clause)) for clause in clauses if clause is not None)


def combination(clause: Clause) -> tuple[str, ...]:
    """Subject, verb, object and places, by their English base forms."""
    phrases = (clause.object, *(place for _, place in clause.places))
    return (_named(clause.subject), clause.verb, *(_named(phrase) for phrase in phrases if phrase is not None))


def _named(phrase: Subject) -> str:
    return phrase.noun if isinstance(phrase, NounPhrase) else phrase


@lru_cache(maxsize=2**16)
def _is_held_out(words: tuple[str, ...]) -> bool:
    digest = blake2b("\0".join(words).encode(), digest_size=8).digest()
    return words in HELD_OUT or int.from_bytes(digest, "big") % TEST_ONE_IN == 0


def _back_reference(first: Clause) -> str | None:
    """The pronoun of a second clause that can only mean the first one's subject, if there is one.

    Where the first clause has another creature, "it" and "they" could mean either, so there is none.
    """
    others = (first.object, *(place for _, place in first.places))
    if any(other is not None and _is_creature(other) for other in others):
        return None
    subject = first.subject
    if isinstance(subject, NounPhrase):
        return "they" if subject.plural else "it" if NOUNS[subject.noun].kind == "animal" else None
    return "they" if subject == "they" else None


def _is_creature(phrase: Subject) -> bool:
    return _kind_of(phrase) != "thing"


_CREATURES = [name for name, noun in NOUNS.items() if noun.kind != "thing"]


def _fresh_subject(rng: random.Random, pronouns: Sequence[str]) -> Subject:
    chosen = rng.random()
    if chosen < 0.66:
        return _noun_phrase(rng, _one_of(rng, _CREATURES))
    return _one_of(rng, pronouns if chosen < 0.9 else tuple(NAMES))


def _clause(rng: random.Random, subject: Subject) -> Clause:
    name = _one_of(rng, _VERBS_OF[_kind_of(subject)])
    verb = VERBS[name]
    return Clause(
        subject,
        name,
        _one_of(rng, _TENSES),
        negated=_chance(rng, 1 / 4),
        object=_thing(rng, verb.objects) if verb.objects else None,
        places=_places(rng, verb),
    )


_VERBS_OF = {kind: [name for name, verb in VERBS.items() if kind in verb.subjects] for kind in _KINDS}


def _kind_of(subject: Subject) -> Kind:
    """Of a name or pronoun: "it" is an animal here, any other may be a person."""
    return NOUNS[subject.noun].kind if isinstance(subject, NounPhrase) else "animal" if subject == "it" else "adult"


def _places(rng: random.Random, verb: Verb) -> tuple[tuple[str, Subject], ...]:
    """Nearly always one after a verb without an object, seldom one after another."""
    if verb.gives:
        return (("to", _thing(rng, _CREATURES)),)
    count = int(_chance(rng, 0.15)) if verb.objects else int(_chance(rng, 0.75)) + int(_chance(rng, 0.15))
    chosen = [(preposition, _thing(rng, PLACES[preposition])) for preposition in _several(rng, tuple(PLACES), count)]
    return tuple({_named(place): (preposition, place) for preposition, place in chosen}.values())  # no box on a box


def _thing(rng: random.Random, nouns: Sequence[str]) -> Subject:
    """A noun phrase, or now and then a name where a creature can stand."""
    noun = _one_of(rng, nouns)
    if NOUNS[noun].kind == "adult" and _chance(rng, 0.35):
        return _one_of(rng, tuple(NAMES))
    return _noun_phrase(rng, noun)


def _noun_phrase(rng: random.Random, noun: str) -> NounPhrase:
    word = NOUNS[noun]
    plural = word.english[1] is not None and _chance(rng, 0.35)
    determiner = _one_of(rng, ("the", "the", "my", "two") if plural else ("the", "the", "a", "my"))
    adjectives: tuple[str, ...] = ()
    if _chance(rng, 0.35):
        adjectives = (_one_of(rng, _BEFORE[word.kind]),)
    if _chance(rng, 0.2):
        after = _one_of(rng, _AFTER[word.kind])
        adjectives = (after, *adjectives) if after == "happy" else (*adjectives, after)
    return NounPhrase(determiner, noun, plural, adjectives)


def _chance(rng: random.Random, probability: float) -> bool:
    return rng.random() < probability


def _several(rng: random.Random, options: Sequence[T], count: int) -> list[T]:
    return list(dict.fromkeys(_one_of(rng, options) for _ in range(count)))


def _one_of(rng: random.Random, options: Sequence[T]) -> T:
    """By `random()` alone, whose numbers are the same in every Python; those of `choice` are not promised to be."""
    return options[int(rng.random() * len(options))]
