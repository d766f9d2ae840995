"""What holds for every task: reproducible, fair, split, and of the shapes it promises."""

import copy
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest
import torch

from attnlab.tasks import PRESETS, TASKS, SizeError, Split, TableError, split
from attnlab.tasks.checks import MAX_BATCH_SIZE
from tests.tasks.small import SMALL, every_task, num_answers, rows_of, seeded

BOTH: tuple[Split, Split] = ("train", "test")


@every_task
@pytest.mark.parametrize("side", BOTH)
def test_the_same_generator_state_gives_the_same_batch_and_the_next_state_another(name: str, side: Split) -> None:
    task, generator = SMALL[name](), seeded()
    first, second = task.sample(31, generator, side), task.sample(31, generator, side)
    again = SMALL[name]().sample(31, seeded(), side)

    assert torch.equal(first.inputs, again.inputs)
    assert torch.equal(first.targets, again.targets)
    assert torch.equal(first.scored, again.scored)
    assert not torch.equal(first.inputs, second.inputs)


@every_task
def test_no_other_randomness_is_used(name: str) -> None:
    task = SMALL[name]()
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = task.sample(5, seeded())
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(task.sample(5, seeded()).inputs, first.inputs)


@every_task
@pytest.mark.parametrize("batch_size", [1, 2, 13])
def test_shapes_and_values_are_those_promised(name: str, batch_size: int) -> None:
    task = SMALL[name]()
    info = task.info
    batch = task.sample(batch_size, seeded())
    shape = (batch_size, info.seq_len)

    assert info.name == name
    assert batch.targets.shape == batch.scored.shape == (batch_size, num_answers(info))
    assert batch.scored.dtype == torch.bool
    assert batch.scored.any(1).all(), "every example asks something"
    assert not batch.targets[~batch.scored].any(), "targets are 0 where nothing is asked"
    if info.symbols is None:
        assert batch.inputs.shape == (*shape, info.num_features)
        assert batch.inputs.dtype == torch.float32
        assert batch.targets.dtype == (torch.float32 if info.regression else torch.int64)
    else:
        assert batch.inputs.shape == shape
        assert batch.inputs.dtype == batch.targets.dtype == torch.int64
        assert 0 <= int(batch.inputs.min()) <= int(batch.inputs.max()) < len(info.symbols)
        assert 0 <= int(batch.targets.min()) <= int(batch.targets.max()) < info.num_outputs
        assert len(set(info.symbols)) == len(info.symbols)
    assert 1 <= info.span <= info.seq_len
    assert info.regression == (info.num_outputs == 1)
    assert info.floors


@every_task
def test_no_test_example_is_ever_drawn_for_training(name: str) -> None:
    task = SMALL[name]()
    first, second = (rows_of(task.sample(311, seeded(seed), "train")) for seed in (0, 1))
    test = rows_of(task.sample(311, seeded(), "test"))
    assert not (first | second) & test
    # so many examples exist that none comes twice; two training batches of a translation may differ in length
    if name not in {"adding", "sentiment", "translation", "motif"}:
        assert first & second, "otherwise nothing is proved"


