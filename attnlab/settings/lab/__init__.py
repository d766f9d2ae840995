"""What the pages of the navigation's Lab ask: variants, whole stacks, real models, claims and costs."""
