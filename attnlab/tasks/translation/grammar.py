"""From what a sentence says to its English, its French, and the links between them.

Both sides are written from one description, so the gold links are known by construction and every English sentence has
one French translation. The choices that French leaves open are made once and for all:

    tenses      the past is the passé composé; sit is être assis, a posture, in the present and the past alike
    gender      i, we and they are masculine; it, and they in a second clause, have the gender of the first subject
    negation    a direct object with "a" takes "de": he does not eat an egg, il ne mange pas d'œuf
    adjectives  at most one before the noun and one after it: the small black cat, le petit chat noir
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from attnlab.tasks.translation.alignment import Pair
from attnlab.tasks.translation.lexicon import (
    ADJECTIVES,
    AVOIR,
    CONJUNCTIONS,
    CONTRACTED,
    DETERMINERS,
    ELIDED,
    ETRE,
    NAMES,
    NOUNS,
    PREPOSITIONS,
    VERBS,
    VOWELS,
    Tense,
    Verb,
)

SINGULAR, PLURAL = 0, 1
JE, IL, NOUS, ILS = range(4)


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A noun with its determiner and adjectives, in English order."""

    determiner: str
    noun: str  # its English singular
    plural: bool = False
    adjectives: tuple[str, ...] = ()


Subject = NounPhrase | str
"""A noun phrase, or a name or pronoun as in English."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Who does what to whom, and where."""

    subject: Subject
    verb: str  # its English base
    tense: Tense = "present"
    negated: bool = False
    object: Subject | None = None
    places: tuple[tuple[str, Subject], ...] = ()  # preposition and noun; "to" for whom something is given


@dataclass(frozen=True, slots=True)
class Sentence:
    """One clause, or two with a conjunction between them."""

    first: Clause
    conjunction: str | None = None
    second: Clause | None = None


class Word(NamedTuple):
    """A French word and the English positions that it comes from."""

    text: str
    sure: tuple[int, ...]
    possible: tuple[int, ...] = ()


class _Head(NamedTuple):
    """What a verb agrees with, and where it stands in English; behind a pronoun, what it refers to."""

    person: int
    feminine: bool
    at: tuple[int, ...]


class _Verbal(NamedTuple):
    """English positions of a verb and its helpers."""

    verb: int
    helpers: tuple[int, ...]  # do, does, did, will
    negation: tuple[int, ...]  # one, or none


def pair_of(sentence: Sentence) -> Pair:
    """The English sentence, its French translation and the gold links."""
    english, french = written(sentence)
    sure = frozenset((at, source) for at, word in enumerate(french) for source in word.sure)
    possible = frozenset((at, source) for at, word in enumerate(french) for source in word.possible)
    return Pair(tuple(english), tuple(word.text for word in french), sure, sure | possible)


def written(sentence: Sentence) -> tuple[list[str], list[Word]]:
    """English words, and French words with the English positions they come from."""
    english: list[str] = []
    french: list[Word] = []
    head = _write_clause(sentence.first, english, french, None)
    if sentence.conjunction and sentence.second:
        here = (len(english),)
        french += [Word(text, here) for text in CONJUNCTIONS[sentence.conjunction]]
        english.append(sentence.conjunction)
        _write_clause(sentence.second, english, french, head)
    french.append(Word(".", (len(english),)))
    english.append(".")
    return english, _contracted(_elided(french))


def num_words(sentence: Sentence) -> int:
    """English words, counted without writing them."""
    second = 0 if sentence.second is None else 1 + _num_words(sentence.second)
    return _num_words(sentence.first) + second + 1


def _num_words(clause: Clause) -> int:
    helpers = 2 if clause.negated else int(clause.tense == "future")
    phrases = [clause.subject, *(place for _, place in clause.places)]
    if clause.object is not None:
        phrases.append(clause.object)
    nouns = sum(1 if isinstance(phrase, str) else 2 + len(phrase.adjectives) for phrase in phrases)
    return nouns + len(clause.places) + helpers + 1


def _write_clause(clause: Clause, english: list[str], french: list[Word], antecedent: _Head | None) -> _Head:
    """Append one clause to both sides; its subject."""
    head = _write_subject(clause.subject, english, french, antecedent)
    negation = _write_verb(clause, VERBS[clause.verb], head, english, french)
    if clause.object is not None:
        _write_noun(clause.object, english, french, negation)
    for preposition, place in clause.places:
        french += [Word(text, (len(english),)) for text in PREPOSITIONS[preposition]]
        english.append(preposition)
        _write_noun(place, english, french)
    return head


def _write_subject(subject: Subject, english: list[str], french: list[Word], antecedent: _Head | None) -> _Head:
    if isinstance(subject, NounPhrase) or subject in NAMES:
        return _write_noun(subject, english, french)
    here = len(english)
    english.append(subject)
    person = {"i": JE, "we": NOUS, "they": ILS}.get(subject, IL)
    meant = antecedent if subject in ("it", "they") and antecedent and antecedent.person == person else None
    feminine = meant.feminine if meant else subject == "she"
    text = ("je", "elle" if feminine else "il", "nous", "elles" if feminine else "ils")[person]
    referred = meant.at if meant else ()
    french.append(Word(text, (here,), referred))
    return _Head(person, feminine, (here, *referred))


