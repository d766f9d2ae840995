"""What can be chosen of attention, a function each: scores, normalizers, masks, positions, embeddings."""
