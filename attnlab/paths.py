"""Where the project's files lie, whatever the working directory is."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
PROSE = ASSETS / "prose"
PAGES = ROOT / "pages"
