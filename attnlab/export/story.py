"""The body of an exported script: one attention layer from tokens to output, one paragraph a step.

Numbers of the setting are written out; what a setting does not have has no line. Operations and their order are the
engine's, so that the script gives its numbers to the last bit where it runs on the same machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from attnlab.engine import DTYPES, TRAINED, AttentionSpec, Edit, LayerTrace, sinusoidal_positions
from attnlab.engine.choices.normalizers import NORMALIZERS
from attnlab.engine.choices.positions import ROTARY_BASE, T5_BUCKETS, T5_FARTHEST, shaw_table, t5_bias, t5_buckets
from attnlab.engine.choices.scores import SCORES
from attnlab.engine.edits import SHARED, at_stage, heads_off
from attnlab.engine.sources import source_of
from attnlab.export.comments import comment
from attnlab.export.masks import mask_functions, mask_lines
from attnlab.export.source import Place

ENGINE = "attnlab.engine"
WIDTH = 100


@dataclass
class Story:
    """A script while it is written: its lines, the engine's functions that they call, the tensors that they ask for."""

    lines: list[str] = field(default_factory=list)
    functions: list[Place] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def paragraph(self, title: str, *lines: str) -> None:
        """One step: a comment and its statements."""
        self.lines += ["", f"# {title}", *lines]

    def say(self, *lines: str) -> None:
        """Statements that go on with the step."""
        self.lines += lines

    def call(self, module: str, *names: str) -> None:
        """Have functions of the engine pasted."""
        self.functions += [(f"{ENGINE}.{module}", name) for name in names]

    def data(self, name: str, tensor: Tensor) -> str:
        """The expression that gives a tensor."""
        self.tensors[name] = tensor
        return f'data("{name}")'


def story_of(trace: LayerTrace) -> Story:
    """All steps of a trace."""
    story = Story()
    for step in (_sentence, _x, _weights, _heads, _positions, _bias, _scores, _mask, _normalize, _output):
        step(story, trace)
    return story


def _sentence(story: Story, trace: LayerTrace) -> None:
    spec = trace.spec
    tokens = list(trace.tokens)
    swaps = _swaps(spec)
    for first, second in reversed(swaps):
        tokens[first], tokens[second] = tokens[second], tokens[first]
    story.paragraph(comment("sentence"), *_listed("tokens", tokens))
    for first, second in swaps:
        story.say(f"tokens[{first}], tokens[{second}] = tokens[{second}], tokens[{first}]  # {comment('swapped')}")
    story.say(
        f"T = {len(tokens)}  # {comment('tokens', d_model=spec.d_model)}",
        f"H, G = {spec.num_heads}, {spec.kv_heads}  # {comment('head_counts')}",
        f"D, Dv = {spec.key_width}, {spec.value_width}  # {comment('widths')}",
    )


def _x(story: Story, trace: LayerTrace) -> None:
    spec = trace.spec
    if spec.source == TRAINED:
        x = trace.token_embedding + trace.position_embedding
        if trace.entering is not None:
            x = trace.entering.x.to(x)
        story.paragraph(comment("stream"), f"x = {story.data('x', x)}")
    else:
        _embeddings(story, trace)
    story.say(*(f"x[{edit.row}, {edit.col}] = {edit.value!r}{_by_hand()}" for edit in at_stage(spec.applied, "x")))
    story.say(f"x = x.unsqueeze(0)  # {comment('batch')}")


def _embeddings(story: Story, trace: LayerTrace) -> None:
    """A layer that stands alone: what each token means, and where it stands."""
    swaps = _swaps(trace.spec)
    rows = list(range(len(trace.tokens)))
    for first, second in reversed(swaps):
        rows[first], rows[second] = rows[second], rows[first]
    embedding = story.data("token_embedding", trace.token_embedding[rows])
    story.paragraph(comment("rows"), f"x = {embedding}")
    story.say(*(f"x[[{first}, {second}]] = x[[{second}, {first}]]  # {comment('swapped')}" for first, second in swaps))
    table = trace.position_embedding
    if trace.spec.positions == "sinusoidal" and torch.equal(
        sinusoidal_positions(len(trace.tokens), trace.spec.d_model).to(table), table
    ):
        story.call("choices.positions", "sinusoidal_positions")
        story.say("x = x + sinusoidal_positions(T, x.shape[-1]).to(x.dtype)")
    elif trace.spec.positions in {"sinusoidal", "learned"}:
        story.say(f"x = x + {story.data('position_embedding', table)}")


