"""The name of a model on a hub: `org/name`, with `@revision` behind it where another one than the main one is meant.

What is let through can stand in an address and in a path as it is.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from attnlab.engine import SpecError

MAIN = "main"
MAX_PART, MAX_REVISION = 96, 64
_PART = rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MAX_PART - 1}}}"
_REVISION = rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MAX_REVISION - 1}}}"
_ID = re.compile(rf"(?P<org>{_PART})/(?P<name>{_PART})(?:@(?P<revision>{_REVISION}))?")
ALLOWED = (
    "org/name or org/name@revision, of letters, digits, dots, dashes and underscores, with no dot or dash first, "
    f"no two dots in a row, and at most {MAX_PART} characters a part, {MAX_REVISION} of the revision"
)


@dataclass(frozen=True)
class HubId:
    """A model on a hub, at a branch, a tag or a commit."""

    org: str
    name: str
    revision: str = MAIN

    def __str__(self) -> str:
        """As short as it can be said: the main revision is left out."""
        return self.repository if self.revision == MAIN else f"{self.repository}@{self.revision}"

    @property
    def repository(self) -> str:
        """Without the revision."""
        return f"{self.org}/{self.name}"

    @property
    def folder(self) -> Path:
        """Where it lies in a cache: the revision is part of the name, since no other part has an @."""
        return Path(self.org) / f"{self.name}@{self.revision}"


def hub_id(text: str) -> HubId:
    """The model that a text names.

    Raises:
        SpecError: it names none.
    """
    found = hub_id_or_none(text)
    if found is None:
        raise SpecError("model", "form", f"model ({text!r:.60}) must be {ALLOWED}", got=text)
    return found


def hub_id_or_none(text: str) -> HubId | None:
    """The model that a text names, if it names one."""
    found = _ID.fullmatch(text)
    if found is None or ".." in text:
        return None
    return HubId(found["org"], found["name"], found["revision"] or MAIN)
