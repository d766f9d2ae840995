"""What ran a computation: nothing that names a machine, a person or a place."""

import platform
from importlib.metadata import version
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def machine() -> dict[str, str]:
    """What numbers depend on, beside the plan: another processor or another torch rounds otherwise."""
    return {"processor": processor(), **versions()}


def versions() -> dict[str, str]:
    """The programs that computed."""
    return {"python": platform.python_version(), "torch": version("torch")}


def processor() -> str:
    """The model of the processor, as far as the system tells."""
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
