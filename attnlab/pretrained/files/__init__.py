"""What lies in a model's folder: config, weights, tokenizer, each read key by key."""
