"""What a layer reads where nobody types a sentence: a held-out example, and of a picture what is drawn over it."""
