from collections.abc import Callable

import pytest

from tests.models.laws import LAWS


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_models_keep(law: Callable[[], None]) -> None:
    law()
