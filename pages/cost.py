"""The cost page: what attention and its rivals cost in time and memory, measured."""

from attnlab.ui.cost.page import cost_page

cost_page()
