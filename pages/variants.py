"""The gallery of variants: every score, normalizer, position, mask and kind of heads, with its source."""

from attnlab.ui.variants.page import variants_page

variants_page()
