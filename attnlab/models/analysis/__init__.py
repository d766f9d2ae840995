"""Looking into a trained model: its attention, one layer of it, and what an answer depends on."""
