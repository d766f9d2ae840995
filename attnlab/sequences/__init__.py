"""What a sequence is made of: items with a look and a vector, whether words, patches of a picture, numbers or events.

The engine sees vectors alone. A page sees items: each has a name in text and, unless it is a word, a look, which
`assets/kit/looks.js` draws beside a row, above a column or in a cell. The vector is what a task gives the model at that
position: the number of a symbol, or features.
"""

from attnlab.sequences.items import HUES, Item, Level, Patch, Sign, Text, Wire, looks_of, picture_of, two_decimals

__all__ = ["HUES", "Item", "Level", "Patch", "Sign", "Text", "Wire", "looks_of", "picture_of", "two_decimals"]
