"""What the forms of all races have in common: contenders, steps, seed, numbers of the plan, and tables of one's own."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from attnlab.prose import name_of, page_prose
from attnlab.training.plans.checks import families_of
from attnlab.training.plans.plan import BOUNDS, RacePlan

STEPS = (50, 100, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 4000, 5000, 8000)
LR_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Learning rates on offer, in units of the tuned one."""


def form_row() -> DeltaGenerator:
    """Where controls stand side by side."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


@dataclass(frozen=True)
class PlanForm:
    """Draws the widgets of one race, each in the container that is open.

    Widgets of another race are other widgets: each starts from its own plan.
    """

    base: RacePlan
    race: str
    knobs: Mapping[str, Any]  # label and help of each number and choice
    prefix: str = ""  # of the page's keys

    def first(self) -> dict[str, Any]:
        """Families, steps and seed, by the plan's names."""
        base = self.base
        families = st.pills(
            page_prose("training")["form"]["contenders"],
            families_of(base.task_name),
            default=list(base.contenders),
            selection_mode="multi",
            format_func=lambda family: name_of("family", family),
            key=self._key("families"),
        )
        return {"contenders": tuple(families)} | self.length()

    def length(self) -> dict[str, Any]:
        """Steps and seed, by the plan's names."""
        said, base = page_prose("training")["form"], self.base
        steps = st.select_slider(
            said["steps"],
            sorted({*STEPS, base.steps}),
            value=base.steps,
            help=said["steps_help"],
            key=self._key("steps"),
            width=230,
        )
        highest = int(BOUNDS["seed"][1])
        seed = st.number_input(
            said["seed"], 0, highest, 0, help=said["seed_help"], key=f"{self.prefix}seed_of_race", width=130
        )
        return {"steps": int(steps), "seed": int(seed)}

    def number(self, name: str, step: float = 1) -> Any:
        """A number of the plan."""
        return self.size(name, getattr(self.base, name), BOUNDS[name], step)

    def size(self, name: str, value: Any, bounds: tuple[float, float], step: float = 1) -> Any:
        """A number that is no field of the plan."""
        low, high = bounds
        return st.number_input(min_value=low, max_value=high, value=value, step=step, **self._common(name))

    def pick(self, name: str, options: Sequence[Any]) -> Any:
        """A choice of the plan."""
        return self._pick(name, options, getattr(self.base, name))

    def lr_factor(self) -> float:
        """Times the tuned learning rate of each contender."""
        return float(self._pick("lr_factor", LR_FACTORS, 1.0))

    def plan(self, lr_factor: float = 1, **changed: Any) -> RacePlan:
        """The race with what the learner has set.

        Raises:
            SpecError: what does not fit together.
        """
        plan = replace(self.base, lr={}, **changed)
        if lr_factor == 1:
            return plan
        return replace(plan, lr={key: plan.rate(key).lr * lr_factor for key in plan.contenders})

    def _pick(self, name: str, options: Sequence[Any], value: Any) -> Any:
        called = functools.partial(_shown, name)
        return st.selectbox(options=options, index=options.index(value), format_func=called, **self._common(name))

    def _common(self, name: str) -> dict[str, Any]:
        return {"key": self._key(name), "width": 150, **self.knobs[name]}

    def _key(self, name: str) -> str:
        return f"{self.prefix}{name}_{self.race}"


def _shown(name: str, value: Any) -> str:
    return name_of(name, str(value))
