"""The whole Transformer: encoder, decoder, or both, block by block, every part with its real numbers."""

from attnlab.ui.blocks.page import blocks_page

blocks_page()
