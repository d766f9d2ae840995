"""Why the run store does not give what a page wants, in the page's words."""

from attnlab.prose import page_prose
from attnlab.training import NotOwnerError, StoreFault, UnknownRunError
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.refusals import refusal_sentence

SHOWN_NAME = 40


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
