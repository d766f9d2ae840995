"""Heavy work waits its turn: what is heavy, how many wait, and in which order."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from attnlab.byte_cache import SHARED, bytes_of
from attnlab.engine import AttentionSpec, Edit, SpecError, trace
from attnlab.engine.stack import StackSpec, stack_trace
from attnlab.looks import layers, turns
from attnlab.looks.cost import HEAVY_BYTES, heavy, layer_cost, stack_cost
from attnlab.looks.turns import QueueFullError, Turns, in_turn, wait_within

WORDS = tuple(f"w{number}" for number in range(128))
WIDEST = {"tokens": WORDS, "num_heads": 16, "d_model": 256, "head_dim": 128, "value_dim": 128, "dtype": "float64"}
LAYERS = {
    "as it opens": {"tokens": WORDS[:12]},
    "a long sentence": {"tokens": WORDS},
    "wide heads": {"tokens": WORDS[:31], "num_heads": 16, "head_dim": 128},
    "widest": WIDEST,
    "additive": WIDEST | {"score": "additive"},
    "shaw": WIDEST | {"positions": "shaw", "normalizer": "entmax15", "dropout": 0.5},
}
STACKS = {
    "as it opens": {"source_tokens": WORDS[:7], "target_tokens": WORDS[:5]},
    "deepest": {
        "source_tokens": WORDS[:32],
        "target_tokens": WORDS[:32],
        "depth": 6,
        "num_heads": 16,
        "d_model": 128,
        "ff_width": 512,
        "activation": "swiglu",
    },
}


@contextmanager
def occupied(queue: Turns, client: str = "first") -> Iterator[None]:
    """The one thread at work for as long as the block lasts."""
    began, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        began.set()
        go_on.wait(60)

    at_work = queue.take(client, wait)
    began.wait(60)
    try:
        yield
    finally:
        go_on.set()
        at_work.result(60)


@pytest.mark.parametrize("name", LAYERS)
def test_the_cost_of_a_layer_is_at_least_the_size_of_its_trace(name: str) -> None:
    spec = AttentionSpec(**LAYERS[name])  # type: ignore[arg-type]
    assert 1 <= layer_cost(spec) / bytes_of(trace(spec)) < 5


@pytest.mark.parametrize("name", STACKS)
def test_the_cost_of_a_stack_is_at_least_the_size_of_its_trace(name: str) -> None:
    spec = StackSpec(**STACKS[name])  # type: ignore[arg-type]
    assert 1 <= stack_cost(spec) / bytes_of(stack_trace(spec)) < 5


def test_what_everybody_asks_for_is_light_and_the_widest_heavy() -> None:
    assert [name for name, sizes in LAYERS.items() if not heavy(AttentionSpec(**sizes))] == [  # type: ignore[arg-type]
        "as it opens",
        "a long sentence",
        "wide heads",
    ]
    assert [heavy(StackSpec(**sizes)) for sizes in STACKS.values()] == [False, True]  # type: ignore[arg-type]


def test_edits_cost_the_layer_without_them_too() -> None:
    edited = AttentionSpec(tokens=WORDS, edits=(Edit("scores", 0, 1, 0, 2.5),))
    assert layer_cost(edited) == 2 * layer_cost(AttentionSpec(tokens=WORDS))


def test_heavy_work_is_done_one_after_the_other_in_the_order_it_came() -> None:
    queue, done = Turns(places=8, share=8), list[int]()
    with occupied(queue):
        waiting = [queue.take("one", lambda number=number: done.append(number)) for number in range(5)]  # type: ignore[misc]
        assert done == []
    for one in waiting:
        one.result(60)
    assert done == [0, 1, 2, 3, 4]


def test_a_full_queue_refuses_and_has_room_again_when_work_is_done() -> None:
    queue = Turns(places=3, share=3)
    with occupied(queue):
        waiting = [queue.take(client, int) for client in ("second", "third")]
        with pytest.raises(QueueFullError):
            queue.take("fourth", int)
    for one in waiting:
        one.result(60)
    assert queue.take("fourth", int).result(60) == 0


def test_one_client_has_no_more_than_its_share() -> None:
    queue = Turns(places=8, share=2)
    with occupied(queue):
        waiting = [queue.take("greedy", int) for _ in range(2)]
        with pytest.raises(QueueFullError):
            queue.take("greedy", int)
        waiting.append(queue.take("modest", int))
    for one in waiting:
        one.result(60)


def test_work_that_fails_leaves_its_place() -> None:
    queue = Turns(places=1, share=1)
    with pytest.raises(ZeroDivisionError):
        queue.take("one", lambda: 1 // 0).result(60)
    assert queue.take("one", int).result(60) == 0


def test_heavy_work_within_heavy_work_has_its_turn_already() -> None:
    assert in_turn(lambda: in_turn(threading.current_thread)) is in_turn(threading.current_thread)


def test_heavy_work_is_waited_for_within_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_waiting", list(turns._waiting))
    told: list[str] = []

    @contextmanager
    def aside() -> Iterator[None]:
        told.append("waits")
        yield
        told.append("goes on")

    wait_within(aside)
    assert in_turn(lambda: in_turn(lambda: len(told))) == 1
    assert told == ["waits", "goes on"]


def test_a_page_that_finds_the_queue_full_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "OF_RUNS", Turns(places=1, share=1))
    with occupied(turns.OF_RUNS), pytest.raises(SpecError) as refused:
        layers.trace(AttentionSpec(**WIDEST | {"seed": 11}))  # type: ignore[arg-type]
    assert refused.value.code == "busy"


def test_light_work_does_not_wait_for_heavy_work() -> None:
    with occupied(turns.OF_RUNS):
        assert layers.trace(AttentionSpec(tokens=("a", "b", "c"), seed=13)).weights.shape == (8, 3, 3)


def test_what_is_kept_is_handed_out_without_a_turn() -> None:
    spec = AttentionSpec(**WIDEST | {"dtype": "float32", "seed": 17})  # type: ignore[arg-type]
    computed = layers.trace(spec)
    with occupied(turns.OF_RUNS):
        assert layers.trace(spec) is computed
    assert HEAVY_BYTES < SHARED.held <= SHARED.bound
    layers.traced.cache_clear()
