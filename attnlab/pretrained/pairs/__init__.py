"""Models that read one text and write another: the model, its trace, how it writes, and its reference."""
