"""What a Transformer has around its attention: norms, feed-forward parts, blocks, the next token."""
