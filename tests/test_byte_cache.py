"""What is computed once and kept, bounded by its bytes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import pytest
import torch
from torch import Tensor, nn

from attnlab.byte_cache import MEBIBYTE, SHARED, ByteCache, bound_of, bytes_of, kept

NUMBERS = 1000
SIZE = bytes_of(("a", torch.zeros(NUMBERS)))
"""Of a key of one letter with its value, about 4 KB."""


def made() -> Tensor:
    return torch.zeros(NUMBERS)


@dataclass(frozen=True, eq=False)
class Pair:
    left: Tensor
    right: Tensor | None = None

    @cached_property
    def doubled(self) -> Tensor:
        return 2 * self.left


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (torch.zeros(700), 700),
        (torch.zeros(700)[:3], 700),
        ([torch.zeros(700), (torch.zeros(11, 13),)], 700 + 143),
        ({"a": torch.zeros(700)}, 700),
        (MappingProxyType({"a": torch.zeros(700)}), 700),
        (Pair(torch.zeros(700)), 700),
        (nn.Linear(7, 100, bias=False), 700),
    ],
    ids=["tensor", "view", "nested", "dict", "proxy", "dataclass", "module"],
)
def test_the_bytes_of_a_value_are_those_of_all_storages_within_it(value: object, numbers: int) -> None:
    assert 4 * numbers < bytes_of(value) < 4 * numbers + 1500


def test_a_storage_that_is_shared_counts_once() -> None:
    whole = torch.zeros(NUMBERS)
    assert bytes_of(Pair(whole, whole.view(10, 100))) < 1.5 * 4 * NUMBERS


def test_what_a_value_has_computed_of_itself_counts() -> None:
    pair = Pair(torch.zeros(NUMBERS))
    before = bytes_of(pair)
    assert pair.doubled is pair.doubled
    assert 4 * NUMBERS <= bytes_of(pair) - before < 5 * NUMBERS


def test_bytes_are_counted_as_they_are() -> None:
    assert bytes_of(b"x" * 5000) - bytes_of(b"") == 5000


def test_a_value_is_computed_once_and_handed_out_as_it_is() -> None:
    cache, calls = ByteCache(10 * SIZE), list[str]()

    def compute() -> Tensor:
        calls.append("called")
        return made()

    assert cache.get("a", compute) is cache.get("a", compute)
    assert len(calls) == 1


def test_what_was_used_longest_ago_goes_first_and_the_bound_holds() -> None:
    cache = ByteCache(3 * SIZE)
    for key in ("a", "b", "c", "a", "d"):
        cache.get(key, made)
        assert cache.held <= cache.bound
    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]


def test_many_small_values_have_the_room_of_one_large_one() -> None:
    cache = ByteCache(8 * SIZE)
    for key in "abcdefgh":
        cache.get(key, made)
    cache.get("L", lambda: torch.zeros(3 * NUMBERS))
    assert [key for key in "abcdefgh" if key in cache] == ["d", "e", "f", "g", "h"]


def test_a_value_larger_than_its_share_is_handed_out_and_not_kept() -> None:
    cache = ByteCache(3 * SIZE)
    cache.get("a", made)
    assert len(cache.get("L", lambda: torch.zeros(2 * NUMBERS))) == 2 * NUMBERS
    assert "a" in cache
    assert "L" not in cache


def test_a_large_key_counts_too() -> None:
    cache = ByteCache(3 * SIZE)
    key = b"x" * (2 * SIZE)
    cache.get(key, made)
    assert key not in cache


def test_threads_that_ask_at_once_compute_once() -> None:
    cache, calls, arrived = ByteCache(10 * SIZE), list[int](), threading.Barrier(8)
    go_on = threading.Event()

    def compute() -> Tensor:
        calls.append(1)
        go_on.wait(60)
        return made()

    def ask(_number: int) -> Tensor:
        arrived.wait(60)
        if _number == 0:
            go_on.set()
        return cache.get("a", compute)

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(ask, range(8)))
    assert len(calls) == 1
    assert all(value is values[0] for value in values)


def test_what_fails_fails_for_all_that_wait_and_is_tried_again() -> None:
    cache, asked, failing = ByteCache(10 * SIZE), threading.Event(), threading.Event()

    def fail() -> Tensor:
        asked.set()
        failing.wait(60)
        raise ValueError("no")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "a", fail)
        asked.wait(60)
        second = pool.submit(cache.get, "a", fail)
        failing.set()
        for one in (first, second):
            with pytest.raises(ValueError, match="no"):
                one.result()
    assert cache.get("a", made).shape == (NUMBERS,)


def test_other_keys_do_not_wait() -> None:
    cache, asked, go_on = ByteCache(10 * SIZE), threading.Event(), threading.Event()

    def slow() -> Tensor:
        asked.set()
        go_on.wait(60)
        return made()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.get, "a", slow)
        asked.wait(60)
        cache.get("b", made)
        assert not waiting.done()
        go_on.set()
        waiting.result()


def test_a_kept_function_is_kept_by_its_arguments_and_forgotten_alone() -> None:
    @kept
    def ones(length: int, *, rows: int = 1) -> Tensor:
        return torch.ones(rows, length)

    @kept
    def zeros(length: int) -> Tensor:
        return torch.zeros(length)

    assert ones(3, rows=5) is ones(3, rows=5)
    assert ones(3, rows=5).shape == (5, 3)
    assert ones(3) is not ones(4)
    assert zeros(3) is zeros(3)
    assert ones.holds(3, rows=5)
    ones.cache_clear()
    assert not ones.holds(3, rows=5)
    assert zeros.holds(3)
    assert SHARED.held > 0
    zeros.cache_clear()


def test_the_bound_is_a_whole_number_of_mebibytes() -> None:
    assert bound_of({"ATTNLAB_CACHE_MIB": "7"}) == 7 * MEBIBYTE
    assert bound_of({}) == 128 * MEBIBYTE
    for wrong in ("-1", "1.5", "", "many", "²"):
        with pytest.raises(ValueError, match="ATTNLAB_CACHE_MIB"):
            bound_of({"ATTNLAB_CACHE_MIB": wrong})
