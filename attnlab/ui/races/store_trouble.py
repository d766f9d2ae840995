"""Why the run store does not give what a page wants, and what workers have left in it, in the page's words."""

from attnlab.prose import page_prose
from attnlab.training import NotOwnerError, StoreFault, UnknownRunError
from attnlab.training.running.notes import told_by
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import refusal_sentence

SHOWN_NAME = 40
_FAULTS: list[type[StoreFault]] = [StoreFault, *StoreFault.__subclasses__()]
_OF_A_FAULT = {kind.message: kind.code for kind in _FAULTS}


def told_message(message: str) -> str:
    """What a worker has left about a run, in the page's language and as Markdown; an error's own words say themselves.

    Args:
        message: as the store has it.
    """
    said = page_prose("training")
    if message in _OF_A_FAULT:
        return str(said["store"][_OF_A_FAULT[message]])
    known = told_by(message)
    return plain(message) if known is None else str(said["notes"][known[0]]).format(**known[1])


def store_trouble(error: Exception) -> str:
    """The sentence that says it, as Markdown: a fault of the database by its code, a run that was deleted as gone.

    Args:
        error: what was raised; one of another kind says itself.
    """
    said = page_prose("training")["store"]
    if isinstance(error, StoreFault):
        return str(said[error.code])
    if isinstance(error, UnknownRunError):
        return str(said["gone"]).format(run=plain(str(error.got)[:SHOWN_NAME]))
    if isinstance(error, NotOwnerError):
        return str(said["not_owner"])
    return refusal_sentence(error)
