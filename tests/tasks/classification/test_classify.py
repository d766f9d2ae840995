"""One verdict a text: the same examples as the sequence tasks', without their <end>."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from attnlab.tasks import (
    Batch,
    ClassifyCsv,
    ClassifySentiment,
    CsvClassification,
    ParallelText,
    Sentiment,
    SizeError,
    TableError,
    TextReader,
    Translation,
    class_names,
    input_texts,
    read_table,
    worked_example,
)
from attnlab.tasks.classification.classify import EXAMPLES, UNKNOWN_SHARE
from attnlab.tasks.classification.sentiment_grammar import ADJECTIVES, FRAMES, POSITIVE
from attnlab.tasks.split import hash_rows
from tests.tasks.small import CSV, seeded

FRAME_VERBS = {after.split()[0] for _, after in FRAMES}


def words_of(symbols: tuple[str, ...] | None, ids: torch.Tensor) -> list[str]:
    return [(symbols or ())[number] for number in ids.tolist() if number]


def test_sentences_have_up_to_so_many_adjectives_and_the_verdict_that_their_words_say() -> None:
    task = ClassifySentiment(3)
    batch = task.sample(701, seeded(), "test")
    assert batch.targets.shape == batch.scored.shape == (701, 1)
    assert bool(batch.scored.all())
    counts = Counter()
    for ids, target in zip(batch.inputs, batch.targets[:, 0].tolist(), strict=True):
        words = words_of(task.info.symbols, ids)
        counts[sum(word in ADJECTIVES for word in words)] += 1
        flipped = " not " in f" {' '.join(words)} " and words[words.index("not") + 1] in FRAME_VERBS
        assert target == ((words[-1] in POSITIVE) ^ flipped), words
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 701 / 4 * 0.8


def test_floors_sizes_and_labels_are_the_sequence_tasks() -> None:
    ours, theirs = ClassifySentiment(3), Sentiment(3)
    assert ours.info.floors == theirs.info.floors
    assert ours.info.sizes == {"num_adjectives": 3}
    assert (ours.info.kind, ours.info.causal) == ("classification", False)
    assert ours.info.seq_len == theirs.info.seq_len - 1
    assert class_names(ours) == ("negative", "positive")
    assert "<end>" not in (ours.info.symbols or ())


def test_subsets_are_told_apart_by_the_place_of_the_not() -> None:
    task = ClassifySentiment()
    batch = task.examples("test")
    subsets = task.subsets(batch)
    assert torch.equal(subsets["flipped"] | subsets["unflipped"], subsets["negated"])
    assert torch.equal(subsets["plain"], ~subsets["negated"])
    assert not (subsets["flipped"] & subsets["unflipped"]).any()
    good = torch.tensor(
        [word in {"good", "great", "lovely", "superb", "charming", "delightful"} for word in task.info.symbols or ()]
    )
    opinion = good[batch.inputs].any(1)
    assert torch.equal(opinion != batch.targets[:, 0].bool(), subsets["flipped"])
    assert all(int(members.sum()) > 120 for members in subsets.values())


def test_examples_are_the_same_at_each_call_and_differ_from_side_to_side() -> None:
    task = ClassifySentiment(4)
    assert torch.equal(task.examples("test").inputs, task.examples("test").inputs)
    assert len(task.examples("train").inputs) == EXAMPLES
    assert not torch.isin(hash_rows(task.examples("train").inputs), hash_rows(task.examples("test").inputs)).any()


def test_every_row_of_a_table_is_on_one_side_once() -> None:
    task = ClassifyCsv(read_table(CSV), max_tokens=5)
    sizes = {label: sides["train"] + sides["test"] for label, sides in task.balance.items()}
    assert sizes == {"a": 20, "b": 20, "c": 20}
    test = task.examples("test")
    assert len(test.inputs) == sum(sides["test"] for sides in task.balance.values())
    assert task.subsets(test) == {}


def test_training_words_are_hidden_now_and_then_and_test_words_never() -> None:
    # Long rows of frequent words: short ones of rare words would rather be left whole than become a test text.
    rows = "\n".join(
        f"{' '.join(f'w{(row * 7 + at * 3) % 23}' for at in range(20))} {row},{'ab'[row % 2]}" for row in range(90)
    )
    task = ClassifyCsv(read_table(f"text,label\n{rows}\n".encode()))
    unknown = task.reader.symbols.index("<unk>")
    train = task.sample(500, seeded(), "train").inputs
    shown = CsvClassification(task.table, 64, 5000).sample(500, seeded(), "train").inputs
    share = (train == unknown).sum() / (train > 0).sum()
    assert float(share) == pytest.approx(UNKNOWN_SHARE, abs=0.01)
    assert int(((shown[:, :-1] - 1).clamp(min=0) != train).sum()) == int((train == unknown).sum())
    fixed = replace(task).examples("test").inputs
    assert torch.equal(fixed, task.examples("test").inputs)


def test_a_reader_names_what_it_does_not_know() -> None:
    plain = TextReader(("<pad>", "a", "film", "not"), 4)
    read = plain.read("A Zebra film: not <pad> a")
    assert (read.tokens, read.ids, read.unknown) == (("a", "film"), (1, 2), ("zebra", ":"))
    assert (read.written, read.left_out) == (("a", "zebra", "film", ":"), {1, 3})
    assert [read.place_read(place) for place in range(5)] == [0, None, 1, None, None]
    assert read.unread == 0.5
    with_unknown = TextReader(("<pad>", "<unk>", "a"), 3)
    read = with_unknown.read("a b <unk>")
    assert (read.tokens, read.ids, read.unknown) == (("a", "b", "<"), (2, 1, 1), ("b", "<"))
    assert (read.written, read.left_out) == (("a", "b", "<"), frozenset())
    assert read.unread == pytest.approx(2 / 3)
    assert with_unknown.words == ("a",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \u200b",
        "\0\x1b",
        "\ud800",
        "a" * 100_000,
        "\n" * 10_000,
        "\u202e",
        "<script>",
        "__proto__",
        "\u0301" * 999,
    ],
)
def test_whatever_is_typed_is_read(text: str) -> None:
    read = ClassifySentiment().reader.read(text)
    assert len(read.tokens) == len(read.ids) <= 20


def test_a_worked_example_ends_with_the_verdict() -> None:
    example = worked_example(ClassifySentiment(1))
    assert example.answers[-1] in {"negative", "positive"}
    assert set(example.answers[:-1]) == {None}


def test_sizes_and_tables_are_refused_as_by_the_sequence_tasks() -> None:
    with pytest.raises(SizeError, match=r"num_adjectives \(9\)"):
        ClassifySentiment(9)
    with pytest.raises(SizeError, match=r"max_tokens \(513\)"):
        ClassifyCsv(max_tokens=513)
    with pytest.raises(TableError, match="1 classes with two texts that differ"):
        ClassifyCsv(read_table(b"text,label\nx,a\ny,a\nz,b\n"))


def test_a_typed_text_is_cut_as_those_of_the_table_were() -> None:
    task = ClassifyCsv(read_table(CSV), max_tokens=3, cut="last")
    assert task.reader.read("fine poor odd is fine is poor").tokens == ("fine", "is", "poor")
    assert task.num_cut == 0
    assert ClassifyCsv(read_table(CSV), max_tokens=2).num_cut == 60


def test_a_text_is_shown_as_it_was_written() -> None:
    task = ClassifyCsv(read_table(CSV), max_tokens=5)
    for split in ("train", "test"):
        for number, row in enumerate(task.examples(split).inputs.tolist()):
            text = task.as_written(split, number)
            assert text in task.table.texts
            assert list(task.reader.read(text).ids) == [word for word in row if word]
    grammar = ClassifySentiment(1)
    shown = [grammar.as_written("test", number) for number in range(40)]
    assert any("," in text for text in shown)
    assert not any(" ," in text for text in shown)
    assert grammar.reader.read(grammar.as_written("test", 3)).ids == tuple(
        word for word in grammar.examples("test").inputs[3].tolist() if word
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("i wouldn't say that the film was good", "i would not say that the film was good"),
        ("I wouldn´t say it WASN’T bad", "i would not say it was not bad"),
        ("they'll say they've", "they say they"),
        ("It's good 'cause I wasn't there", "it good because i was not"),
    ],
)
def test_a_contraction_keeps_its_not(typed: str, read: str) -> None:
    assert " ".join(ClassifySentiment().reader.read(typed).tokens) == read


def test_a_word_of_the_learners_own_rows_stays_as_it_is_known_there() -> None:
    rows = "".join(f"it wasn't number {n},{'ab'[n % 2]}\n" for n in range(20))
    assert "wasn't" in ClassifyCsv(read_table(f"text,label\n{rows}".encode())).reader.read("It wasn't").tokens


def test_the_words_of_every_batch_can_be_shown_as_they_were_written() -> None:
    rows = "".join(f"fine once{n},{'ab'[n % 2]}\n" for n in range(40))
    own = read_table(f"text,label\n{rows}".encode())
    for task in (ClassifyCsv(own), CsvClassification(own)):
        unknown = (task.info.symbols or ()).index("<unk>")
        for split in ("train", "test"):
            batch = task.sample(9, seeded(), split)
            for number in range(len(batch.inputs)):
                fine, once, *behind = input_texts(task, batch, number)
                assert fine == "fine"
                assert once.startswith("once")
                assert set(behind) <= {"<end>", "<pad>"}
        assert (batch.inputs == unknown).any()
    pairs = ParallelText(("a cat", "a dog", "my hat"), ("un chat", "un chien", "mon chapeau"), 0)
    shown = worked_example(Translation(pairs=pairs))
    assert " ".join(shown.inputs[:2]) in pairs.sources
    assert "<unk>" not in {*shown.inputs, *shown.answers}


def test_counts_are_those_of_the_examples() -> None:
    for task in (ClassifySentiment(1), ClassifyCsv(read_table(CSV), max_tokens=5)):
        inputs = task.examples("train").inputs
        assert task.num_texts("train") == len(inputs)
        assert task.word_counts() == tuple(
            torch.bincount(inputs[inputs > 0], minlength=len(task.reader.symbols)).tolist()
        )


def test_a_bag_of_words_cannot_tell_the_two_places_of_the_not() -> None:
    """The twins that the floor rests on: the same words, the other verdict, and both occur."""
    task = ClassifySentiment(0)
    batch = task.sample(4000, seeded(), "test")
    bags = {}
    for ids, target in zip(batch.inputs.sort(1).values.tolist(), batch.targets[:, 0].tolist(), strict=True):
        bags.setdefault(tuple(ids), set()).add(target)
    not_id = (task.info.symbols or ()).index("not")
    negated = [verdicts for bag, verdicts in bags.items() if not_id in bag]
    assert sum(len(verdicts) == 2 for verdicts in negated) > 100
    assert all(len(verdicts) == 1 for bag, verdicts in bags.items() if not_id not in bag)


def test_batches_are_batches() -> None:
    assert isinstance(ClassifyCsv().examples("train"), Batch)
