"""The translation task: what is held out, how a pair becomes a row, and what becomes of a typed sentence."""

import math
import random
import re
from collections import Counter
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attnlab.engine.seeds import generator
from attnlab.tasks import (
    FINAL_EXAMPLES,
    Pair,
    ParallelText,
    SizeError,
    Split,
    TableError,
    Translation,
    example_parallel,
    read_parallel,
)
from attnlab.tasks.translation import corpus as corpora
from attnlab.tasks.translation.corpus import END_ID, PAD_ID, SPECIAL, START_ID, UNKNOWN_ID, Corpus
from attnlab.tasks.translation.floors import blind_floors
from attnlab.tasks.translation.grammar import Sentence, pair_of
from attnlab.tasks.translation.samples import combination
from tests.tasks.small import seeded
from tests.tasks.translation.sentences import clause

BOTH: tuple[Split, Split] = ("train", "test")
TASK = Translation()


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return TASK.corpus


def said(corpus: Corpus, split: Split) -> list[Sentence]:
    told = [corpus.told[row] for row in corpus.sides[split].tolist()]
    return [sentence for sentence in told if isinstance(sentence, Sentence)]


def combinations(sentences: list[Sentence]) -> set[tuple[str, ...]]:
    return {combination(part) for one in sentences for part in (one.first, one.second) if part is not None}


# --- the corpus -------------------------------------------------------------------------------------------------------


def test_there_are_tens_of_thousands_of_different_pairs(corpus: Corpus) -> None:
    rows = {tuple(row) for row in corpus.sources.tolist()}
    assert len(rows) == len(corpus.sources) == 44_000
    assert {split: len(rows) for split, rows in corpus.sides.items()} == {"train": 40_000, "test": 4_000}


def check_combinations(corpus: Corpus) -> None:
    train = combinations(said(corpus, "train"))
    for sentence in said(corpus, "test"):
        assert combinations([sentence]) - train, "at least one of its clauses is new"


def test_no_combination_of_a_test_sentence_is_that_of_a_training_sentence(corpus: Corpus) -> None:
    check_combinations(corpus)
    assert len(combinations(said(corpus, "train"))) > 3000


def test_that_law_fails_for_a_split_by_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    coin = random.Random(0)
    monkeypatch.setattr(corpora, "is_held_out", lambda sentence: coin.random() < 0.25)
    with pytest.raises(AssertionError, match="at least one"):
        check_combinations(corpora.grammar_corpus.__wrapped__(5000, 8))


def test_every_word_of_the_test_is_known_from_training_and_often_seen(corpus: Corpus) -> None:
    for ids, symbols in ((corpus.sources, corpus.source_symbols), (corpus.targets, corpus.target_symbols)):
        counts = torch.bincount(ids[corpus.sides["train"]].flatten(), minlength=len(symbols))
        assert not (ids == UNKNOWN_ID).any()
        assert int(counts[len(SPECIAL) :].min()) >= 40


def test_the_cat_that_sat_on_the_mat_is_tested_and_never_trained(corpus: Corpus) -> None:
    wanted = pair_of(Sentence(clause("the cat", "sit", "past", on="the mat")))
    assert wanted == corpus.pair(int(corpus.sides["test"][0]))
    train = combinations(said(corpus, "train"))
    assert ("cat", "sit", "mat") not in train
    assert {name for name, verb, *where in train if verb == "sit" and where == ["mat"]} >= {"dog", "bird", "cow"}
    assert {tuple(where) for name, verb, *where in train if (name, verb) == ("cat", "sit")} >= {("bed",), ("tree",)}
    rows = corpus.sides["train"]
    of_seven = TASK.pairs_of(rows[corpus.lengths[rows] == 7])
    assert sum(re.fullmatch(r"the \w+ sat on the \w+ \.", " ".join(pair.source)) is not None for pair in of_seven) > 5


def test_lengths_run_from_three_to_the_longest_and_short_ones_are_common(corpus: Corpus) -> None:
    lengths = Counter(corpus.lengths.tolist())
    assert set(lengths) == set(range(3, 25))
    assert sum(count for length, count in lengths.items() if length <= 9) > len(corpus.told) / 3
    assert sum(count for length, count in lengths.items() if length >= 16) > len(corpus.told) / 10


