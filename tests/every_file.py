"""One test for a law that holds for each of many files: a case for each would cost more than the law."""

from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def for_each(paths: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Makes a test of a law `(path) -> None`; it fails with every file that breaks the law, and how each does."""
    files = list(paths)

    def made(law: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            assert files
            broken = [f"{path.relative_to(ROOT)}: {fault}" for path in files if (fault := fault_of(law, path))]
            assert not broken, "\n".join(broken)

        return test

    return made


def fault_of(law: Callable[[Path], None], path: Path) -> str:
    """What a law says against a file; nothing, where it holds."""
    try:
        law(path)
    except AssertionError as fault:
        return str(fault) or "breaks the law"
    return ""
