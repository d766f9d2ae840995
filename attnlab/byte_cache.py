"""What is computed once and kept for all sessions, bounded by its bytes.

A cache that counts its values holds the largest that anybody can ask for that many times over. All functions that are
`kept` share one bound, and what was used longest ago goes first.
"""

import functools
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from typing import Any, Generic, ParamSpec, TypeVar

from torch import Tensor, nn

P = ParamSpec("P")
R = TypeVar("R")

MEBIBYTE = 2**20
BOUND_VARIABLE = "ATTNLAB_CACHE_MIB"
DEFAULT_MIB = 128
LARGEST_SHARE = 0.5
"""Of the bound, for one value: a larger one is handed out and forgotten."""


def bound_of(environment: Mapping[str, str]) -> int:
    """Bytes that may be kept, from `BOUND_VARIABLE` in MiB.

    Raises:
        ValueError: it is no whole number, or a negative one.
    """
    said = environment.get(BOUND_VARIABLE, str(DEFAULT_MIB))
    if not (said.isascii() and said.isdigit()):
        raise ValueError(f"{BOUND_VARIABLE} ({said!r}) must be a whole number of MiB")
    return int(said) * MEBIBYTE


def bytes_of(value: object) -> int:
    """Bytes that a value holds on to: its tensors' whole storages, each once, and what Python keeps around them."""
    storages: dict[int, int] = {}
    around = 0
    for part in _parts(value):
        around += sys.getsizeof(part)
        if isinstance(part, Tensor):
            storage = part.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
    return around + sum(storages.values())


def _parts(value: object) -> Iterator[object]:
    """The value and all that lies within it, each once."""
    seen, waiting = set[int](), [value]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += _within(part)


def _within(part: object) -> list[object]:
    if isinstance(part, nn.Module):
        return [*part.parameters(), *part.buffers()]
    if isinstance(part, Mapping):
        return [*part.keys(), *part.values()]
    if isinstance(part, tuple | list | set | frozenset):
        return list(part)
    if is_dataclass(part) and not isinstance(part, type):
        # Its fields, and what it has computed of itself since.
        return [*(getattr(part, field.name) for field in fields(part)), *getattr(part, "__dict__", {}).values()]
    return []


class ByteCache:
    """Values by key, at most `bound` bytes of them together. Threads that ask for one key at once compute it once."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.held = 0  # bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._coming: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], R]) -> R:
        """The value of a key: kept, being computed by another thread, or computed now.

        What `compute` raises is raised in all that wait for it, and not kept.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: R = self._kept[key][0]
                return found
            coming = self._coming.get(key)
            mine = coming is None
            if coming is None:
                coming = self._coming[key] = Future()
        if not mine:
            waited: R = coming.result()
            return waited
        return self._computed(key, compute, coming)

    def _computed(self, key: Hashable, compute: Callable[[], R], coming: Future[Any]) -> R:
        try:
            value = compute()
        except BaseException as error:
            self._arrived(key)
            coming.set_exception(error)
            raise
        size = bytes_of((key, value))
        self._arrived(key, (value, size))
        coming.set_result(value)
        return value

    def _arrived(self, key: Hashable, kept: tuple[Any, int] | None = None) -> None:
        """Nobody need wait for the key any more; what came of it is kept if it is no more than its share."""
        with self._lock:
            del self._coming[key]
            if kept is None or kept[1] > self.bound * LARGEST_SHARE:
                return
            self._kept[key] = kept
            self.held += kept[1]
            while self.held > self.bound:
                _, (_, size) = self._kept.popitem(last=False)
                self.held -= size

    def forget(self, chosen: Callable[[Hashable], bool] = lambda _key: True) -> None:
        """Keep no longer what has such a key."""
        with self._lock:
            for key in [key for key in self._kept if chosen(key)]:
                self.held -= self._kept.pop(key)[1]

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept


SHARED = ByteCache(bound_of(os.environ))
"""Of the process."""


class Kept(Generic[P, R]):
    """A function whose values are kept in a cache, by its arguments, which are hashable.

    Args:
        function: whose values.
        cache: which holds them.
        within: what else they depend on, such as the language of the present run.
    """

    def __init__(
        self, function: Callable[P, R], cache: ByteCache, within: Callable[[], Hashable] = lambda: None
    ) -> None:
        functools.update_wrapper(self, function)
        self._function, self._cache, self._within = function, cache, within

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The function's value for these arguments, kept or computed."""
        return self._cache.get(self._key(*args, **kwargs), lambda: self._function(*args, **kwargs))

    def holds(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Whether the value for these arguments is kept now."""
        return self._key(*args, **kwargs) in self._cache

    def cache_clear(self) -> None:
        """Forget its values, and no other function's."""
        self._cache.forget(lambda key: isinstance(key, tuple) and key[0] is self._function)

    def _key(self, *args: P.args, **kwargs: P.kwargs) -> Hashable:
        return (self._function, self._within(), args, tuple(sorted(kwargs.items())))


def kept(function: Callable[P, R]) -> Kept[P, R]:
    """Keep what a function gives, within the bound that all such functions share; nobody writes into its values."""
    return Kept(function, SHARED)
