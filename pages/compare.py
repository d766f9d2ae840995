"""Two variants of attention side by side, and what differs."""

from attnlab.ui.compare.page import compare_page

compare_page()
