"""The class: a room to make or to enter, and what its teacher shows."""

from attnlab.ui.classroom.page import class_page
from attnlab.ui.picture import drawing_of

class_page(drawing_of)
