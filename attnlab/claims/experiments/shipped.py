"""Experiments on the trained models that come with the app: nothing is trained, so each takes seconds."""

import copy
from collections.abc import Mapping
from math import isnan
from typing import cast

import torch
from torch import Tensor

from attnlab.claims.measured import Measured, Size, figures_of, mean
from attnlab.engine import stack_trace
from attnlab.models import FamilyName, Seq2SeqModel, agreement
from attnlab.models.classifier import word_influence, word_occlusion
from attnlab.models.evaluating import evaluating
from attnlab.models.parts.attention_layer import AttentionLayer
from attnlab.models.seq2seq.decoding import START_ID, greedy
from attnlab.models.seq2seq.stack import translation_stack
from attnlab.models.seq2seq.transformer import TransformerBlock, TransformerBody
from attnlab.tasks import Batch, Classification
from attnlab.training import shipped_classifier
from attnlab.training.scoring.translating import report
from attnlab.training.shipped_translation import shipped_plan, shipped_translators
from attnlab.training.shown.classify_plans import CLASSIFICATIONS
from attnlab.training.shown.translation_plans import translation_of

TEXTS: dict[Size, int] = {"tiny": 16, "quick": 256, "full": 1024}
EXPLAINED: dict[Size, int] = {"tiny": 4, "quick": 32, "full": 150}
SENTENCES: dict[Size, int] = {"tiny": 12, "quick": 80, "full": 200}
CUT: dict[Size, int] = {"tiny": 4, "quick": 24, "full": 120}
NOISES = (0.0, 0.25, 0.5, 1.0)
READERS: tuple[FamilyName, ...] = ("transformer", "lstm", "text_cnn")
WRITERS: tuple[FamilyName, ...] = ("transformer", "gru_attention", "gru")
LENGTHS = (8, 14)
"""Words up to which a sentence is short, and middling."""
SENTENCE = "the cat sat on the mat ."
RELATED = ((0, 1), (1, 2), (2, 3))
"""the - cat, cat - sat, sat - on: the pairs that an article names."""


def noise(seed: int, size: Size) -> Measured:
    """Accuracy of the shipped classifiers by noise on every word's vector, in units of the vectors' own size."""
    batch = _texts(TEXTS[size])
    right: dict[str, dict[float, float]] = {}
    for family in READERS:
        model = shipped_classifier.shipped()[family].model
        mask = batch.inputs != 0
        with evaluating(model):
            embedding = model.embed(batch.inputs)
            unit = embedding[mask].square().mean().sqrt()
            drawn = torch.randn(embedding.shape, generator=torch.Generator().manual_seed(seed))
            right[family] = {
                level: _accuracy(model.answers(embedding + level * unit * drawn, mask), batch.targets)
                for level in NOISES
            }
    numbers = {"texts": len(batch.inputs), "noise": NOISES[-1]}
    numbers |= {f"{family}_share": by_level[NOISES[-1]] for family, by_level in right.items()}
    numbers |= {"clean_share": right["transformer"][0.0]}
    numbers["behind_share"] = min(numbers["lstm_share"], numbers["text_cnn_share"]) - numbers["transformer_share"]
    return Measured(figures_of(right), numbers)


def explanation(seed: int, size: Size) -> Measured:
    """How attention, gradient and the pooling agree with taking words away, over many texts of the classifier.

    Sources: Jain and Wallace 2019, https://arxiv.org/abs/1902.10186; Wiegreffe and Pinter 2019,
    https://arxiv.org/abs/1908.04626
    """
    batch, model = _texts(EXPLAINED[size], seed), shipped_classifier.shipped()["transformer"].model
    ranks: dict[str, list[float]] = {"attention": [], "gradient": [], "pooling": []}
    tops = dict.fromkeys(ranks, 0)
    for row in batch.inputs:
        text = row[row != 0][None]
        with evaluating(model):
            trace = model.trace(text)
        truth = word_occlusion(model, text).divergence
        looks = {
            "attention": cast("Tensor", trace.attention)[0].mean((0, 1, 2)),
            "gradient": word_influence(model, text),
            "pooling": cast("Tensor", trace.shares)[0],
        }
        for name, look in looks.items():
            found = agreement(look, truth)
            ranks[name] += [] if found is None or isnan(found) else [found]
            tops[name] += int(look.argmax() == truth.argmax())
    same = {name: count / len(batch.inputs) for name, count in tops.items()}
    agreed = {name: mean(found) if found else 0.0 for name, found in ranks.items()}
    numbers = {"texts": len(batch.inputs), **{f"{name}_rank": value for name, value in agreed.items()}}
    numbers |= {f"{name}_top_share": value for name, value in same.items()}
    return Measured(figures_of({"rank": agreed, "top": same}), numbers)


