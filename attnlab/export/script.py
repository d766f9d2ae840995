"""A trace as one self-contained PyTorch script, which computes it again and says how near it came."""

import ast
import textwrap

from attnlab.engine import AttentionSpec, LayerTrace
from attnlab.export.comments import comment
from attnlab.export.data import READER, data_section
from attnlab.export.source import pasted
from attnlab.export.story import story_of

SHOW = '''def show(title: str, names: list[str], matrix: Tensor) -> None:
    """The first rows and columns of a matrix, rounded."""
    print(f"{title}, {tuple(matrix.shape)}")
    for name, row in zip(names[:16], matrix.tolist()):
        print(f"{ascii(name)[1:-1][:12]:>12} ", " ".join(f"{number:8.3f}" for number in row[:12]))
    print()


def difference(ours: Tensor, theirs: Tensor) -> float:
    """The largest difference of two tensors; where both are the same infinity or no number, it is 0."""
    same = (ours == theirs) | (ours.isnan() & theirs.isnan())
    return float((ours.double() - theirs.double()).abs().masked_fill(same, 0.0).max())'''

REPORT = """
# {comment}
show("Weights of head {number}", tokens, weights[0, {head}])
show("Output", tokens, output[0])
strongest = weights[0].argmax(-1)  # (H, T)
for head in range(H):
    print(f"head {{head + 1}}: queries 0, 1, ... look most at tokens {{strongest[head, :16].tolist()}}")
largest = max(difference(weights, {weights}), difference(output, {output}))
print(f"largest difference from the app: {{largest:.1g}}")
return weights, output"""

ALWAYS = ("import base64", "import zlib", "import torch", "from torch import Tensor")
SOMETIMES = {"math": "import math", "F": "import torch.nn.functional as F"}

UNSAID = ("tokens", "edits", "device")
"""Fields of a spec that the first comment leaves out: what a user typed stays out of comments."""


def script_of(trace: LayerTrace, head: int = 0) -> str:
    """The whole script, data included.

    Args:
        trace: the computed layer.
        head: whose weights it prints, from 0; it compares those of all heads.

    Returns:
        Python in pure ASCII apart from its comments, which are in the present language, and from what the engine's own
        docstrings hold. It runs on a CPU in the precision of the
        trace, imports torch and the standard library, and reads no file.
    """
    return _written(trace, head, with_bytes=True)


def listing_of(trace: LayerTrace, head: int = 0) -> str:
    """The script to be read: the same without the bytes of its tensors. Args as in `script_of`."""
    return _written(trace, head, with_bytes=False)


def _written(trace: LayerTrace, head: int, *, with_bytes: bool) -> str:
    story = story_of(trace)
    weights = story.data("weights", trace.layer.heads.weights)
    output = story.data("output", trace.layer.output)
    report = REPORT.format(comment=comment("report"), head=head, number=head + 1, weights=weights, output=output)
    body = "\n".join([*_settings(trace.spec), *story.lines, report])
    main = f"def main() -> tuple[Tensor, Tensor]:\n{textwrap.indent(body, '    ')}"
    parts = pasted(story.functions)
    tensors = data_section(story.tensors, with_bytes=with_bytes)
    sections = [main, *parts.definitions, SHOW, READER]
    code = "\n\n\n".join([*sections, f"# {comment('tensors')}\n{tensors}"])
    start = "\n".join([_header(), "", *_imports(parts.imports, main)])
    return f"{start}\n\n\n{code}\n\nweights, output = main()\n"


def _header() -> str:
    """What the script is, how to run it, and its letters."""
    return f'"""{comment("title")}\n\n{comment("run")}\n{comment("shapes")}\n"""'


def _settings(spec: AttentionSpec) -> list[str]:
    """The setting as a comment; every value in it is a number or one of our own names."""
    values = vars(spec).items()
    said = ", ".join(f"{name}={value}" for name, value in values if name not in UNSAID and value is not None)
    return textwrap.wrap(comment("setting", said=said), 100, initial_indent="# ", subsequent_indent="# ")


def _imports(needed: frozenset[str], main: str) -> list[str]:
    """The import lines, standard library first.

    Args:
        needed: those of what is pasted.
        main: the function that calls it.
    """
    used = {node.id for node in ast.walk(ast.parse(main)) if isinstance(node, ast.Name)}
    lines = {*ALWAYS, *needed, *(line for name, line in SOMETIMES.items() if name in used)}
    ours = sorted((line for line in lines if "torch" in line), key=_import_order)
    return [*sorted(lines - set(ours), key=_import_order), "", *ours]


def _import_order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line
