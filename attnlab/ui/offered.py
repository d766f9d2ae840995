"""What the administrator lets visitors open, looked at before the first of them comes."""

from attnlab.engine import SpecError
from attnlab.pretrained import check_offered


def refuse_unknown() -> None:
    """Refuse a list that names no model that is here.

    Raises:
        SystemExit: $ATTNLAB_MODELS_OPEN does; an app that guessed might show less than was meant, or more.
    """
    try:
        check_offered()
    except SpecError as refused:
        raise SystemExit(str(refused)) from refused
