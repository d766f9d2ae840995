"""What an exported script says beside its statements, in the language of the run that makes it."""

from attnlab.prose import page_prose


def comment(name: str, **values: object) -> str:
    """One line of the prose with its blanks filled: numbers, shapes and formulas of ours, never what was typed."""
    sentence: str = page_prose("export")["comments"][name]
    return sentence.format(**values)
