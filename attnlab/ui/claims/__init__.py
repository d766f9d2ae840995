"""The claims page: a statement, a prediction, an experiment, and what it says."""
