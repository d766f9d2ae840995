"""Sentences of the translation grammar in few words, for tests that know their French."""

from attnlab.tasks.translation.grammar import Clause, NounPhrase, Sentence, Subject
from attnlab.tasks.translation.lexicon import NOUNS, Tense

SINGULARS = {form: (name, form != name) for name, noun in NOUNS.items() for form in noun.english if form}


def phrase(text: str) -> Subject:
    """A name or pronoun, or "the small black cats"."""
    determiner, *adjectives = text.split()
    if not adjectives:
        return text
    noun, plural = SINGULARS[adjectives.pop()]
    return NounPhrase(determiner, noun, plural, tuple(adjectives))


def clause(
    subject: str, verb: str, tense: Tense = "present", what: str | None = None, *, no: bool = False, **places: str
) -> Clause:
    """`clause("the cat", "sit", "past", on="the mat")`."""
    where = tuple((name.rstrip("_"), phrase(place)) for name, place in places.items())
    return Clause(phrase(subject), verb, tense, no, None if what is None else phrase(what), where)


def both(first: Clause, conjunction: str, second: Clause) -> Sentence:
    """Two clauses."""
    return Sentence(first, conjunction, second)
