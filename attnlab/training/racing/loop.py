"""One contender of a race: its model, its optimizer and its own stream of examples, trained chunk by chunk."""

import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from attnlab.engine.allowed import check_number
from attnlab.engine.seeds import generator
from attnlab.models import ClassifierModel, SequenceModel, build_model
from attnlab.models.classifier import MiniLmEmbedding
from attnlab.models.classifier.noise import noisy_answers
from attnlab.tasks import ClassifyCsv
from attnlab.training.plans.plan import MAX_STEPS, RacePlan
from attnlab.training.racing.loss import scored_loss
from attnlab.training.racing.noise import first_noise, global_noise
from attnlab.training.racing.optimizer import adamw, moments
from attnlab.training.racing.reading import as_read_by
from attnlab.training.racing.schedule import lr_at
from attnlab.training.tuning.rates import MAX_LR

CHUNK_S = 0.12
"""Training between two looks at commands. Somewhat less than the 0.2 s promised, because steps vary."""
MAX_GROWTH = 4  # of a chunk over the one before: the first steps of a process are slower than all others


@dataclass(frozen=True)
class ChunkResult:
    """What a chunk of steps did."""

    step: int  # updates made so far; those of a chunk that diverged are taken back
    examples: int  # seen so far
    seconds: float  # spent training so far
    losses: tuple[float, ...]  # of each step of the chunk, before its update
    grad_norm: float  # of all gradients together at the last step, before clipping
    lr: float  # of the last update
    chunk_seconds: float
    tokens_per_s: float  # input positions
    diverged: bool  # a loss, a gradient or a weight was no longer finite

    @property
    def loss(self) -> float:
        """Mean over the chunk."""
        return sum(self.losses) / len(self.losses)


