"""Languages: which a visitor gets, that each says all that English says, and how each counts."""

import re
import shutil
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attnlab import languages, paths
from attnlab.languages import PLURALS, Spoken, accepted, offered, preferred, present, said_as_now, speaking, spoken
from attnlab.looks.turns import in_turn
from attnlab.prose import (
    address,
    counted,
    in_a_row,
    kept_by_language,
    listed,
    name_of,
    once_a_language,
    page_prose,
    page_text,
    with_addresses,
)
from tests.doubled import CODE, JOINT, doubled, prose_with_doubled, spoken_here

CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
FORMULAS = {"mathml", "formula", "stage_formula"}
OF_A_CLAIM = {("right",), ("wrong",)}
"""Where a claim has its formulas."""
LINK = re.compile(r"\]\(([^)\s]+)\)")
PROSE = paths.PROSE  # as it ships: tests below put another folder in its place
ENGLISH = PROSE / languages.ENGLISH
ENGLISH_FILES = sorted(file for file in ENGLISH.rglob("*") if file.is_file())


@pytest.fixture(scope="module")
def two_languages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with spoken_here(prose_with_doubled(tmp_path_factory.mktemp("prose"))):
        yield


# --- every language says what English says ----------------------------------------------------------------------------


def sentences(words: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every string and every table of plural forms, with the keys that lead to it."""
    if isinstance(words, dict) and "other" in words and set(words) <= CATEGORIES:
        yield path, words
    elif isinstance(words, dict):
        for key, one in words.items():
            yield from sentences(one, (*path, key))
    elif isinstance(words, list):
        for index, one in enumerate(words):
            yield from sentences(one, (*path, str(index)))
    else:
        yield path, words


def forms(sentence: Any) -> list[str]:
    return list(sentence.values()) if isinstance(sentence, dict) else [str(sentence)]


def blanks(sentence: Any) -> set[str]:
    """Of all forms together: that for one may say it in a word."""
    return {name for form in forms(sentence) for name in re.findall(r"\{(\w*)[^}]*\}", form)}


def links(sentence: Any) -> set[str]:
    return {link for form in forms(sentence) for link in LINK.findall(form)}


def differences(english: dict[str, Any], words: dict[str, Any], categories: tuple[str, ...]) -> list[str]:
    """What a translation of one file lacks, has beyond it, or says of another thing."""
    theirs, ours = dict(sentences(english)), dict(sentences(words))
    found = [f"lacks {'.'.join(path)}" for path in theirs.keys() - ours.keys()]
    found += [f"has {'.'.join(path)}" for path in ours.keys() - theirs.keys()]
    for path in theirs.keys() & ours.keys():
        name, sentence = ".".join(path), ours[path]
        if FORMULAS & set(path) or path in OF_A_CLAIM:
            continue
        if isinstance(sentence, dict) and set(sentence) != set(categories):
            found.append(f"plural {name}")
        if isinstance(theirs[path], dict) != isinstance(sentence, dict) and len(categories) > 1:
            found.append(f"plural {name}")
        if blanks(sentence) != blanks(theirs[path]):
            found.append(f"blanks {name}")
        if links(sentence) != links(theirs[path]):
            found.append(f"links {name}")
    return sorted(found)


def read(folder: Path, name: str) -> dict[str, Any]:
    return tomllib.loads((folder / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", offered().values(), ids=offered())
def test_a_language_has_the_keys_blanks_links_and_plural_forms_of_english(language: languages.Language) -> None:
    folder, english = PROSE / language.code, ENGLISH
    files = {file.relative_to(folder) for file in folder.rglob("*") if file.is_file()}
    assert files <= {file.relative_to(english) for file in ENGLISH_FILES}
    found = {}
    for file in sorted(files):
        if file.suffix == ".toml" and file.name != "language.toml":
            name = file.as_posix()
            found[name] = differences(read(english, name), read(folder, name), language.categories)
    assert not {name: one for name, one in found.items() if one}
    for file in sorted(folder.glob("*.md")):
        assert links(file.read_text(encoding="utf-8")) == links((english / file.name).read_text(encoding="utf-8"))


def test_what_a_translation_lacks_is_found() -> None:
    english = {"a": "one {x}", "b": {"one": "a [link](/x)", "other": "{count}"}, "c": "see [it](/x)", "d": "x"}
    fine = {"a": "eins {x}", "b": {"other": "{count} [l](/x)"}, "c": "[es](/x)", "d": "y"}
    assert differences(english, fine, ("other",)) == []
    assert differences(english, {**fine, "b": "{count} [l](/x)"}, ("other",)) == []
    assert differences(english, {**fine, "b": "{count} [l](/x)"}, ("one", "other")) == ["plural b"]
    assert differences(english, fine, ("one", "other")) == ["plural b"]
    wrong = {"a": "eins", "b": {"other": "{count}"}, "c": "[es](/y)", "e": "z"}
    assert differences(english, wrong, ("other",)) == ["blanks a", "has e", "lacks d", "links b", "links c"]


@pytest.mark.parametrize(
    "folder", [path for path in paths.PROSE.iterdir() if path.is_dir()], ids=lambda path: path.name
)
def test_every_folder_says_what_it_is_called_and_how_it_counts(folder: Path) -> None:
    told = read(folder, "language.toml")
    english = read(paths.PROSE / languages.ENGLISH, "language.toml")
    assert differences(english, told, PLURALS[told["plural"]][0]) == []
    assert told["plural"] in PLURALS
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", told["tag"])
    assert told["tag"].split("-")[0] == folder.name.split("-")[0]


# --- the one of a visitor ---------------------------------------------------------------------------------------------


def test_a_browser_s_wishes_are_read_in_their_order() -> None:
    assert accepted("fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5") == ["fr-CH", "fr", "en", "*"]
    assert accepted("en;q=0.2,zh-CN,de;q=0") == ["zh-CN", "en"]
    assert accepted("") == accepted(";;,,;q=") == accepted("en;q=x") == accepted("en;q=nan") == []
    assert len(accepted("aa," * 100_000)) < languages.LONGEST_HEADER


@pytest.mark.usefixtures("two_languages")
def test_the_first_that_is_offered_is_spoken_and_a_region_is_no_hindrance() -> None:
    assert list(offered()) == ["en", CODE]
    assert preferred(["fr", "XX-Latn-DE", "en"]) == CODE
    assert preferred(["en-GB", CODE]) == "en"
    assert preferred(["fr"]) == preferred([]) == "en"


@pytest.mark.usefixtures("two_languages")
def test_a_link_s_language_comes_first_and_one_that_is_not_offered_is_nobody_s() -> None:
    assert spoken(CODE, ["en"]) == Spoken(CODE, by_link=True)
    assert spoken("../en", [CODE]) == spoken(None, [CODE]) == spoken("", [CODE]) == Spoken(CODE)


def test_a_folder_without_the_frame_s_words_is_not_offered(tmp_path: Path) -> None:
    folder = prose_with_doubled(tmp_path)
    (folder / CODE / "site.toml").unlink()
    with spoken_here(folder):
        assert list(offered()) == ["en"]


# --- the one of a run -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("two_languages")
def test_words_are_those_of_the_run_and_of_no_other_thread() -> None:
    said = page_prose("start")["page"]["question"]
    seen: list[str] = []
    with speaking(Spoken(CODE)):
        assert page_prose("start")["page"]["question"] == doubled(said)
        assert name_of("mask", "causal") == doubled(name_of("mask", "causal", "en"))
        elsewhere = threading.Thread(target=lambda: seen.append(page_prose("start")["page"]["question"]))
        elsewhere.start()
        elsewhere.join()
        assert in_turn(lambda: present().code) == CODE  # heavy work in the one thread that does it
    assert seen == [said]
    assert page_prose("start")["page"]["question"] == said


@pytest.mark.usefixtures("two_languages")
def test_what_is_made_at_a_click_speaks_as_its_page_did() -> None:
    with speaking(Spoken(CODE, by_link=True)):
        made = said_as_now(lambda of: address(of, {}))
    seen: list[str] = []
    elsewhere = threading.Thread(target=lambda: seen.append(made("lessons")))
    elsewhere.start()
    elsewhere.join()
    assert seen == [f"./lessons?lang={CODE}"]
    assert present().code == "en"


@pytest.mark.usefixtures("two_languages")
def test_a_page_that_a_language_lacks_is_in_english() -> None:
    with speaking(Spoken(CODE)):
        assert page_text("guide") == page_text("guide", "en")


@pytest.mark.usefixtures("two_languages")
def test_what_holds_words_is_kept_for_each_language() -> None:
    @kept_by_language
    def words(_of: int) -> tuple[str]:
        return (page_prose("start")["page"]["question"],)

    @once_a_language(4)
    def link(_of: int) -> tuple[str]:
        return (address("", {"heads": 2}),)

    english, named = words(1), link(1)
    with speaking(Spoken(CODE, by_link=True)):
        assert words(1)[0] == doubled(english[0])
        assert words(1) is words(1)
        assert link(1) == (f"./?heads=2&lang={CODE}",)
    assert words(1) is english
    assert link(1) is named


def test_links_keep_a_language_that_a_link_has_chosen_and_no_other() -> None:
    text = "[a](/) [b](/?heads=4) [c](/models) [d](https://arxiv.org/abs/1) [e](/x?s=1.a-b&t=+)"
    for said in (Spoken("en"), Spoken("xx")):
        with speaking(said):
            assert with_addresses(text) == text.replace("](/", "](./")
            assert address("models", {}) == "./models"
    with speaking(Spoken("xx", by_link=True)):
        assert LINK.findall(with_addresses(text)) == [
            *("./?lang=xx", "./?heads=4&lang=xx", "./models?lang=xx", "https://arxiv.org/abs/1"),
            "./x?s=1.a-b&t=+&lang=xx",
        ]
        assert address("models", {"a": ["1", "2"], "b": "x y"}) == "./models?a=1&a=2&b=x+y&lang=xx"


# --- counts and lists -------------------------------------------------------------------------------------------------


def test_a_sentence_takes_the_form_of_its_count() -> None:
    forms = {"one": "one of {total}", "other": "{count} of {total}"}
    assert [counted(forms, count, total=9) for count in (0, 1, 2, 1.5)] == ["0 of 9", "one of 9", "2 of 9", "1.5 of 9"]
    assert counted(forms, 1000, count="1,000", total=9) == "1,000 of 9"
    assert counted("{count} words", 1) == "1 words"


@pytest.mark.usefixtures("two_languages")
def test_a_language_of_one_form_takes_it_and_english_in_its_place_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    one_form = languages.Language(CODE, "Doubled", "zh-CN", "other", "、", "、", "；", "{number}%", "")
    monkeypatch.setattr(languages, "offered", lambda: {CODE: one_form})
    with speaking(Spoken(CODE)):
        assert counted({"other": "{count} 个"}, 1) == "1 个"
        assert counted({"one": "one", "other": "{count} of"}, 1) == "1 of"
        assert listed(["猫", "狗", "鸟"]) == "猫、狗、鸟"
        assert in_a_row(["猫。", "狗。"]) == "猫。狗。"
    with speaking(Spoken()), pytest.raises(KeyError):
        listed([])


@pytest.mark.usefixtures("two_languages")
def test_the_last_of_a_list_has_a_word_before_it_where_the_language_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    german = languages.Language(CODE, "Deutsch", "de", "one", ", ", " und ", "; ", "{number}\u00a0%", " ")
    monkeypatch.setattr(languages, "offered", lambda: {CODE: german})
    with speaking(Spoken(CODE)):
        told = [listed(words) for words in ([], ["er"], ["er", "sie"], ["er", "sie", "es"])]
    assert told == ["", "er", "er und sie", "er, sie und es"]


def test_every_count_of_a_page_chooses_a_form_that_exists() -> None:
    tables = [
        (path, table)
        for file in ENGLISH_FILES
        if file.suffix == ".toml"
        for path, table in sentences(tomllib.loads(file.read_text(encoding="utf-8")))
        if isinstance(table, dict)
    ]
    assert len(tables) > 10
    for path, table in tables:
        assert set(table) == {"one", "other"}, path
        assert JOINT not in "".join(table.values())


def test_what_a_translation_does_not_say_yet_is_said_in_english(tmp_path: Path) -> None:
    folder = prose_with_doubled(tmp_path)
    file = folder / CODE / "models.toml"
    words = tomllib.loads(file.read_text(encoding="utf-8"))
    file.write_text(f'[page]\nsentence = "{words["page"]["sentence"]}"\n', encoding="utf-8")
    with spoken_here(folder):
        english, behind = page_prose("models", languages.ENGLISH), page_prose("models", CODE)
        assert behind["page"]["sentence"] == doubled(english["page"]["sentence"])
        assert behind["page"]["intro"] == english["page"]["intro"]
        assert behind["controls"] == english["controls"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('name = "X"', "lacks tag, plural, separator, last, clauses, percent, gap"),
        ('plural = "two"', r"plural \('two'\) .* one of other, one"),
    ],
)
def test_a_language_that_says_too_little_of_itself_is_refused_in_one_sentence(
    said: str, why: str, tmp_path: Path
) -> None:
    for code in ("en", "yy"):
        shutil.copytree(PROSE / "en", tmp_path / code)
    whole = (PROSE / "en" / "language.toml").read_text(encoding="utf-8").replace('plural = "one"', said)
    (tmp_path / "yy" / "language.toml").write_text(said if said.startswith("name") else whole, encoding="utf-8")
    with spoken_here(tmp_path), pytest.raises(ValueError, match=why):
        offered()
