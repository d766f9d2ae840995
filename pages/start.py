"""The start page: which words each word listens to."""

from attnlab.ui.start.page import start_page

start_page()
