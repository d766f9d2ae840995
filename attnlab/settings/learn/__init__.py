"""What the pages ask that teach: lessons, and the room of a class."""
