"""What a model reads of a task's examples: words that only the pretrained can spell are theirs alone."""

from attnlab.models import PRETRAINED_FAMILIES, AnyModel
from attnlab.tasks import Batch, ClassifyCsv, Task


def as_read_by(model: AnyModel, task: Task, batch: Batch) -> Batch:
    """The examples for a model: one that can spell any word is given every word of a table's texts.

    Args:
        model: of any family.
        task: what it learns.
        batch: of the task.
    """
    if isinstance(task, ClassifyCsv) and model.config.family in PRETRAINED_FAMILIES:
        return task.in_full(batch)
    return batch
