"""The class: a room to make or to enter, and what its teacher shows."""

from attnlab.ui.classroom.page import class_page

class_page()
