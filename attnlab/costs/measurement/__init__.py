"""Measuring: what is planned, the layers that are run, one point, a whole table, and all of it in a process."""