def _weights(story: Story, trace: LayerTrace) -> None:
    spec, used = trace.spec, trace.layer.projections
    by_hand = [edit for edit in spec.applied if edit.stage in _MATRICES]
    own = used if spec.source == TRAINED else source_of(spec).projections  # as they were before anything was set
    matrices = [matrix.to(used.output_proj) for matrix in own.matrices]
    names = ("W_Q", "W_K", "W_V")
    sizes = ("H * D", "G * D", "G * Dv")
    lines = [
        f"{name} = {story.data(name, matrix)}  # {comment('beside', shape=f'd_model, {size}')}"
        for name, matrix, size in zip(names, matrices, sizes, strict=True)
    ]
    story.paragraph(comment("weights"), *lines, f"W_O = {story.data('W_O', used.output_proj)}  # (H * Dv, d_model)")
    if by_hand and spec.source == TRAINED:
        story.say(f"# {comment('set_already')}")
    story.say(*(_weight_line(edit, spec) for edit in by_hand))


_MATRICES = {"w_query": "W_Q", "w_key": "W_K", "w_value": "W_V"}


def _weight_line(edit: Edit, spec: AttentionSpec) -> str:
    width = "Dv" if edit.stage == "w_value" else "D"
    return (
        f"{_MATRICES[edit.stage]}[{edit.row}, {_place(edit, spec)} * {width} + {edit.col}] = {edit.value!r}{_by_hand()}"
    )


def _by_hand() -> str:
    return f"  # {comment('by_hand')}"


def _place(edit: Edit, spec: AttentionSpec) -> int:
    """The head of the edited matrix: keys and values are shared by a group of query heads."""
    return edit.head // (spec.num_heads // spec.kv_heads) if edit.stage in SHARED else edit.head


def _heads(story: Story, trace: LayerTrace) -> None:
    projections = trace.layer.projections
    project = "x @ torch.cat((W_Q, W_K, W_V), dim=1)"
    lines = []
    if projections.qkv_bias is not None:
        biases = projections.qkv_bias.split_with_sizes(projections.widths)
        for name, bias in zip(("b_Q", "b_K", "b_V"), biases, strict=True):
            lines.append(f"{name} = {story.data(name, bias)}")
        project = "F.linear(x, torch.cat((W_Q, W_K, W_V), dim=1).T, torch.cat((b_Q, b_K, b_V)))  # x @ W + b"
    story.paragraph(
        comment("qkv"),
        *lines,
        f"qkv = {project}",
        "query, key, value = qkv.split((H * D, G * D, G * Dv), dim=-1)",
        "query = query.view(1, T, H, D).transpose(1, 2)",
        "key = key.view(1, T, G, D).transpose(1, 2)",
        "value = value.view(1, T, G, Dv).transpose(1, 2)",
    )
    if trace.spec.qk_norm:
        story.call("multihead", "root_mean_square_normed")
        story.paragraph(
            comment("qk_norm"),
            "query, key = root_mean_square_normed(query), root_mean_square_normed(key)",
        )


def _positions(story: Story, trace: LayerTrace) -> None:
    """What happens to query, key and value before they meet."""
    spec = trace.spec
    if trace.angles is not None:
        story.call("choices.positions", "rotary_angles", "rotate")
        base = "" if trace.rotary_base == ROTARY_BASE else f", {trace.rotary_base!r}"
        story.paragraph(
            comment("rope"),
            f"angles = rotary_angles(T, D{base})",
            "query, key = rotate(query, angles), rotate(key, angles)",
        )
    stages = ("query", "key", "value")
    story.say(*(_cell(stage, edit, spec) for stage in stages for edit in at_stage(spec.applied, stage)))
    if DTYPES[spec.dtype].itemsize < torch.float32.itemsize:
        story.paragraph(
            comment("half"),
            "query, key, value = query.float(), key.float(), value.float()",
        )
    if spec.kv_heads < spec.num_heads:
        story.paragraph(
            comment("grouped"),
            "key, value = key.repeat_interleave(H // G, dim=1), value.repeat_interleave(H // G, dim=1)",
        )


