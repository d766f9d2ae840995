"""The classify page: one verdict a text, by attention, recurrence, convolution and a bag of words."""

from attnlab.ui.classify.page import classify_page

classify_page()
