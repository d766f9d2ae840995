"""What models are built from: blocks and their residual stream, attention layers, masks, first weights."""
