"""How to choose heads, layers, width and dropout: a declared grid, the table that ships of it, and what it says."""

from attnlab.training.grid.findings import Finding, finding
from attnlab.training.grid.panels import GRID, PANELS, QUESTIONS, Panel, QuestionName, SettingName, View, views
from attnlab.training.grid.table import Cell, GridTable, grid_table

__all__ = [
    "GRID",
    "PANELS",
    "QUESTIONS",
    "Cell",
    "Finding",
    "GridTable",
    "Panel",
    "QuestionName",
    "SettingName",
    "View",
    "finding",
    "grid_table",
    "views",
]
