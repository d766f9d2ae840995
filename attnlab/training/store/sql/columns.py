"""Two column types that make SQLite and PostgreSQL give back what they were given."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Double
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_NAN, _MINUS_ZERO = "nan", "minus zero"


class _SqliteDouble(UserDefinedType[float]):
    """SQLite turns NaN into NULL and -0.0 into 0.0, so there these two are words."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "DOUBLE"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002 - the base's signature
        return _sent

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        return _come_back


def _sent(value: float | None) -> float | str | None:
    if value is None or (value and not math.isnan(value)):
        return value
    if value == 0:
        return value if math.copysign(1, value) > 0 else _MINUS_ZERO
    return _NAN


def _come_back(value: float | str | None) -> float | None:
    if value.__class__ is float or value is None:
        return value
    return -0.0 if value == _MINUS_ZERO else float(value)  # float: RETURNING has 0 where a column has 0.0


EXACT_FLOAT: TypeEngine[float] = Double().with_variant(_SqliteDouble(), "sqlite")
"""A double that comes back as it went, bit for bit but for what a NaN carries."""


class UtcTime(TypeDecorator[datetime]):
    """A time with a zone, as whole microseconds since 1970: the same order and the same value everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """What is sent."""
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """What has come back."""
        return None if value is None else EPOCH + timedelta(microseconds=value)
