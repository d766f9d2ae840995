"""The catalogue of variants: which settings choose each, the words and formulas it is explained with, and its card."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import latex2mathml.converter
from torch import Tensor

from attnlab.engine import AttentionSpec, Edit
from attnlab.engine.spec import TRAINED, MaskName, NormalizerName, PositionsName, ScoreName
from attnlab.pictures.packing import packed
from attnlab.prose import address, name_of, page_prose
from attnlab.settings import carried
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import told

PAGE = "variants"
SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "score": {name: {"score": name} for name in get_args(ScoreName)},
    "normalizer": {name: {"normalizer": name} for name in get_args(NormalizerName)},
    "positions": {name: {"positions": name} for name in get_args(PositionsName)},
    "mask": {name: {"mask": name} for name in get_args(MaskName)},
    "pattern": {
        "sliding": {"mask": "window", "second_mask": "causal", "combine": "and"},
        "longformer": {"mask": "window", "second_mask": "global", "combine": "or"},
        "bigbird": {"mask": "random_blocks", "second_mask": "global", "combine": "or"},
    },
    "heads": {"mha": {"kv_heads": "all"}, "gqa": {"kv_heads": "2"}, "mqa": {"kv_heads": "1"}},
    "addition": {
        "softcap": {"softcap": 1.0},
        "qk_norm": {"qk_norm": True},
        "sink": {"sink": 2.0},
        "importance": {"s": carried.encoded((Edit("importance", 0, 0, 1, 4.0),))},
    },
}
"""Each group's variants, by name, and what the gallery sets to show them; the numbers of masks stay as they are."""


def variant_words(group: str, name: str) -> dict[str, str]:
    """The prose of one variant; one that is an option of a setting has that option's name."""
    words: dict[str, str] = page_prose(PAGE)["variants"][group][name]
    return {"name": name_of(group, name)} | words


@functools.lru_cache(maxsize=256)
def mathml(formula: str, display: str = "inline") -> str:
    """LaTeX of ours as MathML, which browsers draw by themselves; `display` is "inline" or "block"."""
    return str(latex2mathml.converter.convert(formula, display=display))


def chosen(settings: Explorer) -> list[tuple[str, str]]:
    """The variants (group, name) that the page's settings choose beyond its defaults, in the order of the gallery.

    What a trained model brings with it is not chosen.
    """
    kinds, trained = settings.kinds(), settings.source == TRAINED
    differs = {name: value for name, value in settings.changed().items() if not (trained and kinds[name].own)}
    found: list[tuple[str, str]] = [
        (name, differs[name]) for name in ("score", "normalizer", "positions") if name in differs
    ]
    if differs.keys() & {"mask", "second_mask", "combine"}:
        found += _masks(settings)
    if "kv_heads" in differs:
        found += _heads(settings)
    found += [("addition", name) for name in ("softcap", "qk_norm", "sink") if name in differs]
    if any(edit.stage == "importance" for edit in carried.decoded(settings.s)):
        found.append(("addition", "importance"))
    return found


def _masks(settings: Explorer) -> list[tuple[str, str]]:
    """One mask, two masks that make a known pattern, or two that do not; nothing where there is none."""
    first, second = settings.mask, settings.second_mask
    for name, pattern in SETTINGS["pattern"].items():
        if {first, second} == {pattern["mask"], pattern["second_mask"]} and settings.combine == pattern["combine"]:
            return [("pattern", name)]
    return [("mask", mask) for mask in dict.fromkeys((first, second)) if mask != "none"]


def _heads(settings: Explorer) -> list[tuple[str, str]]:
    """How the heads share keys; nothing where each has its own after all."""
    groups = int(settings.kv_heads)
    if groups == settings.heads:
        return []
    return [("heads", "mqa" if groups == 1 else "gqa")]


def link(settings: Mapping[str, Any]) -> str:
    """The address of the explorer with these settings, seen from any page."""
    return address("", told(settings, Explorer.kinds()))


def variant_stages(spec: AttentionSpec) -> dict[str, dict[str, str]]:
    """Line and formula of the stages that a spec's variants change, by stage; empty for plain attention.

    Where x is the word alone, also that stage's name.
    """
    page = page_prose(PAGE)
    told: dict[str, dict[str, str]] = {}
    placed = page["positions"].get(spec.positions, {})
    if "x" in placed and spec.source != TRAINED:
        told["x"] = placed["x"]
    qkv = ("qk_norm" if spec.qk_norm else "qkv") + ("_biased" if spec.source == TRAINED else "")
    if spec.qk_norm or qkv in placed:
        told["qkv"] = (page["stages"] | placed)[qkv]
    if spec.score != "scaled_dot":
        told["scores"] = _stage_of("score", spec.score)
    if not spec.scaling or spec.softcap is not None:
        capped = "capped" if spec.scaling else "unscaled_capped"
        told["scale"] = page["stages"]["unscaled" if spec.softcap is None else capped]
    mask = "mask" if spec.importance is None else "weighed"
    if spec.importance is not None or mask in placed:
        told["mask"] = (page["stages"] | placed)[mask]
    if spec.sink is not None:
        told["softmax"] = page["stages"]["sink"]
    elif spec.normalizer != "softmax":
        told["softmax"] = _stage_of("normalizer", spec.normalizer)
    return {stage: {**words, "mathml": mathml(words["formula"])} for stage, words in told.items()}


def _stage_of(group: str, name: str) -> dict[str, str]:
    words = variant_words(group, name)
    return {"line": words["stage_line"], "formula": words["stage_formula"]}


def variant_matrices(spec: AttentionSpec) -> dict[str, str]:
    """What stands beside the names of the matrices that a spec's variants change; {blanks} as in the stage's prose."""
    told: dict[str, str] = {}
    if spec.score not in {"scaled_dot", "dot"} or spec.softcap is not None:
        score = variant_words("score", spec.score)["matrix"]
        capped = page_prose(PAGE)["page"]["capped"] if spec.softcap is not None else "{score}"
        scaled = capped.format(score=score + "{scale}")
        told |= {"scores": score, "scaled_scores": scaled, "masked_scores": scaled + "{bias}"}
    if spec.normalizer != "softmax":
        told["weights"] = variant_words("normalizer", spec.normalizer)["matrix"] + "{temperature}"
    return told


def cards_payload(
    groups: Sequence[Mapping[str, Any]], words: Mapping[str, str], pictures: Mapping[str, Tensor] | None = None
) -> bytes:
    """Pack cards.

    Args:
        groups: {"title", "line", "cards"} each; a card is {"name", "mathml", "line", "more", "source", "title", "url",
            "link", "picture"}, of which the last two may be missing: where "Show it" leads, and the name of a picture.
        words: "show", "show_help" and "picture", with the blank {name}; of the list "groups", "find", "found".
        pictures: weights by name, each (rows, columns) from 0 to 1; NaN is left empty.
    """
    kept = {name: words[name] for name in ("show", "show_help", "picture", "groups", "find", "found")}
    kept |= {"legend": page_prose("attention")["stage"]["legend"]}
    return packed({"groups": list(groups), "words": kept}, pictures or {})
