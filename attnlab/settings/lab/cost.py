"""The settings of the cost page: what is drawn, what is measured anew, and which model is to fit which card."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from attnlab.costs import AXES, BASE, MECHANISMS, WORKS, Asked, AxisName, MeasureName, MechanismName, Sizes, WorkName
from attnlab.costs.known_models import CardName, KnownName
from attnlab.costs.points import MEASURES
from attnlab.costs.sizes import BOUNDS, MOST_TOKENS
from attnlab.settings.fields import Settings, choice, whole

TableName = Literal["shipped", "here"]
"""The table that comes with the app, or what was measured on this server."""
BitsName = Literal["32", "16", "8", "4"]
MOST_SECONDS, MOST_MIB = 300, 1024
"""Bounds of a measurement that a visitor starts."""
FIT_FROM = 128


@dataclass(frozen=True, kw_only=True)
class Cost(Settings):
    """The settings of the page."""

    link_prefix: ClassVar[str] = "cost_"

    axis: AxisName = choice("length", AXES, names="cost_axis")
    work: WorkName = choice("forward", WORKS, names="cost_work")
    measure: MeasureName = choice("seconds", MEASURES, names="cost_measure")
    against: MechanismName = choice("fused", tuple(MECHANISMS), names="mechanism")
    fit_from: int = whole(FIT_FROM, 1, MOST_TOKENS, (1, 32, 64, 128, 256, 512))
    table: TableName = choice("shipped", get_args(TableName), names="cost_table")
    d_model: int = whole(BASE.d_model, 1, int(BOUNDS["d_model"][1]), (16, 32, 64, 128, 256))
    heads: int = whole(BASE.num_heads, 1, int(BOUNDS["num_heads"][1]))
    kv_heads: int | None = whole(None, 1, int(BOUNDS["num_kv_heads"][1]))
    window: int = whole(BASE.window, 1, MOST_TOKENS)
    longest: int = whole(1024, 8, MOST_TOKENS, (256, 512, 1024, 2048, 4096))
    seconds: int = whole(60, 5, MOST_SECONDS, (30, 60, 120, 300))
    model: KnownName = choice("llama3_8b", get_args(KnownName), names="known_model")
    card: CardName = choice("24", get_args(CardName))
    bits: BitsName = choice("16", get_args(BitsName))
    context: int = whole(8192, 1, 1_000_000)
    batch: int = whole(1, 1, 1024)

    def asked(self) -> Asked:
        """The measurement of what is drawn, at these sizes.

        Raises:
            SpecError: sizes that do not go together.
        """
        base = Sizes(d_model=self.d_model, num_heads=self.heads, num_kv_heads=self.kv_heads, window=self.window)
        return Asked(
            base=base,
            axes=(self.axis,),
            works=(self.work,),
            longest=self.longest,
            seconds=self.seconds,
            most_mib=MOST_MIB,
        )