@pytest.mark.parametrize(
    "name", ["csv", "classify_csv", "next_character", "translation", "series"]
)  # these list their examples
def test_a_test_example_counts_once_and_a_short_test_is_taken_whole(name: str) -> None:
    task = SMALL[name]()
    whole = task.sample(4000, seeded(), "test").inputs
    again = task.sample(4000, seeded(1), "test").inputs
    assert len(whole) == len(again) < 4000
    assert sorted(whole.tolist()) == sorted(again.tolist())
    part = task.sample(len(whole) // 2, seeded(), "test").inputs
    assert torch.equal(part, whole[: len(part)])  # what is scored while it trains is part of what is scored at the end


def test_numbers_that_never_come_twice_are_split_too() -> None:
    task = SMALL["adding"]()
    assert not split.is_test(split.hash_rows(task.sample(97, seeded(), "train").inputs)).any()
    assert split.is_test(split.hash_rows(task.sample(97, seeded(), "test").inputs)).all()


@pytest.mark.parametrize("name", ["reverse", "markov_chain", "mqar", "parity", "sort"])
def test_that_law_fails_for_a_split_that_is_not_by_the_example(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coin = seeded(7)
    monkeypatch.setattr(split, "is_test", lambda hashes: torch.rand(len(hashes), generator=coin) < 0.25)
    task = SMALL[name]()
    assert rows_of(task.sample(211, seeded(), "train")) & rows_of(task.sample(211, seeded(), "test"))


SUMS = """
from tests.tasks.small import SMALL, seeded
for name, make in SMALL.items():
    print(name, make().sample(97, seeded(), "test").inputs.double().sum().item())
"""


def test_another_process_with_another_salt_draws_the_same_test() -> None:
    other = subprocess.run(
        [sys.executable, "-c", SUMS],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    here = [
        f"{name} {make().sample(97, seeded(), 'test').inputs.double().sum().item()}" for name, make in SMALL.items()
    ]
    assert other.stdout.splitlines() == here


@every_task
def test_a_copy_sent_to_a_worker_is_the_same_task(name: str) -> None:
    task = SMALL[name]()
    twin = copy.deepcopy(task)  # by the protocol that a worker's queue uses
    assert twin == task
    assert torch.equal(twin.sample(7, seeded()).inputs, task.sample(7, seeded()).inputs)


@every_task
def test_a_task_cannot_be_changed(name: str) -> None:
    task = SMALL[name]()
    size = next(iter(task.info.sizes))
    with pytest.raises(FrozenInstanceError):
        setattr(task, size, 9)


@every_task
@pytest.mark.parametrize(
    ("batch_size", "message"),
    [
        (0, rf"^batch_size \(0\) must be between 1 and {MAX_BATCH_SIZE}$"),
        (-1, r"^batch_size \(-1\) must be between 1"),
        (10**18, r"^batch_size \(1000000000000000000\) must be between 1"),
        (2.5, r"^batch_size \(2\.5\) must be a whole number between 1"),
        (True, r"^batch_size \(True\) must be a whole number between 1"),
    ],
)
def test_a_batch_size_out_of_bounds_is_refused(name: str, batch_size: int, message: str) -> None:
    with pytest.raises(SizeError, match=message) as caught:
        SMALL[name]().sample(batch_size, seeded())
    assert caught.value.field == "batch_size"


@every_task
def test_an_unknown_split_is_refused(name: str) -> None:
    with pytest.raises(SizeError, match=r"^split \('validation'\) must be 'train' or 'test'$"):
        SMALL[name]().sample(3, seeded(), "validation")  # type: ignore[arg-type]


@every_task
@pytest.mark.parametrize("seq_len", [0, -1, 10**9])
def test_a_length_out_of_bounds_is_refused(name: str, seq_len: int) -> None:
    with pytest.raises(SizeError, match=rf"^seq_len \({seq_len}\) must be ") as caught:
        SMALL[name]().sample(3, seeded(), "train", seq_len)
    assert caught.value.field == "seq_len"


SIZES = [(name, field) for name, presets in PRESETS.items() for field in presets["live"]]


@pytest.mark.parametrize(("name", "field"), SIZES)
@pytest.mark.parametrize("value", [-1, 10**18, "7", None, 3.0])
def test_every_size_is_checked_by_name(name: str, field: str, value: object) -> None:
    with pytest.raises(SizeError) as caught:
        TASKS[name](**{**PRESETS[name]["live"], field: value})
    shown = repr(value) if isinstance(value, str) else str(value)
    assert str(caught.value).startswith(f"{field} ({shown}) must be ")
    assert " between " in str(caught.value)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "error", [SizeError("length", "even", "length (1) must be even", got=1), TableError("file", "rows", "long", most=1)]
)
def test_a_refusal_survives_the_way_back_from_a_worker(error: SizeError | TableError) -> None:
    twin = copy.copy(error)  # by the protocol that a worker's queue uses
    assert (type(twin), str(twin), twin.field) == (type(error), str(error), error.field)
    assert (twin.code, twin.values) == (error.code, error.values)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TASKS["mqar"](vocab_size=63), r"^vocab_size \(63\) must be even"),
        (lambda: TASKS["mqar"](length=33), r"^length \(33\) must be even"),
        (lambda: TASKS["mqar"](length=14, num_pairs=4), r"^length \(14\) must be between 16 and"),
        (lambda: TASKS["mqar"](vocab_size=8, num_pairs=4), r"^num_pairs \(4\) must be between 1 and 3$"),
        (lambda: TASKS["sort"](num_symbols=2, length=5), r"^length \(5\) must leave at least 64 inputs .* not 32$"),
        (lambda: TASKS["sort"]().sample(3, seeded(), "train", 12), r"^seq_len \(12\) must be odd"),
        (lambda: TASKS["mqar"]().sample(3, seeded(), "train", 17), r"^seq_len \(17\) must be even"),
        (lambda: TASKS["sentiment"]().sample(3, seeded(), "train", 30), r"^seq_len \(30\) must be 21, the only"),
        (lambda: TASKS["selective_copying"](context=3, num_copied=4), r"^context \(3\) must be between 4 and"),
    ],
)
def test_sizes_that_do_not_fit_each_other_are_refused(make: object, message: str) -> None:
    with pytest.raises(SizeError, match=message):
        make()  # type: ignore[operator]
