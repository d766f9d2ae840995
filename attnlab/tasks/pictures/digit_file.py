"""The handwritten digits that come with the app, and how their file is made.

They are the test set of "Optical Recognition of Handwritten Digits" (E. Alpaydin and C. Kaynak, UCI Machine Learning
Repository 1998, https://doi.org/10.24432/C50P49), licensed CC BY 4.0, in the order of scikit-learn's copy
(`sklearn.datasets.load_digits`): 1,797 pictures of 8 x 8 cells by 13 people. A bitmap of 32 x 32 was cut into blocks of
4 x 4, and a cell counts the ink of its block, 0 to 16. Nothing was changed but the format.

    python -m attnlab.tasks.pictures.digit_file digits.csv.gz    # scikit-learn's copy, to make the file anew
"""

import functools
import gzip
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from attnlab.paths import ASSETS

PATH = ASSETS / "data" / "digits.safetensors"
LICENCE = {
    "source": "Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, https://doi.org/10.24432/C50P49",
    "licence": "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    "changes": "stored as bytes in another format",
}


@functools.cache
def digit_pictures() -> tuple[Tensor, Tensor]:
    """(N, 8, 8) uint8, the ink of each cell from 0 to 16; and (N,) uint8, the digits."""
    tensors = load_file(PATH)
    return tensors["pixels"], tensors["digits"]


def packed(csv: str) -> bytes:
    """The file's content from scikit-learn's CSV: 64 cells and the digit a row."""
    rows = torch.tensor([[int(float(cell)) for cell in line.split(",")] for line in csv.split()], dtype=torch.uint8)
    tensors = {"pixels": rows[:, :64].reshape(-1, 8, 8).contiguous(), "digits": rows[:, 64].contiguous()}
    return save(tensors, metadata=LICENCE)


if __name__ == "__main__":
    PATH.write_bytes(packed(gzip.decompress(Path(sys.argv[1]).read_bytes()).decode()))
