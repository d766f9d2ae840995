"""What a layer reads where nobody types a sentence: a held-out example, and what somebody has changed of it by hand."""
