"""The words behind the translation task: our own small English and French, with all that agreement needs.

French words have the forms that a grammar must choose from: number and gender, a vowel that follows, person and tense.
Every h here is mute, so a letter says whether a word is elided before (l'homme, l'hôtel). English past tenses all
differ from their presents (no "read", no "put"), so each English sentence has one tense.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["adult", "child", "animal", "thing"]
Tense = Literal["present", "past", "future"]

VOWELS = frozenset("aeiouyhéèêâîôœ")
"""First letters before which le, la, de, ne, je and que lose theirs; h because it is mute in every word here."""


@dataclass(frozen=True, slots=True)
class Noun:
    """Singular and plural; a place has no plural in this grammar."""

    english: tuple[str, str | None]
    french: tuple[str, str | None]
    feminine: bool
    kind: Kind


@dataclass(frozen=True, slots=True)
class Adjective:
    """Its French forms, and whether it stands before its noun."""

    masculine: tuple[str, str]  # singular, plural
    feminine: tuple[str, str]
    before_vowel: str  # masculine singular: bel, vieil
    precedes: bool
    kinds: frozenset[Kind]  # of nouns that it goes with: un grand homme is a great man, une vieille fille a spinster


@dataclass(frozen=True, slots=True)
class Verb:
    """Forms by person: je, il, nous, ils."""

    english: tuple[str, str, str]  # sit, sits, sat
    present: tuple[str, ...]
    future: tuple[str, ...]
    participle: str  # masculine singular
    with_etre: bool = False  # then its participle agrees with the subject
    posture: bool = False  # être assis: a form of être and a participle in every tense
    subjects: frozenset[Kind] = frozenset({"adult", "child", "animal"})
    objects: tuple[str, ...] = ()
    gives: bool = False  # takes a second object with "to"


def _noun(english: str, french: str, gender: Literal["m", "f"], kind: Kind) -> Noun:
    """From "singular" or "singular plural" in each language."""
    both = [(words.split()[0], words.split()[1] if " " in words else None) for words in (english, french)]
    return Noun(both[0], both[1], gender == "f", kind)


def _adjective(forms: str, kinds: str, *, precedes: bool, before_vowel: str | None = None) -> Adjective:
    """From "petit petits petite petites"."""
    one, many, une, unes = forms.split()
    chosen: frozenset[Kind] = frozenset(kinds.split())  # type: ignore[arg-type]
    return Adjective((one, many), (une, unes), before_vowel or one, precedes, chosen)


def _verb(english: str, present: str, future: str, participle: str, **more: object) -> Verb:
    """From "eat eats ate", "mange mange mangeons mangent" and the stem of the future."""
    futures = tuple(future + ending for ending in ("ai", "a", "ons", "ont"))
    return Verb(tuple(english.split()), tuple(present.split()), futures, participle, **more)  # type: ignore[arg-type]


NOUNS: Mapping[str, Noun] = {
    noun.english[0]: noun
    for noun in (
        _noun("man men", "homme hommes", "m", "adult"),
        _noun("woman women", "femme femmes", "f", "adult"),
        _noun("boy boys", "garçon garçons", "m", "child"),
        _noun("girl girls", "fille filles", "f", "child"),
        _noun("child children", "enfant enfants", "m", "child"),
        _noun("cat cats", "chat chats", "m", "animal"),
        _noun("dog dogs", "chien chiens", "m", "animal"),
        _noun("bird birds", "oiseau oiseaux", "m", "animal"),
        _noun("mouse mice", "souris souris", "f", "animal"),
        _noun("horse horses", "cheval chevaux", "m", "animal"),
        _noun("cow cows", "vache vaches", "f", "animal"),
        _noun("apple apples", "pomme pommes", "f", "thing"),
        _noun("egg eggs", "œuf œufs", "m", "thing"),
        _noun("book books", "livre livres", "m", "thing"),
        _noun("letter letters", "lettre lettres", "f", "thing"),
        _noun("box", "boîte", "f", "thing"),
        _noun("mat", "tapis", "m", "thing"),
        _noun("table", "table", "f", "thing"),
        _noun("bed", "lit", "m", "thing"),
        _noun("tree", "arbre", "m", "thing"),
        _noun("house", "maison", "f", "thing"),
        _noun("garden", "jardin", "m", "thing"),
        _noun("school", "école", "f", "thing"),
    )
}
"""By their English singular."""

ADJECTIVES: Mapping[str, Adjective] = {
    "small": _adjective("petit petits petite petites", "adult child animal thing", precedes=True),
    "big": _adjective("grand grands grande grandes", "child animal thing", precedes=True),
    "old": _adjective("vieux vieux vieille vieilles", "adult animal thing", precedes=True, before_vowel="vieil"),
    "beautiful": _adjective("beau beaux belle belles", "adult child animal thing", precedes=True, before_vowel="bel"),
    "black": _adjective("noir noirs noire noires", "animal thing", precedes=False),
    "white": _adjective("blanc blancs blanche blanches", "animal thing", precedes=False),
    "happy": _adjective("heureux heureux heureuse heureuses", "adult child animal", precedes=False),
}

_CREATURES = tuple(name for name, noun in NOUNS.items() if noun.kind != "thing")
_PERSONS: frozenset[Kind] = frozenset({"adult", "child"})

VERBS: Mapping[str, Verb] = {
    verb.english[0]: verb
    for verb in (
        _verb("sit sits sat", "suis est sommes sont", "ser", "assis", with_etre=True, posture=True),
        _verb("come comes came", "viens vient venons viennent", "viendr", "venu", with_etre=True),
        _verb("fall falls fell", "tombe tombe tombons tombent", "tomber", "tombé", with_etre=True),
        _verb("sleep sleeps slept", "dors dort dormons dorment", "dormir", "dormi"),
        _verb("sing sings sang", "chante chante chantons chantent", "chanter", "chanté"),
        _verb("eat eats ate", "mange mange mangeons mangent", "manger", "mangé", objects=("apple", "egg")),
        _verb("see sees saw", "vois voit voyons voient", "verr", "vu", objects=tuple(NOUNS)),
        _verb("love loves loved", "aime aime aimons aiment", "aimer", "aimé", objects=(*_CREATURES, "house", "garden")),
        _verb(
            "open opens opened",
            "ouvre ouvre ouvrons ouvrent",
            "ouvrir",
            "ouvert",
            subjects=_PERSONS,
            objects=("book", "letter", "box"),
        ),
        _verb(
            "give gives gave",
            "donne donne donnons donnent",
            "donner",
            "donné",
            subjects=_PERSONS,
            objects=("apple", "egg", "book", "letter"),
            gives=True,
        ),
    )
}
"""By their English base."""

AVOIR = ("ai", "a", "avons", "ont")
ETRE = ("suis", "est", "sommes", "sont")

NAMES: Mapping[str, bool] = {"paul": False, "anna": True, "marie": True}
"""Proper names, the same in both languages; True if of a woman."""

PLACES: Mapping[str, tuple[str, ...]] = {
    "on": ("mat", "table", "bed", "box"),
    "under": ("table", "bed", "tree", "box"),
    "in": ("garden", "house", "school", "box", "bed"),
    "near": ("tree", "house", "table", "garden", "school", *_CREATURES),
    "behind": ("tree", "house", "box"),
    "with": _CREATURES,
}
"""Prepositions and what they stand before."""

PREPOSITIONS: Mapping[str, tuple[str, ...]] = {
    "on": ("sur",),
    "under": ("sous",),
    "in": ("dans",),
    "near": ("près", "de"),
    "behind": ("derrière",),
    "with": ("avec",),
    "to": ("à",),
}
CONJUNCTIONS: Mapping[str, tuple[str, ...]] = {"and": ("et",), "but": ("mais",), "because": ("parce", "que")}
DETERMINERS: Mapping[str, tuple[str, str, str]] = {  # masculine, feminine, plural
    "the": ("le", "la", "les"),
    "a": ("un", "une", ""),
    "my": ("mon", "ma", "mes"),
    "two": ("", "", "deux"),
}
ELIDED: Mapping[str, str] = {"le": "l'", "la": "l'", "de": "d'", "ne": "n'", "je": "j'", "que": "qu'"}
CONTRACTED: Mapping[tuple[str, str], str] = {
    ("de", "le"): "du",
    ("de", "les"): "des",
    ("à", "le"): "au",
    ("à", "les"): "aux",
}