def _write_noun(phrase: Subject, english: list[str], french: list[Word], negation: tuple[int, ...] = ()) -> _Head:
    """Append a name or a noun phrase; of the object of a negated verb, `negation` says where the "not" stands."""
    if isinstance(phrase, str):
        french.append(Word(phrase, (len(english),)))
        english.append(phrase)
        return _Head(IL, NAMES[phrase], (len(english) - 1,))
    noun, number = NOUNS[phrase.noun], PLURAL if phrase.plural else SINGULAR
    words = [*phrase.adjectives, str(noun.english[number])]
    determiner = "an" if phrase.determiner == "a" and words[0][0] in "aeiou" else phrase.determiner
    start, head = len(english), len(english) + len(words)
    inside = [Word(str(noun.french[number]), (head,))]
    for at, name in enumerate(phrase.adjectives, start=start + 1):
        adjective = ADJECTIVES[name]
        form = (adjective.feminine if noun.feminine else adjective.masculine)[number]
        if adjective.precedes and not noun.feminine and not phrase.plural and inside[0].text[0] in VOWELS:
            form = adjective.before_vowel
        inside.insert(0 if adjective.precedes else len(inside), Word(form, (at,), (head,)))
    if negation and phrase.determiner == "a":
        french.append(Word("de", (start,), (*negation, head)))
    else:
        french.append(Word(_article(phrase, noun.feminine, inside[0].text), (start,), (head,)))
    french += inside
    english += [determiner, *words]
    return _Head(ILS if phrase.plural else IL, noun.feminine, (head,))


def _article(phrase: NounPhrase, feminine: bool, following: str) -> str:
    """The determiner's form; before a vowel ma becomes mon, so that no two vowels meet."""
    one, une, many = DETERMINERS[phrase.determiner]
    if phrase.plural:
        return many
    return une if feminine and not (une == "ma" and following[0] in VOWELS) else one


def _write_verb(clause: Clause, verb: Verb, head: _Head, english: list[str], french: list[Word]) -> tuple[int, ...]:
    """Append the verb, negated or not; where the "not" stands, if there is one."""
    at = _write_english_verb(clause, verb, head.person, english)
    sure, decides = (at.verb,), (*head.at, *at.helpers)
    finite, participle = _french_forms(clause.tense, verb, head)
    french += [Word("ne", at.negation, at.helpers)] * len(at.negation)
    french.append(Word(finite, sure, decides))
    french += [Word("pas", at.negation, at.helpers)] * len(at.negation)
    if participle is not None:
        french.append(Word(participle, sure, decides if verb.with_etre else at.helpers))
    return at.negation


def _write_english_verb(clause: Clause, verb: Verb, person: int, english: list[str]) -> _Verbal:
    """Append the verb with do or will where English needs them."""
    base, third, past = verb.english
    helper = {"present": "does" if person == IL else "do", "past": "did", "future": "will"}[clause.tense]
    start = len(english)
    if clause.negated:
        english += [helper, "not", base]
        return _Verbal(start + 2, (start,), (start + 1,))
    if clause.tense == "future":
        english += [helper, base]
        return _Verbal(start + 1, (start,), ())
    english.append(past if clause.tense == "past" else third if person == IL else base)
    return _Verbal(start, (), ())


def _french_forms(tense: Tense, verb: Verb, head: _Head) -> tuple[str, str | None]:
    """The verb that is conjugated, and the participle where there is one."""
    if tense == "past" or verb.posture:
        auxiliary = verb.future if tense == "future" else ETRE if verb.with_etre else AVOIR
        return auxiliary[head.person], _agreeing(verb.participle, head) if verb.with_etre else verb.participle
    return (verb.future if tense == "future" else verb.present)[head.person], None


def _agreeing(participle: str, head: _Head) -> str:
    plural = head.person in (NOUS, ILS)
    feminine = participle + "e" * head.feminine
    return feminine + "s" * (plural and not feminine.endswith("s"))


def _elided(words: list[Word]) -> list[Word]:
    """le, la, de, ne, je and que without their vowel before another: the next word decides, a possible link."""
    elided = [
        Word(ELIDED[word.text], word.sure, (*word.possible, *following.sure))
        if word.text in ELIDED and following.text[0] in VOWELS
        else word
        for word, following in pairwise(words)
    ]
    return [*elided, words[-1]]


def _contracted(words: list[Word]) -> list[Word]:
    """De and à in one word with the le or les that follows; it translates both."""
    out: list[Word] = []
    for word in words:
        before = out[-1] if out else word
        together = CONTRACTED.get((before.text, word.text))
        if together is None:
            out.append(word)
        else:
            out[-1] = Word(together, (*before.sure, *word.sure), (*before.possible, *word.possible))
    return out