def _cell(name: str, edit: Edit, spec: AttentionSpec) -> str:
    return f"{name}[0, {_place(edit, spec)}, {edit.row}, {edit.col}] = {edit.value!r}{_by_hand()}"


def _bias(story: Story, trace: LayerTrace) -> None:
    """What is added to the scaled scores, as `bias`; no line if there is nothing."""
    spec = trace.spec
    terms = []
    if spec.positions == "alibi":
        story.call("choices.positions", "alibi_bias")
        story.paragraph(comment("alibi"), "distance_bias = alibi_bias(H, T)")
        terms.append("distance_bias")
    elif spec.positions == "t5":
        story.call("choices.positions", "t5_buckets")
        table = story.data("t5_table", _t5_table(spec))
        story.paragraph(
            comment("t5"),
            f"t5_table = {table}  # {comment('buckets')}",
            f"distance = torch.arange(T) - torch.arange(T).unsqueeze(-1)  # {comment('distance')}",
            "distance_bias = t5_table[:, t5_buckets(distance)]",
        )
        terms.append("distance_bias")
    if spec.importance is not None:
        lines = [
            f"importance[{edit.col}] = {edit.value!r}{_by_hand()}" for edit in at_stage(spec.applied, "importance")
        ]
        story.paragraph(
            comment("importance"),
            "importance = torch.ones(T, dtype=torch.float64)",
            *lines,
        )
        terms.append("importance.log()")
    if terms:
        half = ".float()" if DTYPES[spec.dtype].itemsize < torch.float32.itemsize else ""
        whole = f"({' + '.join(terms)})" if len(terms) > 1 else terms[0]
        story.say(f"bias = {whole}.to({trace.layer.x.dtype}){half}  # {comment('broadcast')}")
    if spec.positions == "shaw":
        story.call("choices.positions", "shaw_scores")
        width = torch.promote_types(trace.layer.x.dtype, torch.float32)
        table = story.data("shaw_table", shaw_table(spec.key_width, seed=spec.seed).to(width))
        relative = f"{_scale(spec)}shaw_scores(query, {table}, T)"
        story.paragraph(
            comment("shaw"),
            f"bias = bias + {relative}" if terms else f"bias = {relative}",
        )


def _t5_table(spec: AttentionSpec) -> Tensor:
    """(H, buckets) float64: the number of each bucket, read off the bias of a sentence with all distances."""
    length = T5_FARTHEST + 1
    bias = t5_bias(spec.num_heads, length, seed=spec.seed)
    table = torch.zeros(spec.num_heads, T5_BUCKETS, dtype=torch.float64)
    table[:, t5_buckets(torch.arange(length) - torch.arange(length).unsqueeze(-1))] = bias
    return table


def _scale(spec: AttentionSpec) -> str:
    return "1 / math.sqrt(D) * " if spec.scaling else ""


def _has_bias(spec: AttentionSpec) -> bool:
    return spec.positions in {"alibi", "t5", "shaw"} or spec.importance is not None


def _scores(story: Story, trace: LayerTrace) -> None:
    spec = trace.spec
    if trace.layer.heads.stages is None:
        start = "bias.expand(1, H, T, T)[0]" if _has_bias(spec) else "query.new_zeros(())"
        scale = "1 / math.sqrt(D)" if spec.scaling else "1"
        formula = f"query @ key^T{' / sqrt(D)' if spec.scaling else ''}{' + bias' if _has_bias(spec) else ''}"
        story.paragraph(
            comment("fused", formula=formula),
            f"scores = torch.baddbmm({start}, query[0], key[0].transpose(1, 2), alpha={scale})",
            "scores = scores.unsqueeze(0)  # (1, H, T, T)",
        )
        return
    function = SCORES[spec.score].function
    story.functions.append((function.__module__, function.__name__))
    parameters = trace.score_parameters
    drawn = [f"{name} = {story.data(name, tensor)}" for name, tensor in parameters.items()]
    call = f"{function.__name__}({', '.join(['query', 'key', *(f'{name}={name}' for name in parameters)])})"
    story.paragraph(comment("scores"), *drawn, f"scores = {call}")
    story.say(*(_cell("scores", edit, spec) for edit in at_stage(spec.applied, "scores")))
    if spec.scaling:
        story.say("scores = scores * (1 / math.sqrt(D))")
    if spec.softcap is not None:
        story.say(f"scores = {spec.softcap!r} * torch.tanh(scores / {spec.softcap!r})  # soft-cap")
    if _has_bias(spec):
        story.say("scores = scores + bias")


