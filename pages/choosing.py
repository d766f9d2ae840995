"""The choosing page: how heads, layers, width and dropout are chosen, by curves of small races."""

from attnlab.ui.choosing.page import choosing_page

choosing_page()
