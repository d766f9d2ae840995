"""What sequence layers cost: seconds, bytes and operations against length and sizes, measured, counted and derived.

    sizes -> plan -> measuring -> points -> curves -> fits, crossings          layers: (B, T, d_model) both ways
                                   formulas beside them; memory: what a cache and a card hold

torch, the engine and the mixers only. One layer each, causal, float32, without norm or feed-forward part: what a layer
costs is measured of itself, on one sequence.
"""

from attnlab.costs.fits import Crossing, Fit, crossing, fitted
from attnlab.costs.formulas import multiply_adds, operations, order_of, sequential_of
from attnlab.costs.measurement.plan import Asked, Task, planned
from attnlab.costs.mechanisms import MECHANISMS, MechanismName
from attnlab.costs.points import Curve, MeasureName, Point, curves
from attnlab.costs.sizes import AXES, BASE, WORKS, AxisName, Sizes, WorkName, sizes_along
from attnlab.costs.table import CostTable, Origin, read_table, write_table

__all__ = [
    "AXES",
    "BASE",
    "MECHANISMS",
    "WORKS",
    "Asked",
    "AxisName",
    "CostTable",
    "Crossing",
    "Curve",
    "Fit",
    "MeasureName",
    "MechanismName",
    "Origin",
    "Point",
    "Sizes",
    "Task",
    "WorkName",
    "crossing",
    "curves",
    "fitted",
    "multiply_adds",
    "operations",
    "order_of",
    "planned",
    "read_table",
    "sequential_of",
    "sizes_along",
    "write_table",
]
