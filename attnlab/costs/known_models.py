"""Published sizes of models and cards; nothing of them is loaded."""

from dataclasses import dataclass
from typing import Literal

KnownName = Literal[
    "gpt2", "gpt3", "llama2_7b", "llama2_70b", "mistral_7b", "falcon_7b", "llama3_8b", "llama3_70b", "llama3_405b"
]
CardName = Literal["8", "12", "16", "24", "48", "80", "141"]
"""Memory of a card, GiB."""


@dataclass(frozen=True)
class KnownModel:
    """What cache and weights follow from."""

    parameters: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    context: int  # tokens that it was made for
    source: str
    url: str
    table: str = ""  # of the source, by its number; none where it has no such table


_LLAMA2 = ("Touvron et al. 2023", "https://arxiv.org/abs/2307.09288")
_LLAMA3 = ("Llama Team 2024", "https://arxiv.org/abs/2407.21783", "3")

KNOWN: dict[KnownName, KnownModel] = {
    "gpt2": KnownModel(124_439_808, 12, 12, 12, 64, 1024, "Radford et al. 2019", "https://github.com/openai/gpt-2"),
    "gpt3": KnownModel(
        175_000_000_000, 96, 96, 96, 128, 2048, "Brown et al. 2020", "https://arxiv.org/abs/2005.14165", "2.1"
    ),
    "llama2_7b": KnownModel(6_738_415_616, 32, 32, 32, 128, 4096, *_LLAMA2),
    "llama2_70b": KnownModel(68_976_648_192, 80, 64, 8, 128, 4096, *_LLAMA2),
    "mistral_7b": KnownModel(
        7_241_732_096, 32, 32, 8, 128, 8192, "Jiang et al. 2023", "https://arxiv.org/abs/2310.06825", "1"
    ),
    "falcon_7b": KnownModel(
        7_217_189_760, 32, 71, 1, 64, 2048, "Almazrouei et al. 2023", "https://arxiv.org/abs/2311.16867"
    ),
    "llama3_8b": KnownModel(8_030_261_248, 32, 32, 8, 128, 8192, *_LLAMA3),
    "llama3_70b": KnownModel(70_553_706_496, 80, 64, 8, 128, 8192, *_LLAMA3),
    "llama3_405b": KnownModel(405_853_388_800, 126, 128, 8, 128, 131_072, *_LLAMA3),
}
"""Parameters of Llama, Mistral, GPT-2 and Falcon are those of the weights that were released; of GPT-3, the paper's."""