def long_sentences(seed: int, size: Size) -> Measured:
    """Share of held-out sentences that are translated exactly, by length, with attention and without.

    Source: Bahdanau et al. 2015, figure 2, https://arxiv.org/abs/1409.0473
    """
    task, places = translation_of(shipped_plan()), ("short", "middling", "long")
    right: dict[str, dict[str, float]] = {}
    for family in WRITERS:
        shares = report(shipped_translators()[family], task, examples=SENTENCES[size], seed=seed).by_length
        by_place: dict[str, list[tuple[float, int]]] = {place: [] for place in places}
        for share in shares:
            by_place[places[sum(share.at > most for most in LENGTHS)]].append((share.score, share.count))
        right[family] = {
            place: sum(score * count for score, count in found) / sum(count for _, count in found)
            for place, found in by_place.items()
            if found
        }
    numbers: dict[str, float] = {"sentences": SENTENCES[size]}
    for name, by_length in right.items():
        numbers[f"{name}_short_share"] = by_length.get("short", 0.0)
        numbers[f"{name}_long_share"] = by_length.get("long", 0.0)
    numbers["ahead_share"] = numbers["gru_attention_long_share"] - numbers["gru_long_share"]
    return Measured(figures_of(right), numbers)


def cut_heads(seed: int, size: Size) -> Measured:
    """Share of exact translations when one self-attention head of the shipped Transformer is cut, head by head.

    Source: Michel et al. 2019, section 3.2, https://arxiv.org/abs/1905.10650
    """
    task, model = translation_of(shipped_plan()), shipped_translators()["transformer"]
    rows = task.test_rows(CUT[size], seed)
    batch = task.batch_of(rows)
    sources = batch.inputs[:, : model.config.source_len]
    wanted = [task.decoded(row) for row in batch.targets.tolist()]

    def exact(one: Seq2SeqModel) -> float:
        return mean(
            [float(task.decoded(words) == text) for words, text in zip(greedy(one, sources), wanted, strict=True)]
        )

    whole = exact(model)
    places = _self_attentions(model)
    kept = {
        f"{side}_{number}_{head + 1}": exact(_without_head(model, side, number, head))
        for side, number in (places if size != "tiny" else list(places)[:1])
        for head in range(model.config.num_heads)
    }
    lost = {name: whole - share for name, share in kept.items()}
    numbers = {
        "heads": len(kept),
        "sentences": len(rows),
        "whole_share": whole,
        "worst_share": min(kept.values()),
        "spare": sum(loss <= 1 / len(rows) + 1e-9 for loss in lost.values()),
    }
    numbers["spare_share"] = numbers["spare"] / numbers["heads"]
    return Measured(figures_of({"exact": dict(enumerate(sorted(kept.values()), start=1))}), numbers)


def related_words(seed: int, size: Size) -> Measured:  # noqa: ARG001 - a trained model on one sentence: nothing is drawn
    """The weight that the shipped translator's encoder gives to pairs of words which an article says it has learned.

    Source: Clark et al. 2019, section 3, https://arxiv.org/abs/1906.04341
    """
    task, model = translation_of(shipped_plan()), shipped_translators()["transformer"]
    source = task.encode(SENTENCE)
    stack = translation_stack(model, source.ids, (START_ID,), task.info.source_symbols or (), task.written_symbols)
    weights = torch.stack(stack_trace(stack).maps("encoder")).mean(0)  # (T, T), over heads and blocks
    tokens = len(source.ids)
    pairs = {
        name: float(weights[query, key])
        for name, (query, key) in zip(("the_cat", "cat_sat", "sat_on"), RELATED, strict=True)
    }
    shown = {**pairs, "itself": float(weights.diagonal().mean()), "full_stop": float(weights[:, -1].mean())}
    numbers = {"even_share": 1 / tokens, **{f"{name}_share": value for name, value in shown.items()}}
    numbers["above_even"] = sum(value > 1.5 / tokens for value in pairs.values())
    return Measured(figures_of({"weight": shown}), numbers)


def _texts(count: int, seed: int = 0) -> Batch:
    """Texts that no classifier has trained on."""
    task = cast("Classification", CLASSIFICATIONS["sentiment"].task)
    return task.sample(count, torch.Generator().manual_seed(seed), "test")


def _accuracy(logits: Tensor, targets: Tensor) -> float:
    return float((logits.argmax(-1) == targets).double().mean())


def _self_attentions(model: Seq2SeqModel) -> Mapping[tuple[str, int], AttentionLayer]:
    """The self-attention of each block, by side and number from 1."""
    body = cast("TransformerBody", model.body)
    return {
        (side, number): cast("TransformerBlock", block).self_attention
        for side, blocks in (("encoder", body.encoder), ("decoder", body.decoder))
        for number, block in enumerate(blocks, start=1)
    }


def _without_head(model: Seq2SeqModel, side: str, number: int, head: int) -> Seq2SeqModel:
    """A copy in which one head writes nothing."""
    copied = copy.deepcopy(model)
    attention = _self_attentions(copied)[side, number]
    with torch.no_grad():
        attention.output_proj.weight[:, head * attention.head_dim : (head + 1) * attention.head_dim] = 0.0
    return copied
