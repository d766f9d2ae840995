"""Sentiment with negation: labels by a reader of English, and why counting words cannot do it."""

import itertools

import pytest
import torch

from attnlab.tasks import Sentiment, SizeError, Split
from attnlab.tasks.classification.sentiment import plain_sentences
from attnlab.tasks.classification.sentiment_grammar import (
    VOCABULARY,
    built_sentences,
    decoded,
    longest_sentence,
    sampled_choices,
)
from tests.tasks.small import seeded

GOOD = {"good", "great", "lovely", "superb", "charming", "delightful"}
BAD = {"bad", "awful", "dreadful", "boring", "dull", "terrible"}
JUDGING = {"say", "claim", "agree", "think", "report"}


def read(words: list[str]) -> tuple[bool, str]:
    """(positive, where the "not" is), by reading from left to right."""
    (opinion,) = [word for word in words if word in GOOD | BAD]
    if "not" not in words:
        return opinion in GOOD, "plain"
    (at,) = [at for at, word in enumerate(words) if word == "not"]
    flips = words[at + 1] in JUDGING
    return (opinion in GOOD) != flips, "flipped" if flips else "unflipped"


def sentences(num_adjectives: int, count: int, split: Split = "train") -> list[tuple[list[str], int]]:
    """(words, label) of each example of a batch."""
    batch = Sentiment(num_adjectives).sample(count, seeded(), split)
    labels = batch.targets[batch.scored]
    return [(list(decoded(row)), int(label)) for row, label in zip(batch.inputs, labels, strict=True)]


@pytest.mark.parametrize("num_adjectives", [0, 1, 3, 8])
@pytest.mark.parametrize("split", ["train", "test"])
def test_labels_are_those_of_a_reader(num_adjectives: int, split: Split) -> None:
    for words, label in sentences(num_adjectives, 300, split):
        assert read(words)[0] == bool(label)


def test_subsets_are_those_of_a_reader() -> None:
    task = Sentiment()
    batch = task.sample(300, seeded())
    subsets = task.subsets(batch)
    kinds = [read(list(decoded(row)))[1] for row in batch.inputs]
    for kind in ("plain", "flipped", "unflipped"):
        assert subsets[kind].tolist() == [found == kind for found in kinds]
    assert subsets["negated"].tolist() == [found != "plain" for found in kinds]


def test_the_verdict_is_asked_at_the_end_and_padding_follows() -> None:
    batch = Sentiment().sample(100, seeded())
    assert (batch.scored.sum(1) == 1).all()
    after = batch.scored.long().cumsum(1).bool() & ~batch.scored
    assert (batch.inputs[after] == 0).all()
    assert (batch.inputs[~after & ~batch.scored] > 1).all()


@pytest.mark.parametrize("num_adjectives", [0, 1, 3, 8])
def test_the_longest_sentence_just_fits(num_adjectives: int) -> None:
    batch = Sentiment(num_adjectives).sample(2000, seeded())
    assert batch.inputs.shape[1] == longest_sentence(num_adjectives)
    assert batch.scored[:, -1].any()


def test_by_hand() -> None:
    choices = torch.tensor([[0, 0, 0, 0, 0, 0, 2], [5, 3, 1, 1, 6, 4, 5]])
    no, yes = torch.tensor([False, False]), torch.tensor([True, True])
    plain = [" ".join(decoded(row)) for row in built_sentences(choices, no, no)]
    flipped = [" ".join(decoded(row)) for row in built_sentences(choices, yes, no)]
    unflipped = [" ".join(decoded(row)) for row in built_sentences(choices, no, yes)]
    assert plain == [
        "although we did sleep much , i would say that the long recent film was really good",
        "most people would think that the foreign modern book that they did advertise was quite bad",
    ]
    assert flipped[0] == "although we did sleep much , i would not say that the long recent film was really good"
    assert unflipped[0] == "although we did not sleep much , i would say that the long recent film was really good"
    assert flipped[1].startswith("most people would not think that the foreign")
    assert unflipped[1].endswith("book that they did not advertise was quite bad")


def test_half_are_plain_a_quarter_flipped_and_labels_balanced() -> None:
    found = [read(words) for words, _ in sentences(2, 4000)]
    shares = {kind: sum(where == kind for _, where in found) / 4000 for kind in ("plain", "flipped", "unflipped")}
    assert shares == pytest.approx({"plain": 1 / 2, "flipped": 1 / 4, "unflipped": 1 / 4}, abs=0.035)
    for kind in shares:
        mine = [positive for positive, where in found if where == kind]
        assert sum(mine) / len(mine) == pytest.approx(1 / 2, abs=0.07)


