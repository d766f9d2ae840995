"""What Dask is told when it is started."""

import dask.config
import distributed  # noqa: F401 - brings its defaults
import pytest

from attnlab.training.running.cluster import CONFIGURATION

OF_ITS_OWN = [name for name in CONFIGURATION if name.startswith("DASK_DISTRIBUTED__")]  # logging has no defaults


@pytest.mark.parametrize("variable", OF_ITS_OWN)
def test_dask_knows_each_setting_that_it_is_told(variable: str) -> None:
    """Of a name that it does not know, it would say nothing."""
    path = variable.removeprefix("DASK_").lower().replace("__", ".").replace("_", "-")
    with dask.config.set(dask.config.collect_env({variable: CONFIGURATION[variable]})):
        told = dask.config.get(path)
    assert dask.config.get(path) != told
