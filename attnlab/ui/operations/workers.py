"""How many workers there are to train runs, asked of their scheduler."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Security

TIMEOUT_S = 2.0


async def count_workers(address: str, security: "Security | None" = None) -> int:
    """The workers that a scheduler has.

    Args:
        address: of the scheduler, such as "tls://host:8786".
        security: the certificate that it asks for.

    Raises:
        OSError: it does not answer in time, or is not there.
    """
    from distributed.core import rpc  # Dask takes a second to import: only where there is a scheduler

    shown = security.get_connection_args("client") if security else {}  # type: ignore[no-untyped-call]
    scheduler = rpc(address, timeout=TIMEOUT_S, connection_args=shown)  # type: ignore[no-untyped-call]
    try:
        async with asyncio.timeout(TIMEOUT_S):
            known = await scheduler.identity(n_workers=0)
    finally:
        await scheduler.close_rpc()  # type: ignore[no-untyped-call]
    return int(known["n_workers"])
