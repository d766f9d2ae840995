"""Classification of the user's own rows: the split, the words, and what the model gets to see."""

from collections import Counter
from typing import cast

import pytest
import torch

from attnlab.tasks import CsvClassification, SizeError, Split, TableError, class_names, example_data, read_table
from attnlab.tasks.classification import csv_task
from attnlab.tasks.classification.csv_table import Table
from attnlab.tasks.classification.read_texts import CutName, kept_words, read_texts
from tests.tasks.small import ROWS, seeded


def made(
    *rows: tuple[str, str], max_tokens: int = 5, max_vocabulary: int = 2000, cut: CutName = "first"
) -> CsvClassification:
    texts, labels = zip(*rows, strict=True)
    return CsvClassification(Table(texts, labels, 0), max_tokens, max_vocabulary, cut)


def seen(task: CsvClassification) -> list[str]:
    """What a model sees of each text, its words all known."""
    texts = read_texts(task.table.texts, task.max_tokens, task.cut)
    return [
        " ".join(texts.words[number] for number in texts.ids[start : start + count].tolist())
        for start, count in zip(texts.starts.tolist(), texts.counts.tolist(), strict=True)
    ]


def drawn(task: CsvClassification, split: Split) -> set[tuple[str, str]]:
    """The (shown words, label) of a large batch."""
    batch = task.sample(2000, seeded(), split)
    symbols = task.info.symbols or ()
    words = [" ".join(symbols[number] for number in row if number > 1) for row in batch.inputs.tolist()]
    return {(text, task.labels[label]) for text, label in zip(words, batch.targets[batch.scored].tolist(), strict=True)}


def test_every_row_is_drawn_with_its_label_and_from_one_side() -> None:
    task = made(*ROWS)
    train, test = drawn(task, "train"), drawn(task, "test")
    assert train <= set(ROWS)
    assert len(train) == sum(sides["train"] for sides in task.balance.values())
    assert sum(sides["test"] for sides in task.balance.values()) == 60 - len(train)
    assert 35 <= len(train) <= 55
    assert test == {("<unk> is fine", "a"), ("<unk> is poor", "b"), ("<unk> is odd", "c")}


def test_words_of_the_test_alone_are_unknown() -> None:
    task = made(*ROWS)
    known = {word for text, _ in drawn(task, "train") for word in text.split()}
    assert task.info.symbols == ("<pad>", "<end>", "<unk>", *sorted(known))
    assert all(text.split()[0] == "<unk>" for text, _ in drawn(task, "test")), "every text has a word of its own"


def test_a_small_vocabulary_keeps_the_commonest_words() -> None:
    task = made(*ROWS, max_vocabulary=10)
    counts = Counter(word for text, _ in drawn(made(*ROWS), "train") for word in text.split())
    kept = set((task.info.symbols or ())[3:])
    assert len(kept) == 10
    assert {word for word, count in counts.items() if count > 1} <= kept


def test_copies_of_a_text_stay_on_one_side_whatever_their_case_spacing_and_label() -> None:
    rows = [(f"text {number}", "ab"[number % 2]) for number in range(40)]
    twins = [(f"TEXT  {number} \u200b", "ab"[number % 3 == 0]) for number in range(40)]
    data = "\n".join(["text,label", *(f"{text},{label}" for text, label in rows + twins)]).encode()
    task = CsvClassification(read_table(data), max_tokens=5)
    sides = task._is_test.tolist()
    assert sides[:40] == sides[40:]
    assert 0 < sum(sides) < 80


def test_texts_equal_as_far_as_the_model_reads_stay_on_one_side() -> None:
    rows = [(f"one two three {number % 7} five and more {number}", "ab"[number % 7 > 3]) for number in range(70)]
    task = made(*rows)
    sides = task._is_test.tolist()
    assert all(sides[number] == sides[number % 7] for number in range(70))


def test_the_side_of_a_text_does_not_depend_on_the_others() -> None:
    few, many = made(*ROWS[:30]), made(*ROWS)
    assert few._is_test.tolist() == many._is_test.tolist()[:30]


@pytest.mark.parametrize("number", range(12))
def test_every_class_is_on_both_sides_however_few_its_texts(number: int) -> None:
    task = made(("same", "a"), (f"other {number}", "a"), *(("same as ever", "b"), (f"b {number}", "b")))
    for sides in task.balance.values():
        assert sides == {"train": 1, "test": 1}


def test_a_class_with_one_text_is_left_out_by_name() -> None:
    task = made(("a b", "x"), ("e f", "lonely"), ("c d", "x"), ("E  f", "lonely"), ("g", "z"), ("h", "z"))
    assert task.lonely == ("lonely",)
    assert task.labels == ("x", "z")
    assert task.balance == {"x": {"train": 1, "test": 1}, "z": {"train": 1, "test": 1}}
    assert drawn(task, "train") | drawn(task, "test") <= {(text, "x") for text in ("a b", "c d", "<unk> <unk>")} | {
        (text, "z") for text in ("g", "h", "<unk>")
    }
    assert len(task.examples("train").inputs) + len(task.examples("test").inputs) == 4
    assert "e" not in (task.info.symbols or ())


def test_where_one_class_is_left_nothing_can_be_learned() -> None:
    message = r"^label_column \(1 classes with two texts that differ in what is read of them\) must have 2 to 100, "
    with pytest.raises(TableError, match=message) as caught:
        made(("a b", "x"), ("c d", "x"), ("e f", "lonely"))
    assert caught.value.field == "label_column"


