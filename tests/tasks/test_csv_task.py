"""Classification of the user's own rows: the split, the words, and what the model gets to see."""

from collections import Counter

import pytest

from attnlab.tasks import CsvClassification, SizeError, Split, TableError, class_names, example_data, read_table
from attnlab.tasks.csv_table import Table
from tests.tasks.small import ROWS, seeded


def made(*rows: tuple[str, str], max_tokens: int = 5, max_vocabulary: int = 2000) -> CsvClassification:
    texts, labels = zip(*rows, strict=True)
    return CsvClassification(Table(texts, labels, 0), max_tokens, max_vocabulary)


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


def test_a_class_with_one_text_is_refused_by_name() -> None:
    with pytest.raises(TableError, match=r"^label 'lonely' \(1 text\) must have at least 2 different ones") as caught:
        made(("a b", "x"), ("c d", "x"), ("e f", "lonely"), ("E  f", "lonely"))
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


def test_a_long_text_is_cut_between_words() -> None:
    """Eight characters are read for each of five tokens: the third word would be cut through."""
    rows = [("a" * 15 + " " + letter * 15 + " " + "c" * 15, "xy"[letter in "pq"]) for letter in "mnpq"]
    assert made(*rows)._tokens == tuple(("a" * 15, letter * 15) for letter in "mnpq")


def test_one_word_longer_than_all_that_is_read_is_still_a_text() -> None:
    assert made(("w" * 70, "a"), *ROWS)._tokens[0] == ("w" * 40,)


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
