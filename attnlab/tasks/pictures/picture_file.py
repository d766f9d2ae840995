"""A picture file that somebody brings, reduced as the digits of the data set were."""

import io
import warnings
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG")
MAX_BYTES = 5_000_000
MAX_SIDE = 4096
"""Pixels to a side. It is read from the header, before anything is unpacked."""
LOOKED_AT = 256
"""Pixels to a side that are left of a larger one before anything is computed."""
BITMAP, BLOCK = 32, 4
FAINT = 0.15
"""Of the distance from black to white: what stands out less is no ink."""
INK = 0.4
"""Of the darkest ink: from there on a pixel of the bitmap is on."""

Code = Literal["bytes", "kind", "pixels", "animated", "damaged", "blank"]


class PictureError(ValueError):
    """A file that cannot be read as a digit: a code of the prose's sentences, and the values in their blanks."""

    def __init__(self, code: Code, **values: Any) -> None:
        super().__init__(f"file ({code}: {values}) must be one still PNG or JPEG with dark or light ink on it")
        self.code, self.values = code, values


def cells_of(data: bytes) -> tuple[int, ...]:
    """Ink of 8 x 8 cells, row by row, from 0 to 16.

    What differs from the picture's edge is ink. It is scaled to the full height of a bitmap of 32 x 32 (or the full
    width, if it is wider), as NIST's programs did with the forms, and each cell counts the ink of 4 x 4.

    Args:
        data: the file.

    Raises:
        PictureError: more than `MAX_BYTES` or `MAX_SIDE`, neither PNG nor JPEG, animated, damaged, or without ink.
    """
    ink = _ink(_opened(data))
    if ink.max() < FAINT:
        raise PictureError("blank")
    return tuple(_counts(_framed(ink / ink.max())).flatten().tolist())


def _opened(data: bytes) -> Image.Image:
    """In grey, what is transparent on white, and no larger than is looked at."""
    if len(data) > MAX_BYTES:
        raise PictureError("bytes", got=f"{len(data):,}", most=f"{MAX_BYTES:,}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # of a header: the size is refused below
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise PictureError("kind") from error
    except Image.DecompressionBombError as error:
        raise PictureError("pixels", most=MAX_SIDE) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError("damaged") from error
    if max(picture.size) > MAX_SIDE:
        raise PictureError("pixels", most=MAX_SIDE)
    if getattr(picture, "is_animated", False):
        raise PictureError("animated")
    try:
        coloured = picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError("damaged") from error
    white = Image.new("RGBA", coloured.size, "white")
    grey = Image.alpha_composite(white, coloured).convert("L")
    grey.thumbnail((LOOKED_AT, LOOKED_AT), Image.Resampling.BOX)
    return grey


def _ink(grey: Image.Image) -> NDArray[np.float64]:
    """(rows, columns): how far each pixel is from the background, which is what most of the edge shows."""
    light = np.asarray(grey, dtype=np.float64) / 255
    edge = np.concatenate((light[0], light[-1], light[:, 0], light[:, -1]))
    distance: NDArray[np.float64] = np.abs(light - np.median(edge))
    return distance


def _framed(ink: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(32, 32): the ink alone, as large as fits, in the middle."""
    rows, cols = (np.flatnonzero((ink >= INK).any(axis=axis)) for axis in (1, 0))
    found = ink[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    scale = BITMAP / max(found.shape)
    height, width = (max(1, round(scale * side)) for side in found.shape)
    fitted = Image.fromarray((255 * found).astype(np.uint8)).resize((width, height), Image.Resampling.BOX)
    frame = Image.new("L", (BITMAP, BITMAP))
    frame.paste(fitted, ((BITMAP - width) // 2, (BITMAP - height) // 2))
    scaled = np.asarray(frame, dtype=np.float64)
    on: NDArray[np.bool_] = scaled >= INK * scaled.max()
    return on


def _counts(bitmap: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(8, 8)."""
    blocks = bitmap.reshape(BITMAP // BLOCK, BLOCK, BITMAP // BLOCK, BLOCK)
    counts: NDArray[np.int64] = blocks.sum(axis=(1, 3))
    return counts