def test_a_training_row_that_cutting_the_vocabulary_made_equal_to_a_test_row_is_not_drawn() -> None:
    task = made(*ROWS, max_vocabulary=10)
    assert not {text for text, _ in drawn(task, "train")} & {text for text, _ in drawn(task, "test")}
    without = [text for text, _ in drawn(task, "train") if text.startswith("<unk>")]
    assert not without, "every rare training text looks like a test text here"


def test_encode_is_what_a_batch_holds() -> None:
    task = made(*ROWS)
    ids = task.encode("Word3  IS fine and good and long")
    assert ids.shape == (task.info.seq_len,)
    assert task.encode("fine").tolist() == [(task.info.symbols or ()).index("fine"), 1, 0, 0, 0, 0]
    assert task.encode("zebra").tolist() == [2, 1, 0, 0, 0, 0]
    batch = task.sample(1, seeded())
    text = " ".join((task.info.symbols or ())[number] for number in batch.inputs[0].tolist() if number > 1)
    assert task.encode(text).tolist() == batch.inputs[0].tolist()


@pytest.mark.parametrize(
    ("cut", "kept"), [("first", "a b c d e"), ("last", "g h i j k"), ("both", "a b c j k")], ids=str
)
def test_of_a_long_text_the_words_are_read_that_were_asked_for(cut: CutName, kept: str) -> None:
    task = made(*ROWS, ("A b c d e f g h i j k", "a"), ("a b c d e", "b"), cut=cut)
    assert seen(task)[-2:] == [kept, "a b c d e"]
    assert task.num_cut == 1
    assert task.encode("1 2 3 4 5 6").tolist() == task.encode(" ".join(kept_words("123456", 5, cut))).tolist()


def test_the_limit_counts_words_however_long_they_are_and_signs_where_words_have_no_spaces() -> None:
    long, dense = " ".join("w" * 60 for _ in range(300)), "这" * 300
    task = made((long, "a"), (dense, "a"), *ROWS, max_tokens=299)
    assert [len(text.split()) for text in seen(task)[:2]] == [299, 299]
    assert task.num_cut == 2
    assert made((long, "a"), (dense, "a"), *ROWS, max_tokens=300).num_cut == 0


def test_the_telling_word_at_the_end_is_learned_only_where_it_is_read() -> None:
    rows = [(f"{n} {'so ' * 99}{n} {('lovely', 'awful')[n % 2]}", "ab"[n % 2]) for n in range(20)]
    words = set(made(*rows, max_tokens=64).info.symbols or ())
    assert not words & {"lovely", "awful"}
    assert {"lovely", "awful"} <= set(made(*rows, max_tokens=64, cut="last").info.symbols or ())


def test_an_unknown_way_to_cut_is_refused() -> None:
    with pytest.raises(SizeError, match=r"^cut \('middle'\) must be one of first, last, both$"):
        made(*ROWS, cut=cast("CutName", "middle"))


def test_the_parts_of_a_side_are_the_side(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made(*ROWS)
    expected = whole.examples("train")
    monkeypatch.setattr(csv_task, "ROWS_AT_ONCE", 7)
    parts = list(made(*ROWS).batches("train"))
    assert {len(part.inputs) for part in parts} >= {7}
    assert {part.inputs.shape[1] for part in parts} == {6}
    assert torch.cat([part.inputs for part in parts])[:, : expected.inputs.shape[1]].equal(expected.inputs)
    assert torch.cat([part.targets for part in parts]).sum() == expected.targets.sum()


def test_words_are_counted_where_they_are_trained_on() -> None:
    task = made(*ROWS)
    inputs = task.examples("train").inputs
    counts = torch.bincount(inputs[inputs > 1], minlength=len(task.info.symbols or ()))
    assert task.word_counts() == tuple(counts.tolist())
    assert task.num_rows("train") == len(inputs)


def test_a_vocabulary_too_small_to_tell_training_from_test_is_refused() -> None:
    rows = [(f"only{number} a b c d e f g h i j", "xy"[number % 2]) for number in range(40)]
    assert made(*rows, max_tokens=12, max_vocabulary=11).info.num_outputs == 2
    with pytest.raises(SizeError, match=r"^max_vocabulary \(10\) must be larger"):
        made(*rows, max_tokens=12, max_vocabulary=10)


def test_user_words_cannot_pass_for_special_tokens() -> None:
    task = made(("<pad> <end>", "a"), ("<unk> x", "a"), ("<end>", "b"), ("y", "b"), max_tokens=7)
    assert (task.sample(50, seeded()).scored.sum(1) == 1).all()
    assert not {"<pad>", "<end>", "<unk>"} & set((task.info.symbols or ())[3:])


def test_class_names_are_the_labels_in_order() -> None:
    task = made(("a", "10"), ("b", "10"), ("c", "9"), ("d", "9"), ("e", "09"), ("f", "09"))
    assert class_names(task) == ("09", "10", "9")


def test_the_example_file_is_read_without_a_user() -> None:
    task = CsvClassification()
    assert task.table == read_table(example_data())
    assert set(task.balance) == {"negative", "positive"}
    assert sum(sum(sides.values()) for sides in task.balance.values()) == 300
