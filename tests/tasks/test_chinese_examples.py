"""The Chinese texts to begin with: each once, judged as a reader would, and fit for the tasks that read them."""

import re

import pytest

from attnlab.tasks import (
    CsvClassification,
    NextCharacter,
    Translation,
    example_text,
    read_parallel,
    read_table,
)
from attnlab.tasks.chinese_examples import judged_sentences_zh, translated_sentences_zh
from attnlab.tasks.classification.csv_task import example_data
from attnlab.tasks.tables import PARALLEL, TEXTS, Given, guessed
from attnlab.tasks.translation.parallel_text import example_parallel


def test_each_sentence_stands_once_and_half_of_them_are_praise() -> None:
    judged = judged_sentences_zh(1600)
    assert len({sentence for sentence, _ in judged}) == len(judged) == 1600
    praise = sum(label == "好评" for _, label in judged)
    assert 0.4 < praise / len(judged) < 0.6
    assert judged_sentences_zh(5, seed=1) == judged_sentences_zh(5, seed=1) != judged_sentences_zh(5)


def test_what_is_denied_counts_as_its_opposite_and_what_comes_behind_but_counts() -> None:
    labels = dict(judged_sentences_zh(10_000))
    assert (
        labels["电影很精彩。"] == labels["电影一点也不无聊。"] == labels["虽然故事很无聊，但是电影很精彩。"] == "好评"
    )
    assert labels["电影很无聊。"] == labels["我不觉得电影精彩。"] == labels["故事有些精彩，不过电影很无聊。"] == "差评"


def test_the_place_stands_before_the_verb_in_chinese() -> None:
    pairs = dict(translated_sentences_zh(10_000))
    assert pairs["The big dog sleeps in the garden."] == "大狗在花园里睡觉。"
    assert len(pairs) == len(set(pairs.values())) > 1000


def test_the_tasks_read_them_and_their_columns_are_found() -> None:
    data = example_data("zh")
    reading = guessed(data, TEXTS, Given())
    assert (reading.text_column, reading.label_column) == ("文本", "标签")
    assert CsvClassification(table=read_table(data, reading)).labels == ("好评", "差评")
    parallel = example_parallel("zh")
    columns = guessed(parallel, PARALLEL, Given())
    assert (columns.text_column, columns.label_column) == ("英文", "中文")
    assert Translation(pairs=read_parallel(parallel, columns)).info.num_outputs > 20
    assert NextCharacter(text=example_text("zh")).info.num_outputs > 60


@pytest.mark.parametrize("make", [example_text, example_data, example_parallel])
def test_a_language_without_texts_of_its_own_begins_with_the_english_ones(make: object) -> None:
    assert callable(make)
    assert make("fr") == make() != make("zh")
    assert re.search("[一-鿿]", str(make("zh") if isinstance(make("zh"), str) else make("zh").decode()))
