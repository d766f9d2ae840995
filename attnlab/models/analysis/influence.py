"""How strongly each answer depends on each input: one picture for every family."""

import torch
from torch import Tensor

from attnlab.models.evaluating import evaluating, examples_at_once, one_example
from attnlab.models.model import SequenceModel


def influence(model: SequenceModel, inputs: Tensor, *, classes: Tensor | None = None, share: bool = False) -> Tensor:
    """Length of the gradient of each answer's logit with respect to each input's embedding.

    The logit is that of the class the model predicts there (the value itself in a regression task). The model, its
    mode and its parameters' gradients stay as they are; dropout is off.

    Args:
        model: of any family.
        inputs: one example, (1, T) or (1, T, num_features).
        classes: (T,) int64, other classes to ask about than the predicted ones.
        share: divide each row by its sum, so that it sums to 1; a row of zeros stays.

    Returns:
        (T, T) of the model's dtype: row o is an answer, column i an input. Entry (o, i) is
        ||d logit_o / d embedding_i||, exactly 0 where answer o cannot see input i. With trailing blanks row o is the
        answer on blank o, which stands T positions behind input o.

    Raises:
        ValueError: inputs that are not one example or that the model refuses; classes of another shape or range.

    Source: Madsen 2019, "Visualizing memorization in RNNs", https://distill.pub/2019/memorization-in-rnns/
    """
    one_example(model, inputs)
    with evaluating(model):
        vectors = model.embed(inputs).clone()
        if classes is None:
            classes = model.answers(vectors)[0].argmax(-1)
    _check_classes(classes, inputs.shape[1], model.config.num_outputs)
    with evaluating(model, gradients=True):  # made inside, a tensor can be part of a graph whatever the caller's mode
        answers, classes = torch.arange(inputs.shape[1], device=vectors.device), classes.to(vectors.device).clone()
        parts = torch.tensor_split(answers, -(-len(answers) // examples_at_once(len(answers))))
        rows = [_rows(model, vectors, some, classes[some]) for some in parts]
    lengths = torch.cat(rows)
    return _shares(lengths) if share else lengths


def answer_influence(model: SequenceModel, inputs: Tensor, positions: Tensor) -> Tensor:
    """`influence` on one answer of each example, as shares.

    Args:
        model: of any family.
        inputs: (B, T) or (B, T, num_features).
        positions: (B,) where the answer is.

    Returns:
        (B, T). Each row sums to 1, or is all zeros where nothing matters.

    Raises:
        ValueError: inputs that the model refuses.
    """
    with evaluating(model):
        vectors = model.embed(inputs).clone()
        classes = model.answers(vectors)[torch.arange(len(inputs)), positions].argmax(-1)
    with evaluating(model, gradients=True):
        parts = torch.tensor_split(torch.arange(len(inputs)), -(-len(inputs) // examples_at_once(inputs.shape[1])))
        rows = [
            _lengths(model, vectors[part].clone(), positions[part].clone(), classes[part].clone()) for part in parts
        ]
    return _shares(torch.cat(rows))


def _rows(model: SequenceModel, vectors: Tensor, answers: Tensor, classes: Tensor) -> Tensor:
    """(R, T): the rows of R answers from one backward pass, because each reads its own copy of the example."""
    return _lengths(model, vectors.repeat(len(answers), 1, 1), answers, classes)


def _lengths(model: SequenceModel, vectors: Tensor, answers: Tensor, classes: Tensor) -> Tensor:
    """(R, T): of R examples (R, T, d_model) the lengths of the gradients of one answer each."""
    copies = vectors.requires_grad_()
    logits = model.answers(copies)[torch.arange(len(answers), device=answers.device), answers, classes]
    (gradient,) = torch.autograd.grad(logits.sum(), copies)
    lengths: Tensor = torch.linalg.vector_norm(gradient, dim=-1)
    return lengths


def _shares(rows: Tensor) -> Tensor:
    sums = rows.sum(-1, keepdim=True)
    return rows / sums.where(sums > 0, 1.0)


def _check_classes(classes: Tensor, seq_len: int, num_outputs: int) -> None:
    if classes.shape != (seq_len,) or classes.dtype != torch.int64:
        raise ValueError(f"classes {tuple(classes.shape)} {classes.dtype} must be ({seq_len},) torch.int64")
    if not 0 <= int(classes.min()) <= int(classes.max()) < num_outputs:
        raise ValueError(f"classes ({classes.tolist()!s:.60}) must be between 0 and {num_outputs - 1}")