def test_two_tasks_of_one_size_share_one_corpus_and_another_process_would_draw_the_same() -> None:
    assert Translation().corpus is Translation().corpus
    again = corpora.grammar_corpus.__wrapped__(5000, 8)
    assert torch.equal(again.sources, Translation(5000, 8).corpus.sources)


def test_more_pairs_than_there_are_short_sentences_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "_MOST_DRAWS", 1)
    with pytest.raises(SizeError, match=r"^num_pairs \(5000\) must be at most \d+ for max_source 8$") as caught:
        corpora.grammar_corpus.__wrapped__(5000, 8)
    assert caught.value.field == "num_pairs"


# --- rows -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", BOTH)
def test_a_row_is_the_source_then_the_target_one_later(split: Split) -> None:
    info = TASK.info
    S, T = info.source_len or 0, info.seq_len - (info.source_len or 0)
    rows = TASK.rows(37, seeded(), split)
    batch, pairs = TASK.batch_of(rows), TASK.pairs_of(rows)
    assert S == 24
    assert int((TASK.corpus.targets != PAD_ID).sum(1).max()) == T
    for pair, inputs, targets, scored in zip(pairs, batch.inputs, batch.targets, batch.scored, strict=True):
        source = [(info.source_symbols or ()).index(word) for word in pair.source]
        target = [(info.symbols or ()).index(word) for word in pair.target]
        assert inputs[:S].tolist() == source + [PAD_ID] * (S - len(source))
        assert inputs[S:].tolist() == [START_ID, *target] + [PAD_ID] * (T - 1 - len(target))
        assert targets.tolist() == [*target, END_ID] + [PAD_ID] * (T - 1 - len(target))
        assert scored.tolist() == [True] * (len(target) + 1) + [False] * (T - 1 - len(target))


@pytest.mark.parametrize("split", BOTH)
def test_a_sample_is_the_batch_of_the_rows_that_the_same_generator_draws(split: Split) -> None:
    sampled, known = TASK.sample(13, seeded(3), split), TASK.batch_of(TASK.rows(13, seeded(3), split))
    assert torch.equal(sampled.inputs, known.inputs)
    assert torch.equal(sampled.targets, known.targets)


def test_a_training_batch_has_sources_of_similar_length_and_no_pair_is_left_out(corpus: Corpus) -> None:
    parts = corpus.by_length
    assert torch.equal(torch.cat(parts).sort().values, corpus.sides["train"])
    for part, longer in pairwise(parts):
        assert int(corpus.lengths[part].max()) <= int(corpus.lengths[longer].min())
    chosen = set()
    for seed in range(60):
        rows = TASK.rows(7, seeded(seed))
        (found,) = [number for number, part in enumerate(parts) if torch.isin(rows, part).all()]
        chosen.add(found)
    assert chosen == set(range(len(parts)))


def test_test_pairs_are_those_that_contenders_are_scored_on() -> None:
    batch = TASK.sample(17, generator(5, "held out", "translation"), "test")
    words = [" ".join((TASK.info.symbols or ())[number] for number in row if number > END_ID) for row in batch.targets]
    assert [" ".join(pair.target) for pair in TASK.test_pairs(17, seed=5)] == words


# --- floors -----------------------------------------------------------------------------------------------------------


def test_blind_floors_by_hand() -> None:
    """Words 2 and 3, V = 4. Training: 2 3 3 / 2 3; the test: 2 3 / 3 3."""
    train, test = torch.tensor([[2, 3, 3], [2, 3, 0]]), torch.tensor([[2, 3, 0], [3, 3, 0]])
    unigram, bigram = blind_floors(train, test, 4)
    p2, p3 = 3 / 9, 4 / 9
    assert unigram.loss == pytest.approx(-(math.log(p2) + 3 * math.log(p3)) / 4)
    start2, start3, then33, then23 = (2 + p2) / 3, p3 / 3, (1 + p3) / 2, (2 + p3) / 3
    after3 = (1 + p3) / 2
    assert bigram.loss == pytest.approx(-sum(map(math.log, (start2, then23, start3, after3))) / 4)
    assert then33 == after3
    assert (unigram.metric, bigram.metric) == (0.0, 0.5)


