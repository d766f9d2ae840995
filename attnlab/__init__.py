"""Attention Lab: every number of attention, computed live.

    import attnlab

    attnlab.show(model, tokenizer, "The cat sat on the mat.", layer=3, head=2)    # in a notebook
    attnlab.trace_model(model, tokenizer, "The cat sat on the mat.")["layer.3.weights"]    # (H, T, T)

Both are loaded when somebody asks for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attnlab.notebook.show import show
    from attnlab.notebook.tensors import trace_model

__all__ = ["show", "trace_model"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("attnlab.notebook"), name)
