"""What the forms of all races have in common."""

LR_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Learning rates on offer, in units of the tuned one."""
