"""What the engine's border says when it refuses something."""


class SpecError(ValueError):
    """A field of a spec is out of bounds. `field` names it, so that the page can say so beside its control."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
