"""The mask of a spec as lines of a script: the engine's own calls with the spec's numbers written in."""

import ast
import functools
import inspect

from attnlab.engine import AttentionSpec
from attnlab.engine.choices import spec_masks
from attnlab.engine.edits import at_stage
from attnlab.export.comments import comment

LENGTH = "T"  # what the script calls the number of tokens


def mask_lines(spec: AttentionSpec) -> list[str]:
    """Statements that build `mask`, (T, T) bool; none if every query sees every key."""
    named = [name for name in (spec.mask, spec.second_mask) if name != "none"]
    painted = [
        f"mask[{edit.row}, {edit.col}] = {bool(edit.value)}  # {comment('painted')}"
        for edit in at_stage(spec.applied, "mask")
    ]
    if not named and not painted:
        return []
    lines = []
    if "padding" in named:
        real = f"< {spec.num_padding}" if spec.pad_left else f">= {len(spec.tokens)}"
        lines.append(f"is_padding = torch.arange({LENGTH}) {real}")
    first, *others = [mask_call(name, spec) for name in named] or [f"full_mask({LENGTH})"]
    lines.append(f"mask = {first}")
    lines += [f"mask = mask {'&' if spec.combine == 'and' else '|'} {other}" for other in others]
    if painted and set(named) == {"padding"}:
        lines.append(f"mask = mask.expand({LENGTH}, {LENGTH}).clone()  # {comment('row_each')}")
    return [*lines, *painted]


def mask_functions(spec: AttentionSpec) -> list[str]:
    """The functions of `attnlab.engine.choices.masks` that `mask_lines` calls."""
    calls = [ast.parse(line) for line in mask_lines(spec)]
    names = [node.func.id for call in calls for node in ast.walk(call) if _is_call(node)]  # type: ignore[attr-defined]
    return list(dict.fromkeys(names))


def mask_call(name: str, spec: AttentionSpec) -> str:
    """One mask as a call with numbers: `window_mask(T, window=3)`."""
    return ast.unparse(_WrittenIn(spec).visit(ast.parse(_bodies()[name], mode="eval")))


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


@functools.cache
def _bodies() -> dict[str, str]:
    """The body of each function in the registry of masks, as it is written there."""
    for node in ast.parse(inspect.getsource(spec_masks)).body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "MASKS" and isinstance(node.value, ast.Dict):
            pairs = zip(node.value.keys, node.value.values, strict=True)
            return {
                key.value: ast.unparse(value.body)
                for key, value in pairs
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Lambda)
            }
    raise LookupError("MASKS must be a dictionary of lambdas in attnlab.engine.choices.spec_masks")


class _WrittenIn(ast.NodeTransformer):
    """`spec.window` becomes its value, `spec.seq_len` the script's T, what is padding a name of its own."""

    def __init__(self, spec: AttentionSpec) -> None:
        self.spec = spec

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if ast.unparse(node.value) != "spec":
            return self.generic_visit(node)
        if node.attr == "seq_len":
            return ast.Name(LENGTH, ast.Load())
        return ast.Constant(getattr(self.spec, node.attr))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) == "_is_padding":
            return ast.Name("is_padding", ast.Load())
        return self.generic_visit(node)
