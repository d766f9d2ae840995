"""One verdict a text: sentences of our own grammar, and the learner's table of texts and labels."""
