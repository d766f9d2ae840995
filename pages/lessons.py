"""The lessons page: guess first, then compute."""

from attnlab.ui.lessons.page import lessons_page

lessons_page()
