"""config.json, read key by key: what nobody asks for is never looked at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from attnlab.engine import SpecError
from attnlab.engine.allowed import check_choice, check_flag, check_number

MAX_CONFIG_BYTES = 2**20

Choice = TypeVar("Choice")


@dataclass(frozen=True)
class Config:
    """The values of a config file, each checked when it is asked for. A key that is null is not there.

    Raises, whichever is asked for:
        SpecError: the value is missing, of another type or out of bounds; the field is the key.
    """

    values: Mapping[str, object]

    def has(self, key: str) -> bool:
        """Whether there is a value."""
        return self.values.get(key) is not None

    def whole(self, key: str, high: int, default: int | None = None, *, low: int = 1) -> int:
        """A whole number from `low` to `high`."""
        value = self._value(key, default)
        check_number(key, value, low, high)
        return int(value)  # type: ignore[call-overload,no-any-return]

    def real(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number; the bounds are no whole ones."""
        value = self._value(key, default)
        check_number(key, value, low, high)
        return float(value)  # type: ignore[arg-type]

    def flag(self, key: str, default: bool) -> bool:
        """True or False."""
        value = self._value(key, default)
        check_flag(key, value)
        return bool(value)

    def choice(self, key: str, choices: Mapping[str, Choice], default: str | None = None) -> Choice:
        """What stands for the value in `choices`."""
        value = self._value(key, default)
        check_choice(key, value, choices)
        return choices[str(value)]

    def must_be(self, key: str, wanted: str | float | bool) -> None:
        """Refuse any other value than the one that is computed; a key that is not there means it."""
        value = wanted if self.values.get(key) is None else self.values[key]
        if value != wanted or isinstance(value, bool) != isinstance(wanted, bool):
            raise SpecError(key, "differs", f"{key} ({value!r:.60}) must be {wanted!r}", got=value, wanted=wanted)

    def part(self, key: str) -> "Config":
        """The object below a key; an empty one if there is none."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, dict):
            found = type(value).__name__
            raise SpecError(key, "kind", f"{key} ({found}) must be an object", got=found, wanted="object")
        return Config(value or {})

    def _value(self, key: str, default: object) -> object:
        value = self.values.get(key)
        value = default if value is None else value
        if value is None:
            raise SpecError(key, "missing", f"{key} must be given in config.json")
        return value


def read_config(path: Path) -> Config:
    """The config in a file.

    Raises:
        SpecError: as `config_of`.
        OSError: it cannot be read.
    """
    check_config_size(path.stat().st_size)
    return config_of(path.read_bytes(), path.name)


def check_config_size(size: int) -> None:
    """Refuse more bytes than a config has.

    Raises:
        SpecError: there are more.
    """
    if size > MAX_CONFIG_BYTES:
        message = f"config ({size} bytes) must be at most {MAX_CONFIG_BYTES}"
        raise SpecError("config", "most", message, got=size, most=MAX_CONFIG_BYTES)


def config_of(content: bytes, name: str = "config.json") -> Config:
    """The config that a file's bytes are.

    Args:
        content: all of them.
        name: of the file, for who is told that it is damaged.

    Raises:
        SpecError: too large, or no JSON object.
    """
    check_config_size(len(content))
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SpecError("config", "damaged", f"{name} is damaged: it is no JSON") from error
    if not isinstance(values, dict):
        found = type(values).__name__
        raise SpecError("config", "kind", f"config ({found}) must be an object", got=found, wanted="object")
    return Config(values)
