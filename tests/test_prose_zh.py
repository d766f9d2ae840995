"""The Chinese prose: the glossary's words and no others, full-width signs, and nothing left in English by accident."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from attnlab.paths import PROSE, ROOT
from attnlab.prose import page_text
from tests.glossary_zh import REJECTED
from tests.test_languages import forms
from tests.test_languages import sentences as sentences_of

HAN = "一-鿿"


def files_of(language: str) -> list[str]:
    folder = PROSE / language
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


FILES = files_of("zh")
PAGES = [name.removesuffix(".toml") for name in FILES if name.endswith(".toml") and name != "language.toml"]
README = ROOT / "README.zh.md"


def is_formula(page: str, path: tuple[str, ...], text: str) -> bool:
    """Whether a formula stands there, and no sentence: of a claim, a variant, a stage or a part."""
    of_a_claim = page.startswith("claims/") and path in {("wrong",), ("right",)}
    return of_a_claim or path[-1] == "stage_formula" or (path[-1] == "formula" and ("\\" in text or "=" in text))


class Said(NamedTuple):
    """A sentence, where it stands, and the English one of the same place; of Markdown a line, which has none."""

    place: str
    text: str
    english: str = ""


@functools.cache
def raw(page: str, language: str) -> dict[tuple[str, ...], str]:
    """Every sentence of a file as it is written, in its order; where it has forms for counts, the last, "other"."""
    words = tomllib.loads((PROSE / language / f"{page}.toml").read_text(encoding="utf-8"))
    return {path: forms(sentence)[-1] for path, sentence in sentences_of(words)}


def sentences() -> Iterator[Said]:
    """All that was translated, with the lines of the Markdown; what stays English by intent is left out."""
    for page in (*PAGES, "language"):
        english = raw(page, "en")
        for path, text in raw(page, "zh").items():
            if is_formula(page, path, english[path]):
                continue
            if text != english[path] and (page != "language" or path[0] == "frame"):
                yield Said(f"{page}.{'.'.join(path)}", text, english[path])
    for name, whole in (("guide.md", page_text("guide", "zh")), ("README.zh.md", README.read_text(encoding="utf-8"))):
        for number, line in enumerate(re.sub(r"```.*?```", "", whole, flags=re.DOTALL).splitlines(), 1):
            yield Said(f"{name}:{number}", line)


SENTENCES = list(sentences())
FORMULAS = [
    Said(f"{page}.{'.'.join(path)}", text)
    for page in PAGES
    for path, text in raw(page, "zh").items()
    if is_formula(page, path, text)
]


def found(pattern: str) -> list[str]:
    """Where a pattern occurs outside the names of blanks, with what it found there."""
    places = ((said.place, re.search(pattern, re.sub(r"\{\w*\}", "{}", said.text))) for said in SENTENCES)
    return [f"{place}: {match[0]}" for place, match in places if match]


# --- the same as in English -------------------------------------------------------------------------------------------


def test_there_is_a_file_for_each_english_one_and_no_other() -> None:
    assert files_of("en") == FILES


@pytest.mark.parametrize("page", PAGES)
def test_sentences_stand_in_the_order_of_the_english_ones(page: str) -> None:
    assert list(raw(page, "zh")) == list(raw(page, "en"))


NOT_WORDS = {"stage_formula", "url", "icon", "file", "language"}
OF_A_CLAIM = {("wrong",), ("right",)}
"""Where a claim has its formulas."""
ADDRESS = re.compile(r"\]\(([^)]*)\)")
WORDS_OF_A_FORMULA = re.compile(r"(?<=\\text)\{[^{}]*\}")
NAMES_IN_FORMULAS = {"MultiheadAttention", "batch", "first"}
"""Of PyTorch."""
PLACEHOLDER = re.compile(r"\{[^{}]*\}|:material/\w+:|`[^`]*`|\$[^$]*\$|<unk>|<mask>|\[MASK\]")


@pytest.mark.parametrize("page", PAGES)
def test_formulas_addresses_icons_code_and_blanks_stay(page: str) -> None:
    english, chinese = raw(page, "en"), raw(page, "zh")
    for path in english:
        text, ours = english[path], chinese[path]
        formula = is_formula(page, path, text)
        if formula:
            text, ours = WORDS_OF_A_FORMULA.sub("", text), WORDS_OF_A_FORMULA.sub("", ours)
        paper = path[0] == "variants" and path[-1] in {"source", "title"}
        stays = path[-1] in NOT_WORDS and path[0] != "fields"
        setting = "settings" in path and not path[-1].endswith("sentence")
        if formula or paper or stays or setting:
            assert ours == text, path
        assert ADDRESS.findall(ours) == ADDRESS.findall(text), path
        assert sorted(PLACEHOLDER.findall(ours)) == sorted(PLACEHOLDER.findall(text)), path


def test_words_in_formulas_are_chinese() -> None:
    formulas = [(said.place, text) for said in FORMULAS for text in WORDS_OF_A_FORMULA.findall(said.text)]
    assert len(formulas) > 20
    assert [(place, text) for place, text in formulas if latin(text) - NAMES_IN_FORMULAS] == []


def test_the_guide_has_the_english_links_tables_lists_and_headings_in_their_order() -> None:
    english, chinese = page_text("guide"), page_text("guide", "zh")
    assert ADDRESS.findall(chinese) == ADDRESS.findall(english)
    shape = re.compile(r"^(#+ |- |\d+\. |\|)", re.MULTILINE)
    assert shape.findall(chinese) == shape.findall(english)


ENDS = {".": "。", "?": "？", ":": "："}


def test_what_ends_as_a_sentence_in_english_does_so_in_chinese_and_labels_do_not() -> None:
    wrong = [
        said.place
        for said in SENTENCES
        if said.english
        and not said.english.endswith("...")
        and ENDS.get(said.english[-1], "") != _sentence_end(said.text)
    ]
    assert wrong == []


def _sentence_end(text: str) -> str:
    return text[-1] if text[-1] in ENDS.values() else ""


# --- the glossary -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("pattern", "specimen", "reason"), REJECTED, ids=[row[1] for row in REJECTED])
def test_no_variant_occurs_that_the_glossary_rejects(pattern: str, specimen: str, reason: str) -> None:
    assert re.search(pattern, specimen), "the pattern does not even find its specimen"
    assert found(pattern) == [], reason


@pytest.mark.parametrize("once", ["又译层规范化", "编码器－解码器注意力", "注意力汇聚"])
def test_another_usage_is_named_once(once: str) -> None:
    assert len(found(once)) == 1


def test_the_reader_is_rarely_addressed() -> None:
    assert 0 < len(found("你(?!们)")) < len(SENTENCES) / 100


# --- signs ------------------------------------------------------------------------------------------------------------

SIGNS = (
    # what is not written, a specimen of it, and what is written instead
    (rf"[{HAN}”）][,.;:?!](?:\s|[{HAN}“（]|$)|[,.;:?!][{HAN}“（]", "词元,头", "，。；：？！ are full-width beside Han"),
    (rf"\((?=[^()]*[{HAN}])(?!/)", "掩码(因果)", "brackets around Han are full-width"),
    (rf"[{HAN}]\s*\([^)/]|（[^（）]*\)|\([^()]*）", "掩码 (mask)", "brackets behind Han are full-width and pairs"),
    (rf"[{HAN}] +[{HAN}A-Za-z0-9]|[A-Za-z0-9] +[{HAN}]", "用 softmax", "no space is typed between Han and Latin"),
    (rf"[{HAN}](?:\{{\w+\}})? +\{{\w+\}} *[{HAN}]", "第 {layer} 层", "no space is typed around a blank in Han"),
    (rf"[\"'][^\"'`]*[{HAN}]|[{HAN}][^\"'`]*[\"']", '"词"', "quotes around Han are “ ”"),
    (r"[，。；：？！、（）“”] +\S", "头， 层", "a full-width sign brings its own space"),
    (r"。。|，，|，。|：。|…。|(?<!…)…(?!…|（| )", "词。。", "signs do not follow each other; an ellipsis is ……"),
    (r"\d %", "95 %", "a percent sign stands by its number"),
)


@pytest.mark.parametrize(("pattern", "specimen", "instead"), SIGNS, ids=[row[1] for row in SIGNS])
def test_signs_are_those_of_chinese(pattern: str, specimen: str, instead: str) -> None:
    assert re.search(pattern, specimen), "the pattern does not even find its specimen"
    prose = [(said.place, re.search(pattern, without_code(said.text))) for said in SENTENCES]
    assert [f"{place}: {match[0]}" for place, match in prose if match] == [], instead


def without_code(text: str) -> str:
    """A sentence without code, English that is quoted, targets of links and the marks of tables and lists."""
    text = re.sub(rf"“[^”{HAN}]*”", "“”", re.sub(r"`[^`]*`", "`", ADDRESS.sub("]", text)))
    return re.sub(r"^\s*(?:[-*]|\d+\.|#+)\s+", "", text) if not text.startswith("|") else text.replace("|", "\n")


def test_bold_and_slanted_words_close_where_markdown_sees_it() -> None:
    """Stars beside a sign open only behind a space or a sign, and close only before one (CommonMark 6.2)."""
    bold = [(said, match) for said in SENTENCES for match in re.finditer(r"\*{1,2}([^*\n]+)\*{1,2}", said.text)]
    assert len(bold) > 40
    for said, match in bold:
        before, after = said.text[: match.start()][-1:], said.text[match.end() :][:1]
        assert not (is_sign(match[1][0]) and before and not is_sign(before)), f"{said.place}: {match[0]}"
        assert not (is_sign(match[1][-1]) and after and not is_sign(after)), f"{said.place}: {match[0]}"


def is_sign(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] in "PS"


# --- Latin words ------------------------------------------------------------------------------------------------------

NAMES = (
    "ALiBi BLEU RNN CNN GELU GQA GRU Gemma KV LSTM Luong MHA MQA MiniLM NumPy PyTorch QK RMSNorm ReLU RoPE Shaw SmolLM2"
)
NAMES += " SwiGLU T5 TCN Transformer Wilson chrF gpt-oss softmax sparsemax entmax sigmoid dropout logit logits torch"
AUTHORS = "Ainslie Clark Katharopoulos Press Su Vaswani Wang et al"
GLOSSES = "Pre-Norm Post-Norm activation attention flow forcing head induction lens occlusion patching rollout sink"
GLOSSES += " soft-cap teacher general nat"
SYMBOLS = "W_K W_O W_Q W_V xW_K xW_Q xW_V d_k d_model x1 x2 x3 cos elu exp log max sin tanh F1"
SYMBOLS += " Dv NaN True baddbmm value"
SYMBOLS += " log_k ATTNLAB_FRAME_ANCESTORS MultiheadAttention nn scaled_dot_product_attention"
FORMATS = "CSV HTML JPEG JSON MB NPZ PNG SVG Python README bfloat16 float32 float64 safetensors id true false"
FORMATS += " FLOPs GPU GiB MiB Excel NUL PDF Parquet SQLite ZIP bzip2 gzip xz zstd config json pickle tokenizer"
FORMATS += " Big5 EUC-KR GBK Latin-1 Shift-JIS UTF-8 Windows-1250 Windows-1251 Windows-1252"
KEYS = "Alt Ctrl Enter Esc Shift"
LINK_WORDS = "block column matrix part row side shipped run contender step decoder cross_attention weights all"
# Of the claims: the papers that settle them, and what they quote of formulas and code.
AUTHORS += " Arora Astudillo Bahdanau Beltagy Dao Delétang Dong Geva Hahn Haviv Henry Hinton Hoffmann Hsieh Iyyer Jain"
AUTHORS += " Dosovitskiy Kaplan Kitaev Martins Michel Pinter Pope Ramapuram Voita Wallace Wiegreffe Xiong and"
NAMES += " Streamlit"  # as its menu says of itself
NAMES += " ImageNet MLP BERT FlashAttention FlashAttention-2 Longformer Reformer SEP"
SYMBOLS += " Attention False KW KW_i MultiheadAttention QW QW_i VW VW_i W_q1 W_q2 batch_first d_v head_i ln nn s_ij"
NAMES += " Box CO DNA IUPAC Jenkins Keeling NA TGACGTCA Whorf motif ppm"  # of series and motifs
OF_THE_README = "Attention Lab Streamlit Debian MIT SQLite PostgreSQL make pip run test"
ALLOWED = {word for words in (NAMES, AUTHORS, GLOSSES, SYMBOLS, FORMATS, KEYS, LINK_WORDS) for word in words.split()}
NOT_PROSE = re.compile(rf"{PLACEHOLDER.pattern}|“[^”{HAN}]*”|\[[\w./]+\]\([^)]*\)|\]\([^)]*\)|https?:[\w/:]+")
"""Blanks, icons, code, formulas, English that is quoted as an example, names of files and addresses."""

LETTER = "A-Za-zÀ-ÖØ-öø-ɏ"


def latin(text: str) -> set[str]:
    """Words of two letters and more; single ones are symbols."""
    return set(re.findall(rf"[{LETTER}][{LETTER}0-9_-]*[{LETTER}0-9]", NOT_PROSE.sub(" ", text)))


def test_no_latin_word_stands_in_chinese_but_those_that_stay() -> None:
    readme = set(OF_THE_README.split())
    strays = {
        (said.place, word)
        for said in SENTENCES
        for word in latin(said.text) - ALLOWED - (readme if said.place.startswith("README") else set())
    }
    assert strays == set()


def test_no_word_is_allowed_that_does_not_occur() -> None:
    assert {word for said in SENTENCES for word in latin(said.text)} >= ALLOWED


def test_the_search_for_latin_words_finds_one_that_was_left() -> None:
    assert latin("每个head看{count}个tokens，“the cat”和$x_i$除外") == {"head", "tokens"}
    assert latin("Delétang的2 × 3") == {"Delétang"}


STAYS = NOT_WORDS | {"formula", "matrix", "source", "title"}
"""Keys of what may stay as a whole: formulas, symbols, and the papers of variants."""


def test_no_english_sentence_stays_but_examples_for_models_that_read_english() -> None:
    stayed = [
        f"{page}.{'.'.join(path)}"
        for page in PAGES
        for path, text in raw(page, "zh").items()
        if text == raw(page, "en")[path]
        and re.search(r"[a-z]{2} [a-z]{2}", text)
        and path[-1] not in STAYS
        and path not in OF_A_CLAIM
    ]
    assert stayed == ["says.sentences.examples"]
