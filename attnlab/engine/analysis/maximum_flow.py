"""The most that can flow through a network of pipes from one node to another."""

from collections.abc import Iterable

LEAST = 1e-15
"""A capacity below this is none: what rounding leaves of a pipe that is full."""

Pipe = tuple[int, int, float]
"""From which node, to which node, and how much fits through."""


class Network:
    """Nodes 0 ... size - 1 and the pipes between them.

    Each pipe has a twin the other way, which has no room of its own: what flows through a pipe is room in its twin,
    so that a later way may take it back. Pipe e and its twin have the numbers 2 e and 2 e + 1.

    Source: Dinic 1970, Soviet Mathematics Doklady 11, 1277-1280
    """

    def __init__(self, size: int, pipes: Iterable[Pipe]) -> None:
        self.ends: list[int] = []
        self.rooms: list[float] = []
        self.leaving: list[list[int]] = [[] for _ in range(size)]
        for start, end, capacity in pipes:
            for node, other, room in ((start, end, capacity), (end, start, 0.0)):
                self.leaving[node].append(len(self.ends))
                self.ends.append(other)
                self.rooms.append(room)

    def maximum_flow(self, source: int, sink: int) -> float:
        """How much can reach the sink from the source at once; every question finds the pipes empty.

        All shortest ways are filled, then all of the next length, until none is left: fewer rounds than there are
        nodes, whatever the capacities, so that fractions are no trouble.

        Raises:
            ValueError: source and sink are one node.
        """
        if source == sink:
            raise ValueError(f"source ({source}) and sink ({sink}) must be two nodes")
        rooms, total = list(self.rooms), 0.0
        while (steps := self._steps_to(sink, source, rooms)) is not None:
            total += self._filled(source, sink, rooms, steps)
        return total

    def _steps_to(self, sink: int, source: int, rooms: list[float]) -> list[int] | None:
        """Each node's distance to the sink, -1 if it is farther than the source; None if the source has no way."""
        steps = [-1] * len(self.leaving)
        steps[sink], reached = 0, [sink]
        while reached and steps[source] < 0:
            nearer, reached = reached, []
            for node in nearer:
                for pipe in self.leaving[node]:
                    start = self.ends[pipe]
                    if steps[start] < 0 and rooms[pipe ^ 1] > LEAST:
                        steps[start] = steps[node] + 1
                        reached.append(start)
        return steps if steps[source] >= 0 else None

    def _filled(self, source: int, sink: int, rooms: list[float], steps: list[int]) -> float:
        """Fill ways on which every step leads nearer to the sink until there is none left."""
        ends, leaving, total = self.ends, self.leaving, 0.0
        tried = [0] * len(leaving)  # pipes of each node that are of no use any more
        way: list[int] = []
        node = source
        while True:
            if node == sink:
                flow = min(rooms[pipe] for pipe in way)
                total += flow
                for pipe in way:
                    rooms[pipe] -= flow
                    rooms[pipe ^ 1] += flow
                full = next(place for place, pipe in enumerate(way) if rooms[pipe] <= LEAST)
                node = ends[way[full] ^ 1]
                del way[full:]
                continue
            mine = leaving[node]
            while tried[node] < len(mine):
                pipe = mine[tried[node]]
                if rooms[pipe] > LEAST and steps[ends[pipe]] == steps[node] - 1:
                    break
                tried[node] += 1
            else:
                if not way:
                    return total
                node = ends[way.pop() ^ 1]
                tried[node] += 1
                continue
            way.append(pipe)
            node = ends[pipe]
