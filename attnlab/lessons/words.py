"""The words of lessons: `assets/prose/<language>/lessons/<id>.toml`."""

from typing import Any

from attnlab.prose import page_prose

HINTS = 3
"""The first asks again in terms of the picture, the second names the stage to look at, the third the control."""


def words_of(lesson: str) -> dict[str, Any]:
    """What is said in a lesson: title, aim, line, and under `steps` a table for each step."""
    return page_prose(f"lessons/{lesson}")
