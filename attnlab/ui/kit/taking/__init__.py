"""What pages that show a layer give away of it: files of the picture, and any tensor as a table."""
