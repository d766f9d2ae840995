"""What of a product runs each time."""

from itertools import combinations
from itertools import product as every

from tests.products import alike, product

AXES = {"a": (1, 2, 3, 4, 5), "b": "xyzw", "c": (False, True, None)}


def quick(mark_cases: list[object]) -> list[tuple[object, ...]]:
    return [case.values for case in mark_cases if not case.marks]  # type: ignore[attr-defined]


def test_the_whole_product_is_there_and_a_third_of_it_runs_each_time() -> None:
    names, cases = product(**AXES).args
    assert names == tuple(AXES)
    assert [case.values for case in cases] == list(every(*AXES.values()))
    assert len(quick(cases)) == len(cases) // 3


def test_every_pair_of_choices_runs_each_time() -> None:
    _, cases = product(**AXES).args
    ran = quick(cases)
    for one, other in combinations(range(3), 2):
        axes = list(AXES.values())
        assert {(values[one], values[other]) for values in ran} == set(every(axes[one], axes[other]))


def test_of_cases_alike_the_first_run_each_time_and_all_are_there() -> None:
    assert alike("ab", 2) == ["a", "b"]
    first, *later = alike([(1, "x"), (2, "y"), (3, "z")], 1)
    assert first == (1, "x")
    assert [case.values for case in later] == [(2, "y"), (3, "z")]
    assert quick(later) == []
