"""What is measured on a computation: heads, differences of layers, where a token's stream comes from."""
