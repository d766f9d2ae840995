"""English to French: the grammar and its gold alignments, the user's own pairs, floors and scores."""