class Learner:
    """One contender.

    All contenders of a plan see the same examples in the same order, whatever their speed; what one does changes
    nothing for another, dropout included. On a CPU the same plan gives the same numbers, however steps are cut into
    chunks.

    Args:
        plan: the race.
        contender: the key of one of the plan's.
        device: where the model lives; examples are drawn on the CPU, so they are the same everywhere.
    """

    def __init__(self, plan: RacePlan, contender: str, *, device: torch.device | str = "cpu") -> None:
        self.plan, self.contender, self.device = plan, contender, torch.device(device)
        self.task = plan.task
        self.model = build_model(plan.model_config(contender), device=self.device).train()
        if isinstance(self.model, ClassifierModel) and isinstance(self.model.embedding, MiniLmEmbedding):
            beyond = self.task.beyond if isinstance(self.task, ClassifyCsv) else ()
            self.model.embedding.spell(self.task.info.symbols or (), beyond)
        self.weights = list(self.model.parameters())
        self.optimizer = adamw(self.model, plan.weight_decay)
        self.moments = moments(self.optimizer)
        self.batches = generator(plan.seed, "batches")
        self.noise = first_noise(plan.seed, self.device)  # the state of the global generator at its next step
        self.peak = plan.rate(contender).lr
        self.step = 0
        self.seconds = 0.0
        self.diverged = False
        self._kept = [torch.empty_like(tensor) for tensor in self._tensors()]
        self._affordable = 1

    @property
    def sequence_model(self) -> SequenceModel:
        """The model, of a sequence task.

        Raises:
            TypeError: it is of another kind.
        """
        if not isinstance(self.model, SequenceModel):
            raise TypeError(f"model ({type(self.model).__name__}) must be a SequenceModel")
        return self.model

    @property
    def examples(self) -> int:
        """Seen so far."""
        return self.step * self.plan.batch_size

    @property
    def finished(self) -> bool:
        """Whether there is nothing more to train."""
        if self.diverged:
            return True
        if self.plan.seconds is not None:
            return self.seconds >= self.plan.seconds or self.step >= MAX_STEPS
        return self.step >= self.plan.steps

    @property
    def affordable_steps(self) -> int:
        """Steps that take about `CHUNK_S`, as far as the last chunk tells; 1 before there is one."""
        return self._affordable

    def set_lr(self, lr: float) -> None:
        """A new peak of the learning rate from the next step on; the schedule goes on.

        Raises:
            SpecError: not a number from 0 to `MAX_LR`.
        """
        check_number("lr", lr, 0.0, MAX_LR)
        self.peak = float(lr)

    def advance(self, steps: int) -> ChunkResult:
        """Train for so many steps, and wait for them.

        If a loss, a gradient or a weight is no longer finite, everything but the clock goes back to where the chunk
        began, and the contender has `diverged`.

        Raises:
            ValueError: fewer than one step, or a contender that has diverged.
        """
        if steps < 1 or self.diverged:
            raise ValueError(f"steps ({steps}) must be 1 or more, of a contender that has not diverged")
        start, began, batches, noise = time.perf_counter(), self.step, self.batches.get_state(), self.noise
        torch._foreach_copy_(self._kept, self._tensors())
        total = self._total_steps()
        with global_noise(noise, self.device) as global_state:
            results = [self._train_step(total) for _ in range(steps)]
            losses: list[float] = torch.stack([loss for loss, _ in results]).tolist()
            self.noise = global_state()
        grad_norm = results[-1][1].item()
        finite = all(map(math.isfinite, (*losses, grad_norm, self._largest_norm())))
        elapsed = time.perf_counter() - start
        self.seconds += elapsed
        self._affordable = max(1, min(int(CHUNK_S * steps / elapsed), MAX_GROWTH * steps))
        lr = self.optimizer.param_groups[0]["lr"]
        if not finite:
            self._go_back(began, batches, noise)
        return ChunkResult(
            step=self.step,
            examples=self.examples,
            seconds=self.seconds,
            losses=tuple(losses),
            grad_norm=grad_norm,
            lr=lr,
            chunk_seconds=elapsed,
            tokens_per_s=steps * self.plan.batch_size * self.task.info.seq_len / elapsed,
            diverged=self.diverged,
        )

    def _train_step(self, total: int) -> tuple[Tensor, Tensor]:
        """Loss and norm of the gradients, both left on the device."""
        batch = as_read_by(self.model, self.task, self.task.sample(self.plan.batch_size, self.batches))
        outputs = self._outputs(batch.inputs.to(self.device))
        loss = scored_loss(outputs, batch, label_smoothing=self.plan.label_smoothing)
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = nn.utils.clip_grad_norm_(self.weights, self.plan.clip, foreach=True)
        lr = lr_at(self.step, total, self.peak, self.plan.warmup, self.plan.schedule)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        self.step += 1
        return loss.detach(), norm

    def _outputs(self, inputs: Tensor) -> Tensor:
        """What the model answers, of a classifier through noise where the plan says so."""
        if self.plan.noise and isinstance(self.model, ClassifierModel):
            return noisy_answers(self.model, inputs, self.plan.noise)
        outputs: Tensor = self.model(inputs)
        return outputs

    def _total_steps(self) -> int:
        """What the schedule counts down to; in a race of seconds, what the time left is likely to allow."""
        if self.plan.seconds is None:
            return self.plan.steps
        if self.step == 0:
            return MAX_STEPS
        left = max(self.plan.seconds - self.seconds, 0.0)
        return min(self.step + round(left * self.step / self.seconds), MAX_STEPS)

    def _tensors(self) -> list[Tensor]:
        return [*(weight.data for weight in self.weights), *(part for kind in self.moments.values() for part in kind)]

    def _largest_norm(self) -> float:
        with torch.no_grad():
            return torch.stack(torch._foreach_norm([*self.weights])).max().item()

    def _go_back(self, step: int, batches: Tensor, noise: Tensor) -> None:
        self.diverged = True
        torch._foreach_copy_(self._tensors(), self._kept)
        self.step, self.noise = step, noise
        self.batches.set_state(batches)
