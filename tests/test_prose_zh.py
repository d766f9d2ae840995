"""The Chinese prose: the glossary's words and no others, full-width signs, and nothing left in English by accident."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from attnlab.paths import PROSE, ROOT
from attnlab.prose import page_text
from tests.test_prose import leaves

HAN = "一-鿿"
FILES = sorted(file.name for file in (PROSE / "en").iterdir())
PAGES = [name.removesuffix(".toml") for name in FILES if name.endswith(".toml")]
README = ROOT / "README.zh.md"


class Said(NamedTuple):
    """A sentence, where it stands, and the English one of the same place; of Markdown a line, which has none."""

    place: str
    text: str
    english: str = ""


def raw(page: str, language: str) -> dict[tuple[str, ...], str]:
    """Every sentence of a file as it is written, in its order."""
    return dict(leaves(tomllib.loads((PROSE / language / f"{page}.toml").read_text(encoding="utf-8"))))


def sentences() -> Iterator[Said]:
    """All that was translated, with the lines of the Markdown; what stays English by intent is left out."""
    for page in PAGES:
        english = raw(page, "en")
        for path, text in raw(page, "zh").items():
            if text != english[path]:
                yield Said(f"{page}.{'.'.join(path)}", text, english[path])
    for name, whole in (("guide.md", page_text("guide", "zh")), ("README.zh.md", README.read_text(encoding="utf-8"))):
        for number, line in enumerate(re.sub(r"```.*?```", "", whole, flags=re.DOTALL).splitlines(), 1):
            yield Said(f"{name}:{number}", line)


SENTENCES = list(sentences())


def found(pattern: str) -> list[str]:
    """Where a pattern occurs, with what it found there."""
    places = ((said.place, re.search(pattern, said.text)) for said in SENTENCES)
    return [f"{place}: {match[0]}" for place, match in places if match]


# --- the same as in English -------------------------------------------------------------------------------------------


def test_there_is_a_file_for_each_english_one_and_no_other() -> None:
    assert sorted(file.name for file in (PROSE / "zh").iterdir()) == FILES


@pytest.mark.parametrize("page", PAGES)
def test_sentences_stand_in_the_order_of_the_english_ones(page: str) -> None:
    assert list(raw(page, "zh")) == list(raw(page, "en"))


NOT_WORDS = {"stage_formula", "url", "icon", "file", "language"}
ADDRESS = re.compile(r"\]\(([^)]*)\)")
PLACEHOLDER = re.compile(r"\{[^{}]*\}|:material/\w+:|`[^`]*`|\$[^$]*\$|<unk>|<mask>|\[MASK\]")


@pytest.mark.parametrize("page", PAGES)
def test_formulas_addresses_icons_code_and_blanks_stay(page: str) -> None:
    english, chinese = raw(page, "en"), raw(page, "zh")
    for path, text in english.items():
        formula = path[-1] == "formula" and ("\\" in text or "=" in text)
        paper = path[0] == "variants" and path[-1] in {"source", "title"}
        if formula or paper or path[-1] in NOT_WORDS or "settings" in path:
            assert chinese[path] == text, path
        assert ADDRESS.findall(chinese[path]) == ADDRESS.findall(text), path
        assert sorted(PLACEHOLDER.findall(chinese[path])) == sorted(PLACEHOLDER.findall(text)), path


def test_the_guide_has_the_english_links_tables_lists_and_headings_in_their_order() -> None:
    english, chinese = page_text("guide"), page_text("guide", "zh")
    assert ADDRESS.findall(chinese) == ADDRESS.findall(english)
    shape = re.compile(r"^(#+ |- |\d+\. |\|)", re.MULTILINE)
    assert shape.findall(chinese) == shape.findall(english)


ENDS = {".": "。", "?": "？", ":": "："}


def test_what_ends_as_a_sentence_in_english_does_so_in_chinese_and_labels_do_not() -> None:
    wrong = [
        said.place for said in SENTENCES if said.english and ENDS.get(said.english[-1], "") != _sentence_end(said.text)
    ]
    assert wrong == []


def _sentence_end(text: str) -> str:
    return text[-1] if text[-1] in ENDS.values() else ""


# --- the glossary -----------------------------------------------------------------------------------------------------

REJECTED = (
    # what is not written, a specimen of it, and why
    ("变压器|变换器|转换器", "变压器模型", "the Transformer is “Transformer”"),
    ("transformer", "一个transformer", "a name, with a capital"),
    ("关键字|关键词|密钥|键字", "查询与关键字", "a key is 键"),
    ("自关注|自我注意|自注意(?!力)|内部注意", "自我注意力", "self-attention is 自注意力"),
    ("互注意|跨注意|交叉注意(?!力)", "互注意力", "cross-attention is 交叉注意力"),
    ("多头自?关注|多头自?注意(?!力)", "多头关注", "multi-head attention is 多头注意力"),
    ("(?<!又译)层规范化|层标准化|层正则", "层规范化", "layer norm is 层归一化; the other usage is named once"),
    ("掩膜|遮罩|屏蔽|遮掩|掩模", "因果遮罩", "a mask is 掩码, masked is 被掩蔽"),
    ("连结|级联|串联", "各头连结", "concatenate is 拼接"),
    ("令牌|记号|词符|字元|标识符", "每个令牌", "a token is 词元"),
    ("词元分析器|词元化|标记器|切词器", "词元化", "a tokenizer is 分词器; to tokenize is 切分为词元"),
    ("词汇表|词典|字典", "词汇表", "a vocabulary is 词表"),
    ("隐藏状态|隐含状态", "隐藏状态", "a hidden state is 隐状态"),
    ("集束|波束|定向搜索", "集束搜索", "beam search is 束搜索"),
    ("贪婪|贪梦", "贪婪搜索", "greedy is 贪心"),
    ("步长|步幅", "步长1", "a step is 步"),
    ("(?<!数值)精度", "测试精度", "accuracy is 准确率; 精度 is of numbers: 数值精度"),
    ("精确率|召回率|准确度|正确率|精准率", "召回率", "precision and recall are 查准率 and 查全率"),
    ("偏差|偏移量", "偏差b", "an additive bias is 偏置"),
    ("批次|小批(?!量)", "每个批次", "a batch is 批量"),
    ("死亡|死掉|神经元死", "死亡单元", "a dead unit is 失活单元"),
    ("残差链接|残差连结|跳跃连接|残余", "残差链接", "a residual connection is 残差连接"),
    ("前向网络|馈前|前馈层|前馈神经", "前馈神经网络", "the short form 前馈网络 fits labels"),
    ("对数几率|逻辑值|罗吉特", "对数几率", "logits stay"),
    ("软最大|柔性最大", "软最大化", "softmax stays"),
    ("(?<!dropout（)暂退法|丢弃法|随机失活", "丢弃法", "dropout stays, with 暂退法 in brackets"),
    ("激活方程|活化函数|激励函数", "激励函数", "an activation function is 激活函数"),
    ("核函数大小|感知野|接受域", "接受域", "a receptive field is 感受野"),
    ("词袋子|词包|词语袋", "词包", "a bag of words is 词袋"),
    ("热力图|热度图", "热力图", "a heat map is 热图"),
    ("乱数|随机数种", "乱数种子", "a seed is 随机种子"),
    ("熱|學習|權重|詞|層", "權重", "simplified characters"),
    ("编码器?[-—–－/]解码(?!器)|编码器[-—–/]解码器|编解码器", "编码器-解码器", "encoder-decoder is 编码器－解码器"),
    ("注意力汇(?!聚|（attention sink）)", "注意力汇很大", "a sink has its English beside it, or reads as pooling"),
    ("注意力展开(?!（rollout）)", "注意力展开为", "no standard word: with its English"),
    ("注意力流(?!（flow）)", "注意力流为", "no standard word: with its English"),
    ("遮挡法(?!（occlusion）)", "遮挡法说", "no standard word: with its English"),
    ("归纳头(?!（induction head）)", "归纳头", "glossed by its English"),
    ("强制教学(?!（teacher forcing）)|教师强制", "强制教学", "with its English, which others use alone"),
    ("前置归一化(?!（Pre-Norm）)|后置归一化(?!（Post-Norm）)", "前置归一化的", "with the English in brackets"),
    ("撤回|恢复上一步|还原上一步", "撤回", "undo and redo are 撤销 and 重做"),
    ("选手|竞争者|参赛者", "每个选手", "a contender is 参赛模型"),
    ("您", "您的文本", "who reads is not addressed so"),
)


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
AUTHORS = "Ainslie Clark Press Su Vaswani Wang et al"
GLOSSES = "Pre-Norm Post-Norm activation attention flow forcing head induction lens occlusion patching rollout sink"
GLOSSES += " soft-cap teacher general nat"
SYMBOLS = "W_K W_O W_Q W_V xW_K xW_Q xW_V d_k d_model x1 x2 x3 cos elu exp log max sin tanh F1"
FORMATS = "CSV HTML JSON MB NPZ PNG SVG Python README bfloat16 float32 float64 safetensors id true false"
FORMATS += " Big5 EUC-KR GBK Latin-1 Shift-JIS UTF-8 Windows-1250 Windows-1251 Windows-1252"
KEYS = "Ctrl Enter Esc Shift"
LINK_WORDS = "block column matrix part row side"
OF_THE_README = "Attention Lab Streamlit Debian MIT SQLite PostgreSQL make pip run test"
ALLOWED = {word for words in (NAMES, AUTHORS, GLOSSES, SYMBOLS, FORMATS, KEYS, LINK_WORDS) for word in words.split()}
NOT_PROSE = re.compile(rf"{PLACEHOLDER.pattern}|“[^”{HAN}]*”|\[[\w./]+\]\([^)]*\)|\]\([^)]*\)|https?:[\w/:]+")
"""Blanks, icons, code, formulas, English that is quoted as an example, names of files and addresses."""


def latin(text: str) -> set[str]:
    """Words of two letters and more; single ones are symbols."""
    return set(re.findall(r"[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9]", NOT_PROSE.sub(" ", text)))


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


STAYS = NOT_WORDS | {"formula", "matrix", "source", "title"}
"""Keys of what may stay as a whole: formulas, symbols, and the papers of variants. A page's own title has no two words."""


def test_no_english_sentence_stays_but_examples_for_models_that_read_english() -> None:
    stayed = [
        f"{page}.{'.'.join(path)}"
        for page in PAGES
        for path, text in raw(page, "zh").items()
        if text == raw(page, "en")[path] and re.search(r"[a-z]{2} [a-z]{2}", text) and path[-1] not in STAYS
    ]
    examples = ("attention.examples.", "compare.presets.", "says.sentences.examples")
    assert [place for place in stayed if not place.startswith(examples)] == []
    assert len(stayed) > 5
