"""Tasks on pictures: a picture is cut into patches, and each patch is a position."""

from attnlab.tasks.pictures.digits import LEVELS, SIDE, Digits

__all__ = ["LEVELS", "SIDE", "Digits"]
