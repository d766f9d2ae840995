"""How good a trained model is: on held-out examples, by position, by class, in words."""