def _mask(story: Story, trace: LayerTrace) -> None:
    lines = mask_lines(trace.spec)
    if not lines:
        return
    story.call("choices.masks", *mask_functions(trace.spec))
    story.paragraph(
        comment("mask"),
        *lines,
        "scores = scores.masked_fill(~mask, -math.inf)",
    )


def _normalize(story: Story, trace: LayerTrace) -> None:
    spec, heads = trace.spec, trace.layer.heads
    title = comment("normalizer")
    logits = "scores"
    if spec.heat != 1.0:
        logits = "logits"
        story.paragraph(comment("temperature"))
        story.call("attention" if heads.stages is None else "variants", "_tempered")
        story.say(f"logits = _tempered(scores, {spec.heat!r})")
    if spec.sink is not None:
        story.call("choices.normalizers", "sink_softmax")
        story.paragraph(title, f"weights = sink_softmax({logits}, {spec.sink!r})")
    else:
        function = NORMALIZERS[spec.normalizer]
        story.functions.append((function.__module__, function.__name__))
        story.paragraph(title, f"weights = {function.__name__}({logits})")
    story.say(*(_cell("weights", edit, spec) for edit in at_stage(spec.applied, "weights")))


def _output(story: Story, trace: LayerTrace) -> None:
    spec, layer = trace.spec, trace.layer
    used = "weights"
    if layer.heads.dropout_mask is not None:
        used = "dropped"
        kept = story.data("kept", layer.heads.dropout_mask)
        story.paragraph(
            comment("dropout"),
            f"dropped = weights * {kept} / (1 - {spec.dropout!r})",
        )
    summed = f"{used} @ value"
    if layer.heads.mask is not None and not bool(layer.heads.value.isfinite().all()):
        story.call("attention", "weighted_sum")
        summed = f"weighted_sum({used}, value, mask)  # {comment('stays_out')}"
    story.paragraph(comment("heads"), f"heads = {summed}")
    story.say(*(f"heads[0, {head}] = 0.0  # {comment('off')}" for head in sorted(heads_off(spec.applied))))
    if DTYPES[spec.dtype].itemsize < torch.float32.itemsize:
        story.say(f"heads = heads.to({trace.layer.x.dtype})")
    product = "concat @ W_O"
    if layer.projections.output_bias is not None:
        product = f"F.linear(concat, W_O.T, {story.data('b_O', layer.projections.output_bias)})  # concat @ W_O + b_O"
    story.paragraph(
        comment("output"),
        "concat = heads.transpose(1, 2).flatten(2)",
        f"output = {product}",
    )


def _swaps(spec: AttentionSpec) -> list[tuple[int, int]]:
    """Rows that were exchanged. A model has read the swapped sentence: there its words stand as it read them."""
    if spec.source == TRAINED:
        return []
    before = spec.num_padding if spec.pad_left else 0
    return [(edit.row + before, edit.col + before) for edit in at_stage(spec.applied, "swap")]


def _listed(name: str, tokens: Iterable[str]) -> list[str]:
    """A list of texts as literals in pure ASCII, a few a line: whatever a token holds, it stays a string."""
    lines, line = [f"{name} = ["], "   "
    for literal in map(ascii, tokens):
        if len(line) + len(literal) > WIDTH and line.strip():
            lines, line = [*lines, line], "   "
        line = f"{line} {literal},"
    return [*lines, line, "]"]
