"""What can be asked of a picture, by name: the registry that conditions and questions of lessons name functions of.

A measure takes what is shown and the arguments that a lesson gives it by name. It gives a number, a word, a truth
value, or a row of numbers.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from torch import Tensor

from attnlab.lessons.lesson import PictureName, Plain
from attnlab.lessons.measures.layer import LAYER
from attnlab.lessons.measures.wider import RACES, STACK
from attnlab.lessons.shown import Shown

Value: TypeAlias = Plain | Tensor
"""A tensor is a row: one number a token."""


@dataclass(frozen=True)
class Measure:
    """A function of a picture, and what it is asked about."""

    compute: Callable[..., Any]
    arguments: Mapping[str, type]
    optional: frozenset[str]  # of the arguments

    def of(self, shown: Shown, arguments: Mapping[str, Plain]) -> Value:
        """Its value.

        Raises:
            SpecError: the picture has no such head, token or block; or cannot be computed.
        """
        value: Value = self.compute(shown, **arguments)
        return value


def _measure(compute: Callable[..., Any]) -> Measure:
    _, *asked_about = inspect.signature(compute).parameters.values()
    types = MappingProxyType({one.name: one.annotation for one in asked_about})
    return Measure(compute, types, frozenset(one.name for one in asked_about if one.default is not one.empty))


MEASURES: Mapping[PictureName, Mapping[str, Measure]] = MappingProxyType(
    {
        "layer": MappingProxyType({one.__name__: _measure(one) for one in LAYER}),
        "stack": MappingProxyType({one.__name__: _measure(one) for one in STACK}),
        "races": MappingProxyType({one.__name__: _measure(one) for one in RACES}),
    }
)
"""By picture and name."""
