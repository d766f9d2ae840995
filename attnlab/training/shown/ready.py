"""Plans that come with the app, by name."""

from collections.abc import Callable, Iterator, Mapping

from attnlab.training.plans.plan import RacePlan


class Ready(Mapping[str, RacePlan]):
    """Plans by name, each made when it is first asked for: a plan sizes its models, and all of them take a second.

    Args:
        makers: what makes each.
    """

    def __init__(self, makers: Mapping[str, Callable[[], RacePlan]]) -> None:
        self._makers = makers
        self._made: dict[str, RacePlan] = {}

    def __getitem__(self, name: str) -> RacePlan:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers  # without making it

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