def test_the_floors_are_those_of_the_sentences_that_a_final_score_is_of() -> None:
    corpus = TASK.corpus
    scored = corpus.targets[TASK.test_rows(FINAL_EXAMPLES["translation"])].long()
    train = corpus.targets[corpus.sides["train"]].long()
    assert len(scored) < (TASK.info.num_test or 0)
    assert TASK.info.floors == blind_floors(train, scored, len(corpus.target_symbols))


def test_whoever_does_not_read_the_english_translates_nothing() -> None:
    unigram, bigram = TASK.info.floors
    assert unigram.loss is not None
    assert bigram.loss is not None
    assert 2 < bigram.loss < unigram.loss - 1
    assert bigram.metric == 0


# --- what somebody typed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The cat did not sit on the mat.",
        "the cat did not sit on the mat .",
        "  THE CAT didn't sit on the mat.\n",
        "The cat didn’t sit\u200b on the mat.",
    ],
)
def test_every_way_to_type_a_sentence_is_read_alike(text: str) -> None:
    encoded = TASK.encode(text)
    assert " ".join(encoded.tokens) == "the cat did not sit on the mat ."
    assert (encoded.unknown, encoded.cut, encoded.closed) == ((), 0, False)
    assert [TASK.corpus.source_symbols[number] for number in encoded.ids] == list(encoded.tokens)


def test_a_missing_full_stop_is_added_and_told() -> None:
    encoded = TASK.encode("I won't sing")
    assert (encoded.tokens, encoded.closed) == (("i", "will", "not", "sing", "."), True)


@pytest.mark.parametrize("end", ["?", "!", "…", "."])
def test_no_full_stop_is_added_behind_another_end(end: str) -> None:
    encoded = TASK.encode(f"The cat sits{end}")
    assert encoded.tokens == ("the", "cat", "sits", end)
    assert not encoded.closed


def test_a_genitive_keeps_its_name() -> None:
    assert TASK.encode("Anna's cat doesn´t sing").tokens == ("anna", "'s", "cat", "does", "not", "sing", ".")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("I'll see the cat", "i will see the cat ."),
        ("Won't they sing?", "will not they sing ?"),
        ("It's here!", "it is here !"),
        ("They're not", "they are not ."),
        ("We've seen it", "we have seen it ."),
        ("I’m Anna", "i am anna ."),
        ("Paul isn't there …", "paul is not there …"),
        ("Anna’s cat", "anna 's cat ."),
    ],
)
def test_a_contraction_is_read_as_the_words_it_stands_for(typed: str, read: str) -> None:
    encoded = TASK.encode(typed)
    assert " ".join(encoded.tokens) == read
    assert set(encoded.unknown) == set(read.split()) - set(TASK.corpus.source_symbols)


def test_unknown_words_are_named_once_and_not_guessed() -> None:
    encoded = TASK.encode("The Zebra saw the zebra and a <pad>.")
    assert encoded.unknown == ("zebra", "<", "pad", ">")
    assert encoded.ids.count(UNKNOWN_ID) == 5
    assert PAD_ID not in encoded.ids


@pytest.mark.parametrize(("typed", "cut"), [(22, 0), (23, 0), (24, 1), (25, 2), (1000, 977)])
def test_what_lies_beyond_the_longest_source_is_cut_and_told(typed: int, cut: int) -> None:
    encoded = TASK.encode("cat " * typed)
    assert encoded.tokens == ("cat",) * min(typed, 23) + (".",)
    assert (encoded.cut, encoded.closed) == (cut, True)
    assert TASK.encode("cat " * 23 + ".").closed is False


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u202e\0", "\ud83d"])
def test_nothing_visible_is_no_sentence(text: str) -> None:
    assert TASK.encode(text).ids == ()


@given(st.text(max_size=120))
def test_whatever_is_typed_is_read_within_the_vocabulary(text: str) -> None:
    encoded = TASK.encode(text)
    assert len(encoded.ids) == len(encoded.tokens) <= 24
    assert all(UNKNOWN_ID <= number < len(TASK.corpus.source_symbols) for number in encoded.ids)
    assert {token for token, number in zip(encoded.tokens, encoded.ids, strict=True) if number == UNKNOWN_ID} == set(
        encoded.unknown
    )