def test_every_negated_sentence_has_a_twin_with_the_same_words_and_the_other_label() -> None:
    """Both are as likely, so word counts leave a coin wherever there is a "not": the floor of 3/4."""
    choices = sampled_choices(500, 2, seeded())
    no, yes = torch.zeros(500, dtype=torch.bool), torch.ones(500, dtype=torch.bool)
    for one, other in zip(built_sentences(choices, yes, no), built_sentences(choices, no, yes), strict=True):
        assert sorted(one.tolist()) == sorted(other.tolist())
        assert read(list(decoded(one)))[0] != read(list(decoded(other)))[0]
    loss, accuracy = next((f.loss, f.metric) for f in Sentiment().info.floors if f.name == "bag of words")
    assert (loss, accuracy) == pytest.approx((0.5 * 0.693147, 0.5 * 1 + 0.5 * 0.5))


def test_where_the_not_stands_tells_nothing_either() -> None:
    """Early or late: half of the early ones flip, and half of the late."""
    found = [
        (words.index("not") < len(words) / 3, read(words)[1] == "flipped")
        for words, _ in sentences(2, 6000)
        if "not" in words
    ]
    for early in (True, False):
        flips = [flipped for where, flipped in found if where == early]
        assert 0.3 < sum(flips) / len(flips) < 0.7


@pytest.mark.parametrize("pairs", [False, True])
def test_a_classifier_fitted_to_word_counts_reaches_the_floor_and_no_more(pairs: bool) -> None:
    """Logistic regression on counts, and on products of "not" with every count: what a bag can hold of "not good"."""

    def features(split: Split, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        task = Sentiment(1)
        batch = task.sample(count, seeded(), split)
        bags = torch.nn.functional.one_hot(batch.inputs, len(VOCABULARY)).sum(1).float()
        bags = torch.cat([bags, bags * bags[:, 2:3]], dim=1) if pairs else bags
        return bags, batch.targets[batch.scored], task.subsets(batch)["negated"]

    bags, labels, _ = features("train", 3000)
    weights = torch.zeros(bags.shape[1], 2, requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(bags @ weights, labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    bags, labels, negated = features("test", 3000)
    right = ((bags @ weights).argmax(1) == labels).double()
    assert right.mean().item() == pytest.approx(0.75, abs=0.04)
    assert right[negated].mean().item() == pytest.approx(0.5, abs=0.06)
    assert right[~negated].mean().item() > 0.98


def test_the_versions_of_one_sentence_stay_on_one_side() -> None:
    def without_not(split: Split) -> set[tuple[str, ...]]:
        return {tuple(word for word in words if word != "not") for words, _ in sentences(0, 3000, split)}

    train, test = without_not("train"), without_not("test")
    assert not train & test
    assert len(train) > 2000
    assert len(test) > 1000


def test_more_adjectives_put_the_not_further_from_the_opinion() -> None:
    def distance(num_adjectives: int) -> float:
        found = [words for words, _ in sentences(num_adjectives, 500) if read(words)[1] == "flipped"]
        return sum(len(words) - 1 - words.index("not") for words in found) / len(found)

    assert [round(distance(8) - distance(n)) for n in (2, 5)] == [6, 3]
    assert distance(0) > 6, "further than a kernel of three sees"


def test_plain_sentences_are_clean_english_with_both_labels() -> None:
    lines = plain_sentences(50)
    assert {label for _, label in lines} == {"positive", "negative"}
    for text, label in lines:
        assert text[0].isupper()
        assert text.endswith(".")
        assert " not " not in text
        assert (text.removesuffix(".").split()[-1] in GOOD) == (label == "positive")


def test_adjectives_do_not_repeat() -> None:
    for words, _ in itertools.islice(sentences(8, 50), 50):
        adjectives = words[words.index("the") + 1 :][:8]
        assert len(set(adjectives)) == 8


# --- few sentences ----------------------------------------------------------------------------------------------------


def test_a_task_of_few_sentences_trains_on_these_alone_and_is_tested_on_all() -> None:
    few, all_of_them = Sentiment(num_examples=7), Sentiment()
    trained = few.sample(300, seeded())
    assert len({tuple(row) for row in trained.inputs.tolist()}) == 7
    ours, theirs = (task.sample(50, seeded(), "test") for task in (few, all_of_them))
    assert torch.equal(ours.inputs, theirs.inputs)
    assert torch.equal(ours.targets, theirs.targets)


def test_of_few_sentences_as_many_bear_the_other_label_as_is_said() -> None:
    task = Sentiment(num_examples=2000, wrong_labels=20)
    batch = task.sample(4000, seeded())
    labels = batch.targets[batch.scored].tolist()
    read_so = [read(list(decoded(row)))[0] for row in batch.inputs]
    wrong = sum(bool(label) != right for label, right in zip(labels, read_so, strict=True)) / len(labels)
    assert wrong == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"num_examples": 9000}, r"num_examples \(9000\) must be between 0 and 8192"),
        ({"wrong_labels": 5}, r"wrong_labels \(5\) must be between 0 and 0"),
        ({"num_examples": 9, "wrong_labels": 51}, r"wrong_labels \(51\) must be between 0 and 50"),
    ],
)
def test_sizes_of_few_sentences_are_checked(sizes: dict[str, int], said: str) -> None:
    with pytest.raises(SizeError, match=said):
        Sentiment(**sizes)
