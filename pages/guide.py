"""How to read the attention page: the picture, the words, the keyboard, and things to try."""

from attnlab.ui.guide.page import guide_page

guide_page()