def test_ids_are_spelled_as_french_is_written_as_far_as_the_end() -> None:
    words = ["<start>", "l'", "oiseau", "n'", "aime", "pas", "anna", ".", "<end>", "chat"]
    ids = [TASK.corpus.target_symbols.index(word) for word in words]
    assert TASK.decoded(ids) == "L'oiseau n'aime pas Anna."
    assert TASK.decoded([]) == ""


# --- the user's own pairs ---------------------------------------------------------------------------------------------

OWN = ParallelText(
    tuple(f"word{i} is a number" for i in range(40)), tuple(f"mot{i} est l’un d'eux" for i in range(40)), 0
)


def test_the_users_pairs_are_split_by_source_and_have_no_gold_links() -> None:
    task = Translation(pairs=OWN)
    sides = {split: task.corpus.sides[split].tolist() for split in BOTH}
    assert sorted(sides["train"] + sides["test"]) == list(range(40))
    assert 3 < len(sides["test"]) < 20
    assert task.corpus.pair(0) == Pair(("word0", "is", "a", "number"), ("mot0", "est", "l'", "un", "d'", "eux"))
    assert (task.info.source_len, task.info.seq_len) == (4, 4 + 7)
    twins = Translation(pairs=ParallelText((*OWN.sources, *(text.upper() for text in OWN.sources)), OWN.targets * 2, 0))
    assert twins.corpus.is_test.tolist() == task.corpus.is_test.tolist() * 2


def test_words_that_only_the_users_test_rows_have_are_unknown() -> None:
    task = Translation(pairs=OWN)
    batch = task.sample(50, seeded(), "test")
    assert (batch.inputs[:, 0] == UNKNOWN_ID).all()
    assert not (task.sample(50, seeded()).inputs == UNKNOWN_ID).any()


def test_the_users_sentences_get_no_full_stop_and_their_longest_sets_the_size() -> None:
    encoded = Translation(pairs=OWN).encode("A number is word3 forever")
    assert (encoded.tokens, encoded.cut, encoded.closed) == (("a", "number", "is", "word3"), 1, False)


def test_long_sentences_of_the_user_are_cut() -> None:
    pairs = ParallelText(("a " * 5000, "b c"), ("d " * 100, "e"), 0)
    task = Translation(pairs=pairs)
    assert (task.info.source_len, task.info.seq_len) == (32, 32 + 33)


@pytest.mark.parametrize("sources", [(), ("same",), ("Same thing", "same  THING")])
def test_the_users_pairs_must_differ(sources: tuple[str, ...]) -> None:
    with pytest.raises(TableError, match=r"^text_column \([01] different sentences\) must have at least 2$") as caught:
        Translation(pairs=ParallelText(sources, sources, 0))
    assert caught.value.field == "text_column"


def test_the_example_file_is_a_task() -> None:
    task = Translation(pairs=read_parallel(example_parallel()))
    assert len(task.corpus.told) == 300
    batch = task.sample(7, seeded(), "test")
    assert batch.inputs.shape == (7, task.info.seq_len)
    assert task.decoded(batch.targets[0].tolist()).endswith(".")


def test_a_typed_translation_is_read_in_the_words_that_are_written() -> None:
    read = TASK.encode_target("Le chat n'aime pas l'oiseau")
    assert read.tokens == ("le", "chat", "n'", "aime", "pas", "l'", "oiseau")
    assert not read.closed
    assert read.unknown == ()
    assert TASK.decoded(read.ids) == "Le chat n'aime pas l'oiseau"
    assert TASK.encode_target("le zèbre").unknown == ("zèbre",)


def test_a_word_that_a_translator_does_not_know_is_a_sign_and_never_unk() -> None:
    task = Translation(pairs=read_parallel(example_parallel()))
    ids = [task.corpus.target_symbols.index(word) for word in ("<unk>", "le", "<end>")]
    assert task.decoded(ids) == "□ le"
    assert task.written_symbols[:5] == ("<pad>", "<start>", "<end>", "□", task.corpus.target_symbols[4])
